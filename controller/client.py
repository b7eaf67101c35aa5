"""Speak to a running controller over its Unix socket. Little is loaded for it: it is on every command's path."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from controller.errors import ServiceError
from controller.exchange import Broken, Exchange

Json = dict[str, Any]

CALL_DEADLINE_S = 120.0

ROUTES: Mapping[str, tuple[str, str]] = {
    "status": ("GET", "/v1/status"),
    "describe": ("GET", "/v1/describe"),
    "diff": ("GET", "/v1/diff"),
    "plan": ("POST", "/v1/diff"),
    "apply": ("POST", "/v1/apply"),
    "delete": ("POST", "/v1/delete"),
    "down": ("POST", "/v1/down"),
    "recreate_volume": ("POST", "/v1/recreate_volume"),
    "restart": ("POST", "/v1/restart"),
    "start": ("POST", "/v1/start"),
    "trigger": ("POST", "/v1/trigger"),
    "stop": ("POST", "/v1/stop"),
    "scale": ("POST", "/v1/scale"),
    "rollback": ("POST", "/v1/rollback"),
    "pause": ("POST", "/v1/pause"),
    "resume": ("POST", "/v1/resume"),
    "import_containers": ("POST", "/v1/import"),
    "export": ("POST", "/v1/export"),
    "adopt": ("POST", "/v1/adopt"),
    "release": ("POST", "/v1/release"),
    "approve": ("POST", "/v1/approve"),
    "optimize": ("POST", "/v1/optimize"),
    "policy": ("GET", "/v1/policy"),
    "explain_policy": ("POST", "/v1/policy"),
    "held_back": ("GET", "/v1/gc"),
    "confirm": ("POST", "/v1/gc/confirm"),
    "collect_images": ("POST", "/v1/gc/images"),
    "events": ("GET", "/v1/events"),
    "why": ("GET", "/v1/why"),
    "history": ("GET", "/v1/history"),
    "drift": ("GET", "/v1/drift"),
    "status_at": ("GET", "/v1/past/status"),
    "diff_at": ("GET", "/v1/past/diff"),
    "simulate": ("POST", "/v1/simulate"),
    "snapshot": ("GET", "/v1/snapshot"),
    "audit": ("GET", "/v1/audit"),
    "logs": ("GET", "/v1/logs"),
    "watch": ("GET", "/v1/watch"),
    "ci_list": ("GET", "/v1/ci"),
    "ci_query": ("POST", "/v1/ci/{name}/query"),
    "model_asked": ("POST", "/v1/model/asked"),
    "model_answered": ("POST", "/v1/model/answered"),
    "images": ("GET", "/v1/images"),
    "image": ("GET", "/v1/images/one"),
    "image_build": ("POST", "/v1/images/build"),
    "image_pull": ("POST", "/v1/images/pull"),
    "image_push": ("POST", "/v1/images/push"),
    "image_tag": ("POST", "/v1/images/tag"),
    "image_remove": ("POST", "/v1/images/remove"),
    "projects": ("GET", "/v1/projects"),
    "generate": ("POST", "/api/projects/{name}/docker/generate"),
    "solutions": ("GET", "/v1/solutions"),
    "launch": ("POST", "/v1/solutions/{name}/launch"),
    "doctor": ("GET", "/v1/doctor"),
    "ready": ("GET", "/readyz"),
    "shutdown": ("POST", "/v1/shutdown"),
}


class NotRunning(ServiceError):
    """Nothing listens on the controller's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no controller is running (nothing listens on {path})", "start one with `ergon up`", 503)


class ControllerGone(ServiceError):
    """The controller was there and stopped answering in the middle."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the controller went away: {why}", "see whether it still runs with `ergon status`", 503)


class Client:
    """One controller, by its socket. Every call has a connection of its own, so it may be shared."""

    def __init__(self, path: Path, deadline_s: float = CALL_DEADLINE_S) -> None:
        self._path = path
        self._deadline_s = deadline_s

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Json:
        """Return the answer to one of `ROUTES`; arguments that are None are left out.

        Raises:
            NotRunning: nothing listens on the socket.
            ControllerGone: it did not answer within the deadline, or the connection broke.
            ServiceError: it refused; message and hint are its own.
        """
        exchange = self._request(verb, arguments, self._deadline_s)
        with closing(exchange):
            return _decoded(_body(exchange))

    def stream(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[Json]:
        """Return the lines of one of `ROUTES` as they arrive; ends when the controller ends it.

        Connects at once and raises like `call`; ControllerGone may come from the iterator, too.
        """
        lines = _lines(self._request(verb, arguments, None))
        next(lines)  # begun, so that whoever drops it closes the connection
        return lines

    def _request(self, verb: str, arguments: Mapping[str, Any], deadline_s: float | None) -> Exchange:
        method, route = ROUTES[verb]
        given = {name: value for name, value in arguments.items() if value is not None}
        if "{name}" in route:
            route = route.replace("{name}", quote(str(given.pop("name")), safe=""))
        target, body = (_with_query(route, given), None) if method == "GET" else (route, json.dumps(given).encode())
        exchange = self._connected(deadline_s)
        try:
            status = exchange.ask(method, target, body)
        except (OSError, Broken) as error:
            exchange.close()
            raise ControllerGone(_why(error)) from error
        if status >= 400:
            with closing(exchange):
                raise _refusal(status, _body(exchange))
        return exchange

    def _connected(self, deadline_s: float | None) -> Exchange:
        try:
            return Exchange(self._path, deadline_s)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise NotRunning(self._path) from error
        except PermissionError as error:
            hint = "run as the user who started the controller, or as a member of its group"
            raise ServiceError(f"you may not use the controller's socket {self._path}", hint, 503) from error
        except OSError as error:
            if "too long" not in str(error):
                raise ControllerGone(_why(error)) from error
            hint = "choose a shorter ERGON_STATE_DIR"
            raise ServiceError(f"the path of the controller's socket is too long: {self._path}", hint) from error


def socket_path(state_dir: Path) -> Path:
    """Return where the controller of a state folder listens."""
    return state_dir / "run" / "ergon.sock"


def state_dir_from_environment() -> Path:
    """Return `$ERGON_STATE_DIR`, or the platform's state folder of this user."""
    if chosen := os.environ.get("ERGON_STATE_DIR"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_state_path  # noqa: PLC0415 - not needed on a configured host

    return user_state_path("ergon")


def _with_query(route: str, arguments: Mapping[str, Any]) -> str:
    pairs = [(name, _query_value(item)) for name, value in arguments.items() for item in _items(value)]
    return f"{route}?{urlencode(pairs, quote_via=quote)}" if pairs else route


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _query_value(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _body(exchange: Exchange) -> bytes:
    try:
        return exchange.content()
    except (OSError, Broken) as error:
        raise ControllerGone(_why(error)) from error


def _lines(exchange: Exchange) -> Iterator[Json]:
    """Yield {} at once, then the lines as they arrive; the end of it, however it comes, closes the connection."""
    with closing(exchange):
        yield {}
        try:
            yield from (_decoded(line) for line in exchange.lines() if line.strip())
        except (OSError, Broken) as error:
            raise ControllerGone(_why(error)) from error


def _decoded(body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ControllerGone("its answer is not JSON") from error
    if not isinstance(answer, dict):
        raise ControllerGone("its answer is not an object")
    return answer


def _refusal(status: int, body: bytes) -> ServiceError:
    try:
        said = json.loads(body)
        return ServiceError(str(said["error"]), str(said.get("hint", "")), status, said.get("problems", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ServiceError(f"the controller answered with HTTP status {status}", "its log says more", status)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, Broken):
        return "its answer broke off"
    return str(error) or type(error).__name__
