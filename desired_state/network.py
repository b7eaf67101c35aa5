"""The Network kind."""

from typing import Self

from pydantic import model_validator

from desired_state import addresses
from desired_state import container_parts as parts
from desired_state.misfits import Misfits
from desired_state.model import Declared


class Pool(Declared):
    """One address pool."""

    subnet: str | None = None
    gateway: str | None = None
    ip_range: str | None = None
    aux_addresses: parts.Options | None = None


class Ipam(Declared):
    driver: str | None = None
    config: list[Pool] | None = None
    options: parts.Options | None = None


class NetworkSpec(Declared):
    """A network; Docker knows it as `name`, or NAMESPACE_NAME.

    `external`: it exists already and is never made or removed.
    """

    name: str | None = None
    external: bool = False
    driver: str | None = None
    driver_opts: parts.Options | None = None
    ipam: Ipam | None = None
    internal: bool | None = None
    attachable: bool | None = None
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None
    labels: parts.Labels = {}

    @model_validator(mode="after")
    def _addresses_fit(self) -> Self:
        pools = (self.ipam.config if self.ipam else None) or ()
        if found := [(("ipam", "config", *path), message) for path, message in addresses.misfits(pools)]:
            raise Misfits(found)
        return self
