"""A way to the Docker daemon that counts what passes, and can strike at a chosen moment.

Bytes are passed on as they are. Only the heads of requests are read, to know what was asked; after an
upgrade (attach, exec) nothing is read any more.
"""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

Moment = Literal["before", "after"]

_VERSION = re.compile(r"^/v\d+\.\d+")
_HIJACKED = re.compile(r"/(attach|exec/[^/]+/start|session|grpc)$")


@dataclass(frozen=True)
class Request:
    """One request; `path` without API version and query."""

    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Trap:
    """Springs once, at the nth request that matches: before it is passed on, or when it is done and not yet answered.

    The daemon never sees the request in the first case; the asker never sees the answer in the second, where
    requests that the daemon refuses do not count.
    """

    matches: Callable[[Request], bool]
    nth: int
    moment: Moment
    spring: Callable[[], object]
    sprung: bool = False

    def catches(self, request: Request) -> bool:
        if not self.matches(request):
            return False
        self.nth -= 1
        return self.nth == 0

    def disarm(self) -> None:
        """Never spring from now on."""
        self.nth = 0


class CountingProxy:
    """Listens on a Unix socket in `folder` until closed; `requests` are those seen so far, in order."""

    def __init__(self, folder: Path, daemon: str) -> None:
        self._daemon = daemon.removeprefix("unix://")
        self._path = folder / "proxy.sock"
        self._lock = threading.Lock()
        self._traps: list[Trap] = []
        self.requests: list[Request] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._listener.listen(128)
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def host(self) -> str:
        """Its address, for DOCKER_HOST."""
        return f"unix://{self._path}"

    @property
    def writes(self) -> list[str]:
        """The requests so far that change something."""
        return [str(request) for request in self.requests if request.writes]

    def set(self, trap: Trap) -> Trap:
        """Let a trap wait for requests from now on."""
        with self._lock:
            self._traps.append(trap)
        return trap

    def close(self) -> None:
        """Take no more connections; those that are open end with their clients."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def note(self, request: Request) -> list[Trap]:
        """Record a request and return the traps that it springs."""
        with self._lock:
            self.requests.append(request)
            return [trap for trap in self._traps if trap.catches(request)]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon, contextlib.suppress(OSError):
            daemon.connect(self._daemon)
            Conversation(self, client, daemon).carry()


class Conversation:
    """One connection to the proxy, and its own one to the daemon."""

    def __init__(self, proxy: CountingProxy, client: socket.socket, daemon: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._daemon = daemon
        self._at_the_answer: list[Trap] = []

    def carry(self) -> None:
        """Pass on both ways until both are done."""
        answering = threading.Thread(target=self._carry_answers, daemon=True)
        answering.start()
        with contextlib.suppress(OSError, ValueError), self._client.makefile("rb") as asked:
            self._carry_requests(asked)
        with contextlib.suppress(OSError):
            self._daemon.shutdown(socket.SHUT_WR)
        answering.join()

    def _carry_requests(self, asked: BinaryIO) -> None:
        while head := _head(asked):
            request, fields = _parsed(head)
            traps = self._proxy.note(request)
            if early := [trap for trap in traps if trap.moment == "before"]:
                self._strike(early)
                return
            self._at_the_answer = traps
            self._daemon.sendall(head)
            if "upgrade" in fields or _HIJACKED.search(request.path):
                self._splice(asked)
                return
            for part in _body(asked, fields):
                self._daemon.sendall(part)

    def _splice(self, asked: BinaryIO) -> None:
        while part := asked.read1(65536):  # type: ignore[attr-defined]  # a socket's buffered reader has it
            self._daemon.sendall(part)

    def _carry_answers(self) -> None:
        with contextlib.suppress(OSError):
            while part := self._daemon.recv(65536):
                if self._at_the_answer and self._struck_at(part):
                    return
                self._client.sendall(part)
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)

    def _struck_at(self, answer: bytes) -> bool:
        traps, self._at_the_answer = self._at_the_answer, []
        if answer.split(b" ", 2)[1] < b"400":
            self._strike(traps)
            return True
        for trap in traps:
            trap.nth += 1
        return False

    def _strike(self, traps: list[Trap]) -> None:
        for trap in traps:
            trap.spring()
            trap.sprung = True
        for end in (self._client, self._daemon):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _head(asked: BinaryIO) -> bytes:
    """Return one request's head, its empty line included; nothing when no request follows."""
    lines = []
    while line := asked.readline():
        lines.append(line)
        if line in (b"\r\n", b"\n"):
            return b"".join(lines)
    return b""


def _parsed(head: bytes) -> tuple[Request, dict[str, str]]:
    first, *rest = head.decode("latin-1").splitlines()
    method, target, _ = first.split(" ", 2)
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Request(method, _VERSION.sub("", target.partition("?")[0])), fields


def _body(asked: BinaryIO, fields: dict[str, str]) -> Iterator[bytes]:
    if fields.get("transfer-encoding", "").lower() == "chunked":
        yield from _chunks(asked)
    elif length := int(fields.get("content-length", "0")):
        yield asked.read(length)


def _chunks(asked: BinaryIO) -> Iterator[bytes]:
    size = None
    while size != 0:
        line = asked.readline()
        size = int(line.partition(b";")[0], 16)
        yield line + asked.read(size + 2)
