"""Who is at the other end of the Unix socket, from the kernel."""

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Peer:
    """A process that connected: its pid (information, not authority), and its user."""

    pid: int
    uid: int

    def __str__(self) -> str:
        return f"uid {self.uid} (pid {self.pid})"


class PeerAwareProtocol(H11Protocol):
    """HTTP/1.1 that puts the peer's credentials into each request's scope, as `peer`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        peer = peer_of(transport.get_extra_info("socket"))
        app: App = self.app  # type: ignore[assignment,unused-ignore]  # uvicorn names its own equal protocol

        async def with_peer(scope: Scope, receive: Any, send: Any) -> None:
            await app({**scope, "peer": peer}, receive, send)

        self.app = with_peer


def peer_of(connection: Any) -> Peer:
    """Return who connected, by SO_PEERCRED."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    return Peer(pid, uid)
