"""What is seen of a network or volume, in the words of its declaration: for those that nobody recorded the making of.

Only what is declared is compared, so that nothing that an engine fills in by itself can be taken for a difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from observed_state.network import Network, Subnet
from observed_state.volume import Volume

Declared = Mapping[str, Any]


def network_as_declared(declared: Declared, found: Network) -> dict[str, Any]:
    """Return the declaration with what is seen in place of each value that can be seen."""
    seen: dict[str, Any] = {
        "driver": found.driver,
        "internal": found.internal,
        "attachable": found.attachable,
        "enable_ipv6": found.enable_ipv6,
        "driver_opts": _some(declared.get("driver_opts"), found.options),
        "labels": _some(declared.get("labels"), found.labels),
        "ipam": _ipam(declared.get("ipam") or {}, found),
    }
    return {name: seen.get(name, value) for name, value in declared.items()}


def volume_as_declared(declared: Declared, found: Volume) -> dict[str, Any]:
    """Return the declaration with what is seen in place of each value that can be seen."""
    seen: dict[str, Any] = {
        "driver": found.driver,
        "driver_opts": _some(declared.get("driver_opts"), found.options),
        "labels": _some(declared.get("labels"), found.labels),
    }
    return {name: seen.get(name, value) for name, value in declared.items()}


def _some(declared: Mapping[str, str] | None, found: Mapping[str, str]) -> dict[str, str]:
    return {name: found[name] for name in declared or {} if name in found}


def _ipam(declared: Declared, found: Network) -> dict[str, Any]:
    seen = {"driver": found.ipam_driver, "config": _pools(declared.get("config") or [], found.subnets)}
    return {name: seen.get(name, value) for name, value in declared.items()}


def _pools(declared: Sequence[Declared], found: Sequence[Subnet]) -> list[dict[str, Any]]:
    by_subnet = {pool.subnet: pool for pool in found}
    beside = [*found, *(Subnet() for _ in declared)]
    pairs = [(pool, by_subnet.get(str(pool.get("subnet")), beside[place])) for place, pool in enumerate(declared)]
    return [_pool(pool, seen) for pool, seen in pairs]


def _pool(declared: Declared, found: Subnet) -> dict[str, Any]:
    seen: dict[str, Any] = {"subnet": found.subnet, "gateway": found.gateway, "ip_range": found.ip_range}
    seen["aux_addresses"] = dict(found.aux_addresses)
    return {name: seen.get(name) or None for name in declared}
