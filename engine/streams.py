"""An answer of Docker's that goes on: read by one thread, closed by another."""

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from requests import Response

from engine.connection import Connection, Params, Wire

_CHUNK_BYTES = 64 * 1024


class Stream:
    """The body of one reply, on a connection of its own."""

    def __init__(self, wire: Wire, response: Response) -> None:
        self._wire = wire
        self._response = response
        self._closed = False

    @classmethod
    def opened(cls, connection: Connection, path: str, params: Params, *, endless: bool) -> Self:
        """Ask for `path` and return when the daemon begins to answer. An endless one may be silent for ever."""
        wire = connection.open()
        try:
            response = wire.request("GET", path, params=params, stream=True)
            if endless and (line := socket_of(response)):
                line.settimeout(None)
        except BaseException:
            wire.close()
            raise
        return cls(wire, response)

    @property
    def headers(self) -> Mapping[str, str]:
        """The reply's headers."""
        return self._response.headers

    def read(self) -> bytes:
        """Return a large piece, waiting until it is full; b"" at the end."""
        return bytes(self._response.raw.read(_CHUNK_BYTES))

    def read_soon(self) -> bytes:
        """Return what there is as soon as there is something; b"" at the end, also one made by `interrupt`."""
        try:
            return bytes(self._response.raw.read1(_CHUNK_BYTES))
        except Exception:
            if self._closed:
                return b""
            raise

    def interrupt(self) -> None:
        """Make a read that waits in another thread return at once."""
        self._closed = True
        if line := socket_of(self._response):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; for the thread that reads."""
        self._closed = True
        self._response.close()
        self._wire.close()


def socket_of(response: Response) -> socket.socket | None:
    """Return the socket behind a reply, None when it is closed."""
    return getattr(response.raw.connection, "sock", None)


class JsonLines:
    """Bytes cut anywhere, put together to JSON values, one a line."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the values that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]
