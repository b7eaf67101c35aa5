"""Try the published ports of a container from the host, as its clients do."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import anyio
from anyio.abc import SocketStream

from observed_state.container import Container, PublishedPort
from observed_state.reach import Reach, Unreached

# Docker's proxy takes every connection, and hangs up at once when nobody listens behind it.
_HANGS_UP_WITHIN_S = 0.3
_CONNECT_S = 2.0
# A greeting that is broken off counts against us with such servers, and they shut out who does it often.
_GREETED = {3306: "mysql"}
_LISTENS = "0A"


async def reach(container: Container, proc: Path = Path("/proc")) -> Reach | None:
    """Try every published TCP port of a running container; None when it does not run on this machine."""
    if not _is_here(container, proc):
        return None
    for port in published(container):
        if not await _answers(_host_address(port), port.host_port, port.container_port):
            reason, why = await _explained(container, port, proc)
            shown = f"{port.host_ip or _host_address(port)}:{port.host_port}->{port.container_port}/tcp"
            return Reach(
                container.id, container.started_at, reason, f"{container.name}: {shown} does not answer: {why}"
            )
    return Reach(container.id, container.started_at)


def published(container: Container) -> list[PublishedPort]:
    """Return the TCP ports to try: one address for each."""
    found: dict[tuple[int, int], PublishedPort] = {}
    for port in sorted(container.ports, key=lambda one: ":" in one.host_ip):
        if port.protocol == "tcp" and port.host_port:
            found.setdefault((port.container_port, port.host_port), port)
    return list(found.values())


def listeners(text: str) -> Iterator[tuple[str, int]]:
    """Yield the addresses and ports that are listened on, from the text of `/proc/PID/net/tcp` or `tcp6`."""
    for row in text.splitlines()[1:]:
        fields = row.split()
        if len(fields) > 3 and fields[3] == _LISTENS:
            address, _, port = fields[1].partition(":")
            # Words of 32 bits, each in the order of the machine: little-endian where Docker runs.
            words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
            yield str(ip_address(b"".join(words))), int(port, 16)


async def _explained(container: Container, port: PublishedPort, proc: Path) -> tuple[Unreached, str]:
    """Return why a published port does not answer, from who listens inside."""
    inside, number = _listening(container, proc), port.container_port
    addresses = [ip_address(address) for address, listened in inside if listened == number]
    if addresses and all(address.is_loopback for address in addresses):
        shown = ", ".join(map(str, addresses))
        return "listen-loopback-only", f"it listens on {shown} only; let it listen on 0.0.0.0"
    if not addresses:
        others = sorted({listened for address, listened in inside if not ip_address(address).is_loopback})
        hint = f"; it listens on {', '.join(map(str, others))}" if others else ""
        return "published-port-not-listened", f"nothing listens on port {number} inside{hint}"
    return "port-not-forwarded", "it listens inside, but what comes to the host's port does not arrive there"


def _listening(container: Container, proc: Path) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for name in ("tcp", "tcp6"):
        try:
            found += listeners((proc / str(container.pid) / "net" / name).read_text())
        except OSError:
            continue
    # Docker's own resolver is nobody's service.
    return [one for one in found if one[0] != "127.0.0.11"]


def _is_here(container: Container, proc: Path) -> bool:
    """Return whether a container's process is one of this machine, as its control group shows."""
    try:
        return container.pid > 0 and container.id in (proc / str(container.pid) / "cgroup").read_text()
    except OSError:
        return False


def _host_address(port: PublishedPort) -> str:
    wildcard = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    return wildcard.get(port.host_ip, port.host_ip)


async def _answers(address: str, port: int, meant: int) -> bool:
    if protocol := _GREETED.get(meant):
        from container_ci.asking import greet  # noqa: PLC0415

        return await greet(protocol, port, address, _CONNECT_S)
    try:
        with anyio.fail_after(_CONNECT_S):
            stream = await anyio.connect_tcp(address, port)
    except (OSError, TimeoutError):
        return False
    async with stream:
        return not await _hangs_up(stream)


async def _hangs_up(stream: SocketStream) -> bool:
    with anyio.move_on_after(_HANGS_UP_WITHIN_S):
        try:
            await stream.receive(1)
        except (anyio.EndOfStream, anyio.BrokenResourceError, OSError):
            return True
    return False
