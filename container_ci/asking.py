"""One question to a container over the network: does it open, answer, speak its protocol."""

import os
import ssl
from functools import cache
from ipaddress import ip_address
from typing import cast

import anyio
import h11
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from container_ci.probe_state import Outcome
from container_ci.talks import Talk, taken
from desired_state.probes import Probe
from desired_state.questions import HttpProbe

_READ_BYTES = 16384
_CLOSED = "the connection was closed"


async def ask(probe: Probe, address: str) -> Outcome:
    """Ask a container's address once. Every way of not answering is a failed outcome, never an error.

    The timeout is measured by the event loop, as sockets are.
    """
    try:
        with anyio.fail_after(probe.timeout):
            return await _answer(probe, address)
    except (OSError, anyio.BrokenResourceError, h11.ProtocolError) as error:
        return Outcome(passed=False, message=f"{_asked(probe, address)}: {_reason(error, probe)}")


async def _answer(probe: Probe, address: str) -> Outcome:
    if probe.http is not None:
        return await _ask_http(probe.http, address)
    if probe.tcp is not None:
        return await _ask_tcp(probe.tcp.port, address)
    if probe.protocol is not None:
        return await _ask_server(*probe.protocol, address)
    if probe.grpc is not None:
        # The library is large, and most never need it.
        from container_ci.grpc_health import ask_grpc  # noqa: PLC0415

        return await ask_grpc(probe.grpc, address)
    return Outcome(passed=False, message="the probe asks nothing")


async def _ask_tcp(port: int, address: str) -> Outcome:
    async with await anyio.connect_tcp(address, port):
        return Outcome(passed=True)


async def _ask_server(protocol: str, port: int, address: str) -> Outcome:
    """Greet a server in its own protocol; what it says is put behind whom was asked."""
    # Loaded by those who need it: few containers do.
    from container_ci.protocols import TALKS  # noqa: PLC0415

    talk = TALKS[protocol]()
    async with await anyio.connect_tcp(address, port) as stream:
        outcome = await _talked(talk, stream)
    if outcome.passed:
        return outcome
    return Outcome(passed=False, message=f"{protocol} at {_bracketed(address)}:{port}: {outcome.message}")


async def greet(protocol: str, port: int, address: str, timeout_s: float) -> bool:
    """Return whether a server of a protocol answers anything at all there."""
    try:
        with anyio.fail_after(timeout_s):
            outcome = await _ask_server(protocol, port, address)
    except (OSError, anyio.BrokenResourceError):
        return False
    return outcome.passed or not outcome.message.endswith(_CLOSED)


async def _talked(talk: Talk, stream: ByteStream) -> Outcome:
    buffer, answer = b"", None
    while True:
        try:
            step = talk.send(answer) if answer is not None else next(talk)
        except StopIteration as end:
            return cast("Outcome", end.value)
        if step.send:
            await stream.send(step.send)
        while (found := taken(buffer, step.take)) is None:
            if not (more := await _received(stream)):
                return Outcome(passed=False, message=_CLOSED)
            buffer += more
        answer, buffer = found


async def _ask_http(http: HttpProbe, address: str) -> Outcome:
    async with await _connected(http, address) as stream:
        status = await _status(stream, http, address)
    passed = 200 <= status < 400
    return Outcome(passed, "" if passed else f"GET {_url(http, address)}: status {status}")


async def _connected(http: HttpProbe, address: str) -> ByteStream:
    stream = await anyio.connect_tcp(address, http.port)
    if http.scheme == "http":
        return stream
    try:
        return await TLSStream.wrap(
            stream,
            server_side=False,
            hostname=_server_name(http),
            ssl_context=_unverified(),
            # Many servers drop the connection without TLS's own goodbye.
            standard_compatible=False,
        )
    except BaseException:
        await anyio.aclose_forcefully(stream)
        raise


async def _status(stream: ByteStream, http: HttpProbe, address: str) -> int:
    """Send the request and return the status of the answer; its body is not read."""
    connection = h11.Connection(h11.CLIENT)
    request = h11.Request(method="GET", target=http.path, headers=_headers(http, address))
    await stream.send(_bytes(connection, request) + _bytes(connection, h11.EndOfMessage()))
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            connection.receive_data(await _received(stream))


def _headers(http: HttpProbe, address: str) -> list[tuple[str, str]]:
    defaults = {"Host": _authority(http, address), "User-Agent": "ergon-probe", "Accept": "*/*", "Connection": "close"}
    own = {name.lower() for name in http.headers}
    return [*((name, value) for name, value in defaults.items() if name.lower() not in own), *http.headers.items()]


def _bytes(connection: h11.Connection, event: h11.Request | h11.EndOfMessage) -> bytes:
    return connection.send(event) or b""


async def _received(stream: ByteStream) -> bytes:
    try:
        return await stream.receive(_READ_BYTES)
    except anyio.EndOfStream:
        # h11's word for the end; it knows whether it came too early.
        return b""


@cache
def _unverified() -> ssl.SSLContext:
    # Certificates name the service, not the container's address; and the question is whether it answers.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _server_name(http: HttpProbe) -> str | None:
    """Return the declared Host, for servers that choose their certificate by name; addresses are no names."""
    declared = next((value for name, value in http.headers.items() if name.lower() == "host"), "")
    name = declared.partition(":")[0]
    try:
        ip_address(name)
    except ValueError:
        return name or None
    return None


def _asked(probe: Probe, address: str) -> str:
    if probe.http is not None:
        return f"GET {_url(probe.http, address)}"
    if probe.protocol is not None:
        name, port = probe.protocol
        return f"{name} at {_bracketed(address)}:{port}"
    port = probe.tcp.port if probe.tcp else probe.grpc.port if probe.grpc else 0
    return f"connect to {_bracketed(address)}:{port}"


def _url(http: HttpProbe, address: str) -> str:
    return f"{http.scheme}://{_authority(http, address)}{http.path}"


def _authority(http: HttpProbe, address: str) -> str:
    return f"{_bracketed(address)}:{http.port}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _reason(error: BaseException, probe: Probe) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {probe.timeout:g} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, h11.ProtocolError):
        return f"not HTTP: {error}"
    # Connection errors carry the operating system's own as their cause.
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    number = getattr(cause, "errno", None)
    return (os.strerror(number) if number else str(cause) or _CLOSED).lower()
