"""One request and its answer over a Unix socket. On every command's path: `http.client` loads mail parsers and TLS."""

import socket
from collections.abc import Iterator
from pathlib import Path

import h11

_CONNECT_DEADLINE_S = 5.0
_CHUNK = 1 << 16

# What a broken conversation raises, beside an OSError.
Broken = h11.RemoteProtocolError


class Exchange:
    """A connection that carries one request. `deadline_s` bounds each silence of the other side; None: without end."""

    def __init__(self, path: Path, deadline_s: float | None) -> None:
        """Connect.

        Raises:
            OSError: nobody listens, or the socket may not be used.
        """
        self._state = h11.Connection(h11.CLIENT)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Connecting has its own short deadline.
            self._socket.settimeout(min(_CONNECT_DEADLINE_S, deadline_s or _CONNECT_DEADLINE_S))
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._socket.settimeout(deadline_s)

    def ask(self, method: str, target: str, body: bytes | None = None) -> int:
        """Send the request and return the status of the answer.

        Raises:
            OSError: the connection broke, or stayed silent for too long.
            Broken: what came is no answer, or not all of it.
        """
        headers = [("Host", "ergon")]
        if body is not None:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        request = h11.Request(method=method, target=target, headers=headers)
        parts = (request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage())
        self._socket.sendall(b"".join(self._state.send(part) or b"" for part in parts))
        while not isinstance(event := self._next(), h11.Response):
            pass  # an answer that says to go on comes before the answer
        return event.status_code

    def content(self) -> bytes:
        """Return the whole body. Raises like `ask`."""
        return b"".join(self._chunks())

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the body as they arrive. Raises like `ask`."""
        rest = b""
        for chunk in self._chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _chunks(self) -> Iterator[bytes]:
        while not isinstance(event := self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    def _next(self) -> object:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            self._state.receive_data(self._socket.recv(_CHUNK))
        return event
