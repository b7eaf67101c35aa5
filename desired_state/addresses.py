"""What can't be about the address pools of a network, before an engine is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from desired_state.misfits import Path

if TYPE_CHECKING:
    from desired_state.network import Pool

Found = tuple[Path, str]
Subnet = IPv4Network | IPv6Network


def misfits(pools: Sequence[Pool]) -> Iterator[Found]:
    """Yield what is no address, or lies outside its subnet, with its path below the list of pools."""
    seen: list[Subnet] = []
    for index, pool in enumerate(pools):
        subnet = _read(_subnet, pool.subnet)
        if pool.subnet is not None and subnet is None:
            yield (index, "subnet"), f"{pool.subnet!r} is not a subnet; write it like 10.1.0.0/24"
        if subnet and (other := next((one for one in seen if _overlap(one, subnet)), None)):
            yield (index, "subnet"), f"{subnet} overlaps {other}, another pool of this network"
        seen += [subnet] if subnet else []
        yield from (((index, *path), message) for path, message in _inside(pool, subnet))


def _inside(pool: Pool, subnet: Subnet | None) -> Iterator[Found]:
    """Yield what does not lie inside the subnet of its pool."""
    if pool.ip_range is not None:
        within = _read(_subnet, pool.ip_range)
        if within is None:
            yield ("ip_range",), f"{pool.ip_range!r} is not a range of addresses; write it like 10.1.0.128/25"
        elif message := _outside(pool, subnet, pool.ip_range, fits=subnet is None or _contains(subnet, within)):
            yield ("ip_range",), message
    for path, text in _single(pool):
        address = _read(ip_address, text)
        if address is None:
            yield path, f"{text!r} is not an address; write it like 10.1.0.1"
        elif message := _outside(pool, subnet, text, fits=subnet is None or address in subnet):
            yield path, message


def _single(pool: Pool) -> Iterator[tuple[Path, str]]:
    if pool.gateway is not None:
        yield ("gateway",), pool.gateway
    for name, address in (pool.aux_addresses or {}).items():
        yield ("aux_addresses", name), address


def _outside(pool: Pool, subnet: Subnet | None, text: str, *, fits: bool) -> str:
    if pool.subnet is None:
        return f"{text} needs the subnet it lies in beside it"
    return "" if fits else f"{text} lies outside the subnet {subnet}"


def _overlap(one: Subnet, other: Subnet) -> bool:
    return one.version == other.version and one.overlaps(other)


def _contains(outer: Subnet, inner: Subnet) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def _subnet(text: str) -> Subnet:
    # Engines before 25 take an address inside the subnet for it, and so do files written for them.
    return ip_network(text, strict=False)


def _read(read: Callable[[str], Any], text: str | None) -> Any:
    """Return what a text means, None when it means nothing."""
    try:
        return None if text is None else read(text)
    except ValueError:
        return None
