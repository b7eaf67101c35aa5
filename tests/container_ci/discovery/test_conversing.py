"""A port is asked in a few protocols, one after the other, and nothing is concluded from silence."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from container_ci.discovery import conversing
from container_ci.discovery.conversing import spoken_at

OPENAPI = b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"openapi": "3.1.0"}'


@asynccontextmanager
async def server(greeting: bytes, answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """Serve on a loopback port: greet, answer one question, hang up."""

    async def serve(stream: SocketStream) -> None:
        async with stream:
            if greeting:
                await stream.send(greeting)
                return
            if said := answer(await stream.receive()):
                await stream.send(said)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(listener.serve, serve))
        yield int(listener.extra(SocketAttribute.local_port))
        tasks.cancel_scope.cancel()
    await listener.aclose()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversing, "_GREETING_S", 0.01)
    monkeypatch.setattr(conversing, "LIMIT_S", 20.0)


def _redis(question: bytes) -> bytes:
    return b"+PONG\r\n" if question == b"PING\r\n" else b"-ERR unknown command\r\n"


def _http(_: bytes) -> bytes:
    return b"HTTP/1.1 404 Not Found\r\n\r\n"


def _nothing(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("answer", "protocol"),
    [(_redis, "redis"), (_http, "http"), (lambda _: OPENAPI, "fastapi"), (lambda _: b"garbage", ""), (_nothing, "")],
)
async def test_a_port_is_known_by_what_it_answers(answer: Callable[[bytes], bytes], protocol: str) -> None:
    async with server(b"", answer) as port:
        assert await spoken_at("127.0.0.1", port) == protocol


@pytest.mark.parametrize(
    ("greeting", "protocol"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"220 host ESMTP Postfix\r\n", "smtp"),
        (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
        (b"J\x00\x00\x00\x0a8.0.36\x00", "mysql"),
        (b"INFO {}\r\n", "nats"),
    ],
)
async def test_or_by_what_it_says_first(greeting: bytes, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversing, "_GREETING_S", 20.0)
    async with server(greeting, _nothing) as port:
        assert await spoken_at("127.0.0.1", port) == protocol


async def test_a_closed_port_speaks_nothing() -> None:
    async with server(b"", _nothing) as port:
        pass

    assert not await spoken_at("127.0.0.1", port)
