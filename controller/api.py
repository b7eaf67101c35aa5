"""The API: thin routes over the service functions, on a private Unix socket."""

import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import anyio
import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import ValidationError, validate_call
from starlette.exceptions import HTTPException

from controller.companion_routes import add_companions
from controller.errors import ServiceError
from controller.image_routes import add_images
from controller.metrics import exposition
from controller.past_routes import add_past
from controller.peers import PeerAwareProtocol
from controller.program_info import VERSION
from controller.project_routes import add_projects
from controller.runtime import Runtime
from controller.service import Service
from controller.watching import watch

Json = dict[str, Any]
Names = Annotated[list[str], Query()]
MAX_BODY = 32 << 20


def make_app(runtime: Runtime, service: Service, shut_down: Callable[[bool], None]) -> FastAPI:
    """Return the application. `shut_down` is called with whether containers are to be stopped, too."""
    app = FastAPI(title="Ergon", version=VERSION, docs_url=None, redoc_url=None)
    _refusals(app)
    _looking(app, service)
    _streaming(app, runtime, service)
    _acting(app, service)
    add_past(app, service)
    add_companions(app, service)
    add_projects(app, service)
    add_images(app, service, _acting_route, _telling_route)
    _health(app, runtime)

    @app.post("/v1/shutdown")
    async def shutdown(request: Request) -> Json:
        shut_down(bool((await _arguments(request)).get("stop_containers", False)))
        return {"stopping": True}

    return app


def _refusals(app: FastAPI) -> None:
    @app.exception_handler(ServiceError)
    async def refused(_: Request, error: ServiceError) -> JSONResponse:
        return _refusal(error.message, error.hint, error.status, error.problems)

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(ValidationError)
    async def malformed(_: Request, error: RequestValidationError | ValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _refusal(f"bad request: {where}: {first['msg']}", "", 400)

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> JSONResponse:
        return _refusal(error.detail, "", error.status_code)


def _refusal(message: str, hint: str, status: int, problems: Sequence[Mapping[str, Any]] = ()) -> JSONResponse:
    told = {"problems": list(problems)} if problems else {}
    return JSONResponse({"error": message, "hint": hint, **told}, status)


def _looking(app: FastAPI, service: Service) -> None:
    @app.get("/v1/status")
    async def status(namespace: str | None = None, name: str | None = None) -> Response:
        return _json(await service.status(namespace=namespace, name=name))

    @app.get("/v1/describe")
    async def describe(name: str, namespace: str | None = None, kind: str = "") -> Response:
        return _json(await service.describe(name=name, namespace=namespace, kind=kind))

    @app.get("/v1/diff")
    async def diff(
        namespace: str | None = None,
        name: Names = [],  # noqa: B006 - FastAPI copies it
        live: bool = False,
        all: bool = False,  # noqa: A002 - the word of the API
    ) -> Response:
        return _json(await service.diff(namespace=namespace, name=name, live=live, all=all))

    app.post("/v1/diff", name="plan")(_route(service.plan))
    app.post("/v1/import", name="import")(_route(service.import_containers))
    app.post("/v1/export", name="export")(_route(service.export))
    app.post("/v1/simulate", name="simulate")(_route(service.simulate))

    @app.get("/v1/gc")
    async def held_back() -> Response:
        return _json(await service.held_back())

    @app.get("/v1/policy")
    async def policy() -> Response:
        return _json(await service.policy())

    app.post("/v1/policy", name="explain_policy")(_route(service.explain_policy))

    @app.get("/v1/doctor")
    async def doctor() -> Response:
        return _json(await service.doctor())


def _streaming(app: FastAPI, runtime: Runtime, service: Service) -> None:
    @app.get("/v1/events")
    async def events(
        namespace: str | None = None, name: str | None = None, since: str | None = None, follow: bool = False
    ) -> Response:
        answer = await service.events(namespace=namespace, name=name, since=since, follow=follow)
        return _lines(answer) if follow else _json(answer)

    @app.get("/v1/logs")
    async def logs(
        *,
        namespace: str | None = None,
        name: Names = [],  # noqa: B006 - FastAPI copies it
        follow: bool = False,
        since: str | None = None,
        tail: int | None = None,
        previous: int | None = None,
    ) -> Response:
        return _lines(
            await service.logs(namespace=namespace, name=name, follow=follow, since=since, tail=tail, previous=previous)
        )

    @app.get("/v1/watch")
    async def watched(since: int = 0, kind: str | None = None) -> Response:
        return _lines(watch(runtime, since, kind))


def _acting(app: FastAPI, service: Service) -> None:
    verbs: dict[str, Callable[..., Any]] = {
        "apply": service.apply,
        "delete": service.delete,
        "down": service.down,
        "recreate_volume": service.recreate_volume,
        "start": service.start,
        "stop": service.stop,
        "restart": service.restart,
        "trigger": service.trigger,
        "scale": service.scale,
        "rollback": service.rollback,
        "pause": service.pause,
        "resume": service.resume,
        "adopt": service.adopt,
        "release": service.release,
        "approve": service.approve,
        "optimize": service.optimize,
        "gc/confirm": service.confirm,
        "gc/images": service.collect_images,
        "model/asked": service.model_asked,
        "model/answered": service.model_answered,
    }
    for verb, function in verbs.items():
        app.post(f"/v1/{verb}", name=verb)(_acting_route(function))


def _route(
    function: Callable[..., Any], *, acting: bool = False, answer: Callable[[Any], Response] | None = None
) -> Callable[[Request], Any]:
    """Return the route of a service function: its arguments are the members of the body, checked by its signature."""
    checked = validate_call(function)

    async def route(request: Request) -> Response:
        arguments = await _arguments(request)
        if acting and (peer := request.scope.get("peer")):
            # The kernel's word about who asks, whatever the request says.
            arguments["actor"] = str(peer)
        return (answer or _json)(await checked(**arguments))

    return route


def _acting_route(function: Callable[..., Any]) -> Callable[[Request], Any]:
    return _route(function, acting=True)


def _telling_route(function: Callable[..., Any]) -> Callable[[Request], Any]:
    return _route(function, acting=True, answer=_lines)


def _health(app: FastAPI, runtime: Runtime) -> None:
    @app.get("/healthz")
    async def alive() -> Json:
        return {"alive": True}

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        message = "" if runtime.link.tried else runtime.link.message
        message = message or runtime.board.store_message
        return JSONResponse({"ready": not message, "message": message}, 503 if message else 200)

    @app.get("/metrics")
    async def metrics() -> PlainTextResponse:
        return PlainTextResponse(exposition(runtime), media_type="text/plain; version=0.0.4")


async def _arguments(request: Request) -> Json:
    try:
        arguments = json.loads(await _body(request) or b"{}")
    except (ValueError, RecursionError) as error:
        raise ServiceError(f"the request is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ServiceError("the request is not a JSON object")
    return arguments


async def _body(request: Request) -> bytes:
    """Return the body, given up as soon as it says or proves to be too large."""
    body = bytearray()
    too_large = int(request.headers.get("content-length") or 0) > MAX_BODY
    if not too_large:
        async for part in request.stream():
            body += part
            if too_large := len(body) > MAX_BODY:
                break
    if too_large:
        raise ServiceError(f"the request is larger than {MAX_BODY >> 20} MiB", "apply fewer files at once", 413)
    return bytes(body)


def _json(answer: Json) -> Response:
    # Answers hold nothing but plain values: FastAPI's own encoder would walk them once more.
    return Response(json.dumps(answer), media_type="application/json")


def _lines(answers: AsyncIterator[Json]) -> StreamingResponse:
    async def encoded() -> AsyncIterator[str]:
        async for answer in answers:
            yield json.dumps(answer) + "\n"

    return StreamingResponse(encoded(), media_type="application/x-ndjson")


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, and without waking ten times a second to see whether it is to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._end = anyio.Event()

    def end(self) -> None:
        """Let `serve` return when what is being answered is answered."""
        self.should_exit = True
        self._end.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._end.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(app: FastAPI) -> Server:
    """Return a server for `app`; run it with `serve(sockets=[listen(path)])`, end it with `end()`."""
    config = uvicorn.Config(
        app,
        http=PeerAwareProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
    return Server(config)


def listen(path: Path) -> socket.socket:
    """Return a listening socket at `path`, readable by its owner alone. A stale one is replaced.

    The caller holds the store's lock, so nobody can be listening there.

    Raises:
        OSError: the path is too long (107 bytes) or not ours to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        server.bind(str(path))
    except OSError:
        server.close()
        raise
    finally:
        os.umask(before)
    server.listen(128)
    return server
