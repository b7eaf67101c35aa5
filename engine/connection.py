"""The way to one daemon: an API version agreed on once, and clients that one thread uses at a time."""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, TypeVarTuple, cast
from urllib.parse import quote

from docker import APIClient
from docker.errors import APIError
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from requests import Response

from engine.errors import NotSupported
from engine.hosts import Host
from engine.limits import CONNECT_S, PING_S, READ_S, WRITE_S

# The newest version we know the answers of, and the oldest the SDK speaks.
NEWEST_API = (1, 51)
OLDEST_API = (1, 24)

Params = Mapping[str, str | int | bool | None]
_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")


class Wire:
    """One client with one kept-alive connection. Blocking; for one thread at a time.

    It sends what it is given and returns parsed JSON; every error is the SDK's own, for
    `translation` to name.
    """

    def __init__(self, host: Host, api_version: tuple[int, int]) -> None:
        _reach(host.url)
        self.address = host.url
        self.api_version = api_version
        text = f"{api_version[0]}.{api_version[1]}"
        self.client = APIClient(
            base_url=host.url, version=text, tls=host.tls or False, use_ssh_client=True, max_pool_size=1
        )
        if host.url.startswith("unix:"):
            self.client.mount("http+docker://", _OneConnection(host.url.removeprefix("unix://"), max_pool_size=1))
        # Looking for proxies and .netrc costs a third of a call, and a local socket has neither.
        self.client.trust_env = not host.url.startswith("unix:")
        self._root = self.client.base_url
        self._versioned = f"{self._root}/v{text}"

    def get(self, path: str, params: Params | None = None, timeout: float = READ_S) -> Any:
        """Return the parsed reply."""
        return _parsed(self.request("GET", path, params=params, timeout=timeout))

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, params: Params | None = None, timeout: float = WRITE_S
    ) -> Any:
        """Return the parsed reply; None when it is empty."""
        return _parsed(self.request("POST", path, params=params, body=body, timeout=timeout))

    def delete(self, path: str, params: Params | None = None, timeout: float = WRITE_S) -> None:
        """Remove what is at `path`."""
        self.request("DELETE", path, params=params, timeout=timeout)

    def put(self, path: str, data: bytes, params: Params, timeout: float = WRITE_S) -> None:
        """Send bytes."""
        self.request("PUT", path, params=params, data=data, timeout=timeout)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        timeout: float = READ_S,
        stream: bool = False,
    ) -> Response:
        """Return the reply to a versioned call; `timeout` bounds each silence of the daemon, in seconds.

        Raises:
            APIError: the daemon said no.
            OSError: it could not be asked, or did not answer (the errors of requests are of this kind).
        """
        if body is not None:
            data = json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        url = self._versioned + quote(path, safe="/:@")
        response = self.client.request(
            method, url, params=params, data=data, headers=headers, timeout=(CONNECT_S, timeout), stream=stream
        )
        if response.status_code >= 400:
            raise APIError(path, response=response, explanation=_explanation(response))
        return response

    def ping(self) -> Response:
        """Return the reply of `/_ping`, which knows no version."""
        response: Response = self.client.get(f"{self._root}/_ping", timeout=(CONNECT_S, PING_S))
        if response.status_code >= 400:
            raise APIError("/_ping", response=response, explanation=_explanation(response))
        return response

    def close(self) -> None:
        """Close the connection."""
        self.client.close()


class _OneConnection(UnixHTTPAdapter):
    """Sends every call over the same connection; the SDK's own keeps one for each address that was ever asked for."""

    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:  # noqa: ARG002 - where it leads is known
        with self.pools.lock:
            if (pool := self.pools.get("")) is None:
                pool = self.pools[""] = _Pool("", self.socket_path, self.timeout, maxsize=1)
        return pool


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _Line(self.base_url, self.socket_path, cast("int", self.timeout))


class _Line(UnixHTTPConnection):
    def connect(self) -> None:
        """Connect; the SDK's own leaves a socket that could not be connected to the garbage collector."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(self.timeout)
        try:
            line.connect(self.unix_socket)
        except OSError:
            line.close()
            raise
        self.sock = line


def _reach(url: str) -> None:
    """Raise the operating system's error when nobody listens at a local socket.

    The SDK would say it too, but leave the socket it could not connect to the garbage collector.
    """
    if url.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as trial:
            trial.settimeout(CONNECT_S)
            trial.connect(url.removeprefix("unix://"))


def _parsed(response: Response) -> Any:
    return json.loads(response.content) if response.content else None


def _explanation(response: Response) -> str:
    try:
        return str(json.loads(response.content)["message"])
    except (ValueError, KeyError, TypeError):
        return response.text.strip()


class Connection:
    """Clients for one daemon, made when needed and kept for the next call.

    Nothing is sent before the first call, so a controller starts while Docker is down. A lost
    connection forgets the agreed version: the daemon may come back as another.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self._api_version: tuple[int, int] | None = None
        # Last in, first out: few clients stay warm. Appending and popping are atomic.
        self._idle: list[Wire] = []

    def use(self, call: Callable[[Wire, *_Arguments], _Answer], *args: *_Arguments) -> _Answer:
        """Return what `call` makes of a wire that is nobody else's meanwhile."""
        try:
            return self._lend(call, *args)
        except APIError:
            raise
        except OSError:  # those of requests are, too
            self._api_version = None
            self.close()
            raise

    def open(self) -> Wire:
        """Return a new wire for a stream; whoever opens it closes it."""
        return Wire(self.host, self.api_version())

    def api_version(self) -> tuple[int, int]:
        """Return the version both sides speak, asking the daemon the first time.

        Raises:
            NotSupported: there is none.
        """
        if self._api_version is None:
            self._api_version = _negotiated(self.host)
        return self._api_version

    def close(self) -> None:
        """Close the idle clients. A later call makes new ones."""
        while self._idle:
            self._idle.pop().close()

    def _lend(self, call: Callable[[Wire, *_Arguments], _Answer], *args: *_Arguments) -> _Answer:
        wire = self._take()
        try:
            answer = call(wire, *args)
        except APIError:
            self._idle.append(wire)
            raise
        except BaseException:
            wire.close()
            raise
        self._idle.append(wire)
        return answer

    def _take(self) -> Wire:
        version = self.api_version()
        while self._idle:
            wire = self._idle.pop()
            if wire.api_version == version:
                return wire
            wire.close()
        return Wire(self.host, version)


def _negotiated(host: Host) -> tuple[int, int]:
    wire = Wire(host, OLDEST_API)
    try:
        theirs = wire.ping().headers.get("Api-Version", "")
    finally:
        wire.close()
    major, _, minor = theirs.partition(".")
    if not (major.isdigit() and minor.isdigit()):
        raise NotSupported(f"{host.url} answers, but not like Docker: it names no API version")
    if (int(major), int(minor)) < OLDEST_API:
        raise NotSupported(f"the Docker daemon at {host.url} speaks API {theirs}; Ergon needs 1.24 or later")
    return min(NEWEST_API, (int(major), int(minor)))
