"""The Network kind."""

from typing import Annotated

from pydantic import BeforeValidator

from desired_state import container_parts as parts
from desired_state import short_forms
from desired_state.model import Declared


class Pool(Declared):
    """One address pool."""

    subnet: str | None = None
    gateway: str | None = None
    ip_range: str | None = None
    aux_addresses: dict[str, str] | None = None


class Ipam(Declared):
    driver: str | None = None
    config: list[Pool] | None = None
    options: dict[str, str] | None = None


class NetworkSpec(Declared):
    """A network; Docker knows it as `name`, or NAMESPACE_NAME. `external`: it exists already and is never made or removed."""

    name: str | None = None
    external: bool = False
    driver: str | None = None
    driver_opts: Annotated[dict[str, str], BeforeValidator(short_forms.mapping)] | None = None
    ipam: Ipam | None = None
    internal: bool | None = None
    attachable: bool | None = None
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None
    labels: parts.Labels = {}
