"""Networks: address pools, names that may be double on old engines, and who is on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from itertools import chain
from typing import Any

from engine.simulated.answers import Refusal, no_such_network
from engine.simulated.host import Host
from engine.simulated.record import Record

Json = dict[str, Any]

PREDEFINED = ("bridge", "host", "none")
DEFAULT_POOLS = tuple(
    chain(
        (IPv4Network(f"172.{second}.0.0/16") for second in range(17, 32)),
        IPv4Network("192.168.0.0/16").subnets(new_prefix=20),
    )
)


@dataclass(slots=True)
class StoredNetwork:
    """A network; `members` are the running containers on it, with their addresses."""

    inspect: Json
    subnet: IPv4Network | None = None
    members: dict[str, IPv4Address | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.inspect["Id"])

    @property
    def name(self) -> str:
        return str(self.inspect["Name"])

    @property
    def attributes(self) -> dict[str, str]:
        return {"name": self.name, "type": str(self.inspect["Driver"])}


class Networks:
    """The daemon's networks. `pools` is what it takes subnets from when none is asked for."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.pools: tuple[IPv4Network, ...] = DEFAULT_POOLS
        self._by_id: dict[str, StoredNetwork] = {}
        self._put({"Name": "bridge", "Driver": "bridge"}, self.pools[0])
        for name in ("host", "none"):
            self._put({"Name": name, "Driver": name if name == "host" else "null"}, None)

    def all(self) -> list[StoredNetwork]:
        return list(self._by_id.values())

    def find(self, reference: str) -> StoredNetwork:
        """Return a network by id (also shortened) or name.

        Raises:
            Refusal: 404, or 400 when several have the name.
        """
        if reference in self._by_id:
            return self._by_id[reference]
        named = [network for network in self._by_id.values() if network.name == reference]
        if len(named) > 1:
            raise Refusal(400, f"network {reference} is ambiguous ({len(named)} matches found on name)")
        shortened = [network for network in self._by_id.values() if network.id.startswith(reference)]
        if not named and len(shortened) != 1:
            raise no_such_network(reference)
        return (named or shortened)[0]

    def create(self, body: Mapping[str, Any]) -> str:
        """Make a network and return its id.

        Raises:
            Refusal: 409 for a taken name (old engines: only when asked to look), 403 for taken addresses.
        """
        strict = self._host.modern or body.get("CheckDuplicate")
        if strict and any(network.name == body["Name"] for network in self.all()):
            raise Refusal(409, f"network with name {body['Name']} already exists")
        if body.get("Driver", "bridge") not in ("bridge", "macvlan", "ipvlan", "overlay", "host", "null"):
            raise Refusal(404, f'plugin "{body["Driver"]}" not found')
        network = self._put(dict(body), self._subnet_for(body))
        self._host.events.emit("network", "create", network.id, network.attributes)
        return network.id

    def remove(self, reference: str) -> None:
        """Remove a network.

        Raises:
            Refusal: 404, 403 while running containers are on it, or because it is Docker's own.
        """
        network = self.find(reference)
        if network.name in PREDEFINED:
            raise Refusal(403, f"{network.name} is a pre-defined network and cannot be removed")
        if network.members:
            message = f"error while removing network: network {network.name} id {network.id} has active endpoints"
            raise Refusal(403, message)
        del self._by_id[network.id]
        self._host.events.emit("network", "destroy", network.id, network.attributes)

    def renew_default(self) -> None:
        """Make the default bridge anew, as a daemon does that starts."""
        self.find("bridge").inspect["Created"] = self._host.stamp()

    def attach(self, network: StoredNetwork, record: Record) -> None:
        """Give a running container its place on the network.

        Raises:
            Refusal: the address it wants is taken, or there is none left.
        """
        endpoint = record.endpoints.setdefault(network.name, {})
        address = self._address_for(network, endpoint)
        network.members[record.id] = address
        endpoint |= {
            "NetworkID": network.id,
            "EndpointID": self._host.new_id(),
            "Gateway": str(network.subnet[1]) if network.subnet else "",
            "IPAddress": str(address or ""),
            "IPPrefixLen": network.subnet.prefixlen if network.subnet else 0,
            "MacAddress": endpoint.get("MacAddress") or self._mac_for(address),
        }
        self._host.events.emit("network", "connect", network.id, {**network.attributes, "container": record.id})

    def detach(self, record: Record, name: str) -> None:
        """Take back a container's place on the network of that name, if it has one; its wish to join stays."""
        endpoint = record.endpoints[name]
        network = self._by_id.get(endpoint.get("NetworkID", ""))
        endpoint |= {"EndpointID": "", "Gateway": "", "IPAddress": "", "IPPrefixLen": 0, "MacAddress": ""}
        if network is not None and record.id in network.members:
            del network.members[record.id]
            self._host.events.emit("network", "disconnect", network.id, {**network.attributes, "container": record.id})

    def _put(self, body: Json, subnet: IPv4Network | None) -> StoredNetwork:
        ipam = body.get("IPAM") or {}
        pool = {"Subnet": str(subnet), "Gateway": str(subnet[1])} if subnet else {}
        asked = (ipam.get("Config") or [{}])[0]
        inspect = {
            "Id": self._host.new_id(),
            "Name": body["Name"],
            "Created": self._host.stamp(),
            "Scope": "local",
            "Driver": body.get("Driver", "bridge"),
            "EnableIPv6": bool(body.get("EnableIPv6")),
            "IPAM": {
                "Driver": ipam.get("Driver", "default"),
                "Options": ipam.get("Options"),
                "Config": [{**pool, **asked}] if pool else [],
            },
            "Internal": bool(body.get("Internal")),
            "Attachable": bool(body.get("Attachable")),
            "Options": dict(body.get("Options") or {}),
            "Labels": dict(body.get("Labels") or {}),
        }
        network = StoredNetwork(inspect, subnet)
        self._by_id[network.id] = network
        return network

    def _subnet_for(self, body: Mapping[str, Any]) -> IPv4Network | None:
        taken = [network.subnet for network in self.all() if network.subnet]
        asked = ((body.get("IPAM") or {}).get("Config") or [{}])[0].get("Subnet")
        if asked is None:
            free = (pool for pool in self.pools if not any(pool.overlaps(other) for other in taken))
            return next(free, None) or self._no_pool_left()
        try:
            subnet = IPv4Network(asked)
        except ValueError as error:
            raise Refusal(500, f"Invalid subnet {asked} : invalid CIDR address: {asked}") from error
        if any(subnet.overlaps(other) for other in taken):
            raise Refusal(403, "Pool overlaps with other one on this address space")
        return subnet

    def _no_pool_left(self) -> IPv4Network:
        if self._host.modern:
            raise Refusal(400, "all predefined address pools have been fully subnetted")
        message = "could not find an available, non-overlapping IPv4 address pool among the defaults to assign"
        raise Refusal(500, f"{message} to the network")

    def _address_for(self, network: StoredNetwork, endpoint: Json) -> IPv4Address | None:
        if network.subnet is None:
            return None
        taken = set(network.members.values())
        if wanted := (endpoint.get("IPAMConfig") or {}).get("IPv4Address"):
            if IPv4Address(wanted) in taken:
                raise Refusal(403, "Address already in use")
            return IPv4Address(wanted)
        free = (address for address in _after_gateway(network.subnet) if address not in taken)
        if (address := next(free, None)) is None:
            raise Refusal(403, "no available IPv4 addresses on this network's address pools")
        return address

    def _mac_for(self, address: IPv4Address | None) -> str:
        if address is None:
            return ""
        # Old engines derive it from the address, new ones draw it for each run.
        tail = self._host.random.randbytes(4) if self._host.modern else address.packed
        return ":".join(["02", "42", *(f"{byte:02x}" for byte in tail)])


def _after_gateway(subnet: IPv4Network) -> Iterator[IPv4Address]:
    hosts = subnet.hosts()
    next(hosts)
    return hosts
