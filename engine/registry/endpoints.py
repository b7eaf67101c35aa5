"""Where a registry listens, and whether Docker would speak to it without proof of who it is."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

from desired_state.image_reference import DOCKER_HUB

_HUB_HOST = "registry-1.docker.io"
_CERTIFICATES = Path("/etc/docker/certs.d")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address to try. `verify` is what `requests` takes: True, False, or the path of a certificate authority."""

    url: str
    verify: bool | str = True


def endpoints(registry: str, config: Mapping[str, Any]) -> list[Endpoint]:
    """Return the addresses of a registry in the order Docker tries them.

    Args:
        registry: as in a reference, `docker.io` or `localhost:5000`.
        config: the daemon's `RegistryConfig` (from `GET /info`), which says what is insecure.
    """
    host = _HUB_HOST if registry == DOCKER_HUB else registry
    if is_insecure(registry, config):
        return [Endpoint(f"https://{host}", verify=False), Endpoint(f"http://{host}")]
    authority = next(iter(sorted((_CERTIFICATES / host).glob("*.crt"))), None)
    return [Endpoint(f"https://{host}", verify=str(authority) if authority else True)]


def is_insecure(registry: str, config: Mapping[str, Any]) -> bool:
    """Return whether the daemon was told so, or the registry is on a range told so; loopback always is."""
    known = (config.get("IndexConfigs") or {}).get(registry)
    if known is not None:
        return not known.get("Secure", True)
    ranges = [ip_network(text) for text in config.get("InsecureRegistryCIDRs") or ("127.0.0.0/8", "::1/128")]
    return any(address in network for address in _addresses(registry) for network in ranges)


def _addresses(registry: str) -> Iterator[IPv4Address | IPv6Address]:
    host = registry.rpartition(":")[0] if registry.rpartition(":")[2].isdecimal() else registry
    host = host.strip("[]")
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return
    yield from (ip_address(text.partition("%")[0]) for text in found)
