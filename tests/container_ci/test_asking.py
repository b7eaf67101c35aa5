"""One question against servers on the loopback."""

import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener

from container_ci.asking import ask
from container_ci.probe_state import Outcome
from desired_state.probes import Probe

Handler = Callable[[ByteStream], Awaitable[None]]

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve each connection with `handler` on a free port, and yield the port."""
    tcp = await anyio.create_tcp_listener(local_host=LOOPBACK, local_port=0)
    listener: Any = TLSListener(tcp, tls, standard_compatible=False) if tls else tcp
    async with tcp, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, forgiving(handler))
        yield tcp.extra(SocketAttribute.local_port)
        tasks.cancel_scope.cancel()


def forgiving(handler: Handler) -> Handler:
    """Let the client hang up whenever it likes."""

    async def handle(stream: ByteStream) -> None:
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            async with stream:
                await handler(stream)

    return handle


def answering(reply: bytes, requests: list[bytes] | None = None) -> Handler:
    async def handler(stream: ByteStream) -> None:
        request = await stream.receive()
        if requests is not None:
            requests.append(request)
        await stream.send(reply)

    return handler


def http(port: int, **more: Any) -> Probe:
    timeout = more.pop("timeout", 5)
    return Probe.model_validate({"http": {"port": port, **more}, "timeout": timeout})


async def test_a_status_of_2xx_or_3xx_passes() -> None:
    passed = []
    for status in (b"200 OK", b"204 No Content", b"302 Found", b"399 Odd"):
        async with serving(answering(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as port:
            passed.append((await ask(http(port), LOOPBACK)).passed)

    assert passed == [True] * 4


async def test_another_status_fails_and_is_named() -> None:
    async with serving(answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")) as port:
        outcome = await ask(http(port, path="/healthz"), LOOPBACK)

    assert (outcome.passed, outcome.message) == (False, f"GET http://127.0.0.1:{port}/healthz: status 503")


async def test_the_request_asks_for_the_path_with_the_declared_headers() -> None:
    requests: list[bytes] = []
    async with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", requests)) as port:
        await ask(http(port, path="/ready?x=1", headers={"Host": "shop.test", "X-Probe": "1"}), LOOPBACK)

    lines = requests[0].decode().split("\r\n")
    assert lines[0] == "GET /ready?x=1 HTTP/1.1"
    assert {"Host: shop.test", "X-Probe: 1"} <= set(lines)


async def test_an_interim_answer_is_not_the_answer() -> None:
    async with serving(answering(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\n\r\n")) as port:
        outcome = await ask(http(port), LOOPBACK)

    assert not outcome.passed


async def test_only_the_head_of_an_endless_answer_is_read() -> None:
    async def endless(stream: ByteStream) -> None:
        await stream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await anyio.sleep_forever()

    async with serving(endless) as port:
        outcome = await ask(http(port), LOOPBACK)

    assert outcome.passed


async def test_something_else_than_http_fails() -> None:
    async with serving(answering(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        outcome = await ask(http(port), LOOPBACK)

    assert not outcome.passed
    assert "not HTTP" in outcome.message


async def test_a_server_that_hangs_up_fails() -> None:
    async def hang_up(stream: ByteStream) -> None:
        await stream.aclose()

    async with serving(hang_up) as port:
        outcome = await ask(http(port), LOOPBACK)

    assert not outcome.passed


async def test_a_server_that_says_nothing_fails_after_the_timeout() -> None:
    async def silent(_stream: ByteStream) -> None:
        await anyio.sleep_forever()

    async with serving(silent) as port:
        outcome = await ask(http(port, timeout=0.05), LOOPBACK)

    assert outcome.message == f"GET http://127.0.0.1:{port}/: no answer within 0.05 s"


async def test_an_open_port_passes() -> None:
    async with serving(answering(b"")) as port:
        outcome = await ask(Probe.model_validate({"tcp": {"port": port}}), LOOPBACK)

    assert outcome.passed


async def test_a_closed_port_fails_with_the_reason() -> None:
    async with serving(answering(b"")) as port:
        pass

    outcome = await ask(Probe.model_validate({"tcp": {"port": port}}), LOOPBACK)

    assert (outcome.passed, outcome.message) == (False, f"connect to 127.0.0.1:{port}: connection refused")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for a name that nobody asks for, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere.test"]
    try:
        made = subprocess.run([*command, "-keyout", "-"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("needs the openssl command")
    path.write_bytes(made.stdout)
    return path


async def test_https_is_asked_without_judging_the_certificate(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    reply = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with serving(reply, context) as port:
        outcome = await ask(http(port, scheme="https"), LOOPBACK)

    assert outcome.passed


async def test_https_against_a_plain_server_fails_as_tls() -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        outcome = await ask(http(port, scheme="https"), LOOPBACK)

    assert "TLS failed" in outcome.message


async def test_a_server_is_greeted_in_its_own_protocol() -> None:
    requests: list[bytes] = []
    async with serving(answering(b"+PONG\r\n", requests)) as port:
        outcome = await ask(Probe.model_validate({"redis": port, "timeout": 5}), LOOPBACK)

    assert outcome.passed
    assert requests == [b"PING\r\n"]


async def test_a_server_that_speaks_something_else_is_named() -> None:
    async with serving(answering(b"-LOADING Redis is loading the dataset in memory\r\n")) as port:
        outcome = await ask(Probe.model_validate({"redis": port, "timeout": 5}), LOOPBACK)

    assert outcome.message.startswith(f'redis at 127.0.0.1:{port}: answered "-LOADING')


async def test_a_server_that_hangs_up_in_the_middle_of_its_answer_fails() -> None:
    async with serving(answering(b"R")) as port:
        outcome = await ask(Probe.model_validate({"postgres": port, "timeout": 5}), LOOPBACK)

    assert outcome == Outcome(False, f"postgres at 127.0.0.1:{port}: the connection was closed")
