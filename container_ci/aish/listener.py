"""One loopback listener through which aish's messages reach all companions.

aish sends no credentials, and every user of the host can connect to a loopback port: so the path holds a secret
of this life, which stands in the registry alone.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import quote, unquote

import anyio
import h11
from anyio.abc import Listener as Listening
from anyio.abc import SocketAttribute, SocketStream, TaskGroup

Say = Callable[[str, str], Awaitable[str | None]]
"""Gives a companion's words to a message, None when there is no companion of that name."""

LARGEST_REQUEST = 64 * 1024
MOST_CONNECTIONS = 32
REQUEST_DEADLINE_S = 28.0
_READ_BYTES = 16384


class Listener:
    """The listener; `start` it in a task group, whose end ends it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._secret = secrets.token_urlsafe(24)
        self._limit = anyio.CapacityLimiter(MOST_CONNECTIONS)
        self.endpoint = ""

    async def start(self, tasks: TaskGroup) -> None:
        """Listen on a free port of the loopback address; `endpoint` is known when this returns."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - anyio's, not Django's
        self.endpoint = f"http://127.0.0.1:{port}"
        tasks.start_soon(self._listen, listener)

    def path_of(self, name: str) -> str:
        """Return the path at which a companion gets its messages."""
        return f"/{self._secret}/ci/{quote(name, safe='')}/message"

    async def _listen(self, listener: Listening[SocketStream]) -> None:
        async with listener:
            await listener.serve(self._serve)

    async def _serve(self, stream: SocketStream) -> None:
        """Answer one request. Whatever comes, nothing of it goes beyond this connection."""
        with suppress(OSError, anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
            async with stream, self._limit:
                with anyio.move_on_after(REQUEST_DEADLINE_S):
                    await self._answer(stream)

    async def _answer(self, stream: SocketStream) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_READ_BYTES)
        try:
            status, said = await self._said(*await _request(connection, stream))
        except h11.RemoteProtocolError as error:
            status, said = 400, {"error": f"not a request: {error}"}
        if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(said).encode()
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            events = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
            await stream.send(b"".join(connection.send(event) or b"" for event in events))

    async def _said(self, request: h11.Request, body: bytes | None) -> tuple[int, dict[str, str]]:
        name = self._name_in(request.target.decode("latin-1"))
        if name is None:
            return 404, {"error": "there is nothing here"}
        if request.method != b"POST":
            return 405, {"error": "send a message by POST"}
        if body is None:
            return 413, {"error": "the message is too long"}
        try:
            message = json.loads(body)["message"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return 400, {"error": 'send {"message": "..."}'}
        words = await self._say(name, str(message))
        return (
            (404, {"error": f'no container has a companion "{name}"'}) if words is None else (200, {"response": words})
        )

    def _name_in(self, target: str) -> str | None:
        parts = target.partition("?")[0].split("/")
        if len(parts) != 5 or (parts[0], parts[2], parts[4]) != ("", "ci", "message"):
            return None
        return unquote(parts[3]) if secrets.compare_digest(parts[1].encode(), self._secret.encode()) else None


async def _request(connection: h11.Connection, stream: SocketStream) -> tuple[h11.Request, bytes | None]:
    """Return a request and its body, None for one that is too long."""
    request: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            try:
                connection.receive_data(await stream.receive(_READ_BYTES))
            except anyio.EndOfStream:
                connection.receive_data(b"")
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_REQUEST and request is not None:
                return request, None
        elif request is not None and isinstance(event, h11.EndOfMessage):
            return request, body
        else:
            raise anyio.EndOfStream
