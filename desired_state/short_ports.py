"""Compose's short form of published ports: `[[HOST_IP:]HOST_PORTS:]PORTS[/PROTOCOL]`."""

import ipaddress
from typing import Any

from desired_state.misfits import each
from desired_state.short_forms import port_range

HINT = 'write it like "8080:80", "8080-8083:80", "127.0.0.1:8080:80" or "53:53/udp"'


def ports(value: Any) -> Any:
    """Return ports in the long form.

    A range on both sides is one port each. The first of them keeps its place and the others go to
    the end, so that an index still names the entry as it was written.
    """
    if not isinstance(value, list):
        return value
    firsts, others = [], []
    for first, *rest in each(value, _long_forms):
        firsts.append(first)
        others.extend(rest)
    return firsts + others


def _long_forms(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [item]
    if isinstance(item, bool) or not isinstance(item, str | int):
        raise ValueError(f"this is not a port; {HINT}")
    spec, slash, protocol = str(item).partition("/")
    if slash and protocol.lower() not in {"tcp", "udp", "sctp"}:
        raise ValueError(f"{item!r} has an unknown protocol; write tcp, udp or sctp")
    host_ip, published, targets = _split(spec)
    common = {"host_ip": host_ip} if host_ip else {}
    if protocol.lower() not in {"", "tcp"}:
        common["protocol"] = protocol.lower()
    return [{"target": target, **host, **common} for target, host in _pairs(published, targets, item)]


def _split(spec: str) -> tuple[str, str, str]:
    left, _, targets = spec.rpartition(":")
    host_ip, _, published = left.rpartition(":")
    if left.startswith("[") and left.endswith("]"):
        host_ip, published = left, ""
    return _plain_ip(host_ip), published, targets


def _plain_ip(host_ip: str) -> str:
    if not host_ip:
        return ""
    try:
        return str(ipaddress.ip_address(host_ip.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError(f"{host_ip!r} is not an IP address of this host; {HINT}") from None


def _pairs(published: str, targets: str, item: Any) -> list[tuple[int, dict[str, str]]]:
    wanted = port_range(targets)
    if 0 in wanted:
        raise ValueError(f"{item!r} asks for port 0 of the container; write a port from 1 to 65535")
    if published in {"", "0"}:
        return [(target, {}) for target in wanted]
    offered = port_range(published)
    if len(wanted) == 1:
        return [(wanted[0], {"published": published})]
    if len(wanted) != len(offered):
        raise ValueError(f"the ranges of {item!r} differ in length: {len(offered)} and {len(wanted)}")
    return [(target, {"published": str(host)}) for target, host in zip(wanted, offered, strict=True)]


def published(value: Any) -> Any:
    """Return the host port of a long form as text; 0 and "" mean any free port, which is None."""
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(given, str):
        return given
    if given in {"", "0"}:
        return None
    port_range(given)
    return given
