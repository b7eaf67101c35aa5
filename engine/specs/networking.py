"""Where a container is reached and what it reaches."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bodies.given import filled
from engine.specs.host import shared_by_name
from observed_state.container import Attachment, Container

_MODES = ("bridge", "host", "none")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - read, not bound


def networking_fields(container: Container, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that this part of `HostConfig` and `NetworkSettings` hold; networks under Docker's names."""
    host: Mapping[str, Any] = container.frozen.get("HostConfig") or {}
    fields = {
        "ports": [port for key, bindings in _sorted(host) for port in _ports(key, bindings)],
        "dns": host.get("Dns"),
        "dns_search": host.get("DnsSearch"),
        "dns_opt": host.get("DnsOptions"),
        "external_links": [_link(link) for link in host.get("Links") or ()],
    }
    mode = container.network_mode
    if mode in _MODES or mode.startswith("container:"):
        return {**fields, "network_mode": shared_by_name(mode, names)}
    return {**fields, "networks": {name: _join(container.networks[name]) for name in _in_order(container)}}


def _sorted(host: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, str]]]]:
    bindings: Mapping[str, list[Mapping[str, str]] | None] = host.get("PortBindings") or {}
    pairs = [(key, given or [{}]) for key, given in bindings.items()]
    return sorted(pairs, key=lambda pair: (int(pair[0].partition("/")[0]), pair[0]))


def _ports(key: str, bindings: Iterable[Mapping[str, str]]) -> Iterable[dict[str, Any]]:
    port, _, protocol = key.partition("/")
    for binding in bindings:
        address, published = binding.get("HostIp") or "", binding.get("HostPort") or ""
        yield {"target": int(port)} | filled(
            {
                "published": "" if published == "0" else published,
                "host_ip": "" if address in _EVERYWHERE else address,
                "protocol": "" if protocol in ("", "tcp") else protocol,
            }
        )


def _in_order(container: Container) -> list[str]:
    """Return the networks, first the one that the container was made on."""
    mode = container.network_mode
    first = [
        name
        for name, place in container.networks.items()
        if name == mode or (place.network_id and place.network_id.startswith(mode))
    ]
    return [*first, *(name for name in sorted(container.networks) if name not in first)]


def _join(place: Attachment) -> dict[str, Any]:
    return filled(
        {"aliases": list(place.aliases), "ipv4_address": place.static_ipv4, "ipv6_address": place.static_ipv6}
    )


def _link(link: str) -> str:
    """Return `/db:/web/alias`, as inspect shows it, like `db:alias`."""
    other, _, alias = link.partition(":")
    return f"{other.removeprefix('/')}:{alias.rpartition('/')[2]}"
