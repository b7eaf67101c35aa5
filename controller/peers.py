"""The peer's credentials in each request of the API."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from container_ci.peer import peer_of

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class PeerAwareProtocol(H11Protocol):
    """HTTP/1.1 that puts the peer's credentials into each request's scope, as `peer`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        peer = peer_of(transport.get_extra_info("socket"))
        app: App = self.app  # type: ignore[assignment,unused-ignore]  # uvicorn names its own equal protocol

        async def with_peer(scope: Scope, receive: Any, send: Any) -> None:
            await app({**scope, "peer": peer}, receive, send)

        self.app = with_peer
