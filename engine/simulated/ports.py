"""Published ports: which host port a container gets, and who has it already."""

from collections.abc import Iterable
from typing import Any

from engine.simulated.answers import Refusal
from engine.simulated.host import FIRST_EPHEMERAL_PORT, Host
from engine.simulated.record import Record


def publish(host: Host, record: Record) -> None:
    """Take the host ports that the container asks for and show them in its inspect.

    Raises:
        Refusal: 500, one is taken; none has been kept.
    """
    wanted = record.inspect["HostConfig"].get("PortBindings") or {}
    exposed = record.inspect["Config"].get("ExposedPorts") or {}
    # Docker's own trap: a binding of a port that is not exposed publishes nothing.
    shown: dict[str, Any] = dict.fromkeys(exposed)
    for port, bindings in wanted.items():
        if port in exposed:
            shown[port] = [_bind(host, record, binding) for binding in bindings]
    record.inspect["NetworkSettings"]["Ports"] = shown


def withdraw(host: Host, record: Record) -> None:
    """Give the container's host ports back."""
    for port in [port for port, holder in host.ports.items() if holder == record.id]:
        del host.ports[port]
    record.inspect["NetworkSettings"]["Ports"] = {}


def _bind(host: Host, record: Record, binding: dict[str, str]) -> dict[str, str]:
    candidates = _candidates(binding.get("HostPort") or "")
    free = next((port for port in candidates if port not in host.ports and port not in host.busy_ports), None)
    address = binding.get("HostIp") or "0.0.0.0"  # noqa: S104  # what Docker shows; nothing is bound
    if free is None:
        withdraw(host, record)
        raise _taken(host, record, address, next(iter(candidates)))
    host.ports[free] = record.id
    return {"HostIp": address, "HostPort": str(free)}


def _candidates(wanted: str) -> Iterable[int]:
    if not wanted:
        return range(FIRST_EPHEMERAL_PORT, 61000)
    first, _, last = wanted.partition("-")
    return range(int(first), int(last or first) + 1)


def _taken(host: Host, record: Record, address: str, port: int) -> Refusal:
    where = f"driver failed programming external connectivity on endpoint {record.name} ({host.new_id()})"
    if port in host.busy_ports:
        cause = f"Error starting userland proxy: listen tcp4 {address}:{port}: bind: address already in use"
        return Refusal(500, f"{where}: {cause}")
    return Refusal(500, f"{where}: Bind for {address}:{port} failed: port is already allocated")
