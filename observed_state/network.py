"""One network as Docker shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Subnet:
    """One address pool of a network; an empty string is "chosen by Docker"."""

    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network:
    """A network. `containers` maps the ids of the running containers on it to their names."""

    id: str
    name: str
    driver: str = "bridge"
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    attachable: bool = False
    enable_ipv6: bool = False
    ipam_driver: str = "default"
    subnets: tuple[Subnet, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
