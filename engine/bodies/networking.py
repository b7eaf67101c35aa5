"""Networks, and a container's place on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from desired_state.container_parts import Join
from desired_state.network import Ipam, NetworkSpec, Pool
from engine.bodies.given import filled, given
from engine.errors import NotFound
from engine.protocol import NewContainer

_INTERFACE_NAME = "com.docker.network.endpoint.ifname"


def network_mode(new: NewContainer) -> str | None:
    """Return `HostConfig.NetworkMode`: the declared mode, or the first network; None for Docker's default."""
    if new.spec.network_mode is not None:
        return shared(new.spec.network_mode, new.parents)
    return next(iter(new.networks.values()), None)


def shared(mode: str, parents: Mapping[str, str]) -> str:
    """Return a namespace mode with `service:X` replaced by the container it means now.

    Raises:
        NotFound: `parents` has no container for that service.
    """
    if not mode.startswith("service:"):
        return mode
    service = mode.removeprefix("service:")
    if service not in parents:
        raise NotFound(f'cannot share a namespace with "{service}": it has no container')
    return f"container:{parents[service]}"


def endpoints(new: NewContainer, api_version: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Return `EndpointsConfig` by Docker's network names, in joining order."""
    if new.spec.network_mode is not None:
        return {}
    joins = new.spec.joins
    joined = {
        network: endpoint_body(joins.get(name, Join()), new.aliases, api_version)
        for name, network in new.networks.items()
    }
    for place, endpoint in enumerate(joined.values()):
        if wanted := links(new):
            endpoint["Links"] = wanted
        if place == 0 and new.spec.mac_address and service_mac_on_endpoint(api_version):
            endpoint.setdefault("MacAddress", new.spec.mac_address)
    return joined


def endpoint_body(join: Join, aliases: Sequence[str], api_version: tuple[int, int]) -> dict[str, Any]:
    """Return one `EndpointSettings`: `aliases` first, then those the join declares."""
    options = dict(join.driver_opts or {})
    if join.interface_name and api_version >= (1, 48):
        options[_INTERFACE_NAME] = join.interface_name
    addresses = {
        "IPv4Address": join.ipv4_address,
        "IPv6Address": join.ipv6_address,
        "LinkLocalIPs": join.link_local_ips,
    }
    return filled(
        {
            "Aliases": list(dict.fromkeys((*aliases, *(join.aliases or ())))),
            "IPAMConfig": filled(addresses),
            "DriverOpts": options,
            "MacAddress": join.mac_address if api_version >= (1, 44) else None,
            "GwPriority": join.gw_priority if api_version >= (1, 48) else None,
        }
    )


def service_mac_on_endpoint(api_version: tuple[int, int]) -> bool:
    """Return whether a container's MAC address belongs to its first endpoint (1.44) rather than to `Config`."""
    return api_version >= (1, 44)


def links(new: NewContainer) -> list[str]:
    """Return `container:alias` for `links` and `external_links`, services replaced by their containers."""
    declared = (*(new.spec.links or ()), *(new.spec.external_links or ()))
    return [_link(link, new.parents) for link in declared]


def _link(link: str, parents: Mapping[str, str]) -> str:
    target, _, alias = link.partition(":")
    return f"{parents.get(target, target)}:{alias or target}"


def network_body(
    name: str, spec: NetworkSpec, labels: Mapping[str, str], api_version: tuple[int, int]
) -> dict[str, Any]:
    """Return the body of `POST /networks/create`; `labels` are added to the spec's own.

    `CheckDuplicate` makes old engines refuse a second network of the name, as new ones always do.
    """
    return {"Name": name, "CheckDuplicate": True} | filled(
        {
            "Driver": spec.driver,
            "Options": spec.driver_opts,
            "Internal": spec.internal,
            "Attachable": spec.attachable,
            "EnableIPv4": spec.enable_ipv4 if api_version >= (1, 48) else None,
            "EnableIPv6": spec.enable_ipv6,
            "IPAM": _ipam(spec.ipam),
            "Labels": {**spec.labels, **labels},
        }
    )


def _ipam(ipam: Ipam | None) -> dict[str, Any] | None:
    if ipam is None:
        return None
    pools = [_pool(pool) for pool in ipam.config or ()]
    return filled({"Driver": ipam.driver, "Config": pools, "Options": ipam.options})


def _pool(pool: Pool) -> dict[str, Any]:
    return given(
        {
            "Subnet": pool.subnet,
            "Gateway": pool.gateway,
            "IPRange": pool.ip_range,
            "AuxiliaryAddresses": pool.aux_addresses,
        }
    )
