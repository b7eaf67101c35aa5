"""Short ways to say what is to be made."""

from typing import Any

from desired_state.container import ContainerSpec
from engine.bodies import container_body
from engine.protocol import NewContainer

OLD, NEW = (1, 41), (1, 51)


def spec_of(**fields: Any) -> ContainerSpec:
    return ContainerSpec.model_validate({"image": "web:1", **fields})


def new_of(fields: dict[str, Any] | None = None, **given: Any) -> NewContainer:
    """Return a container named `web` with these spec fields; `given` are fields of `NewContainer`."""
    return NewContainer("web", spec_of(**(fields or {})), "sha256:abc", **given)


def body_of(api_version: tuple[int, int] = NEW, **fields: Any) -> dict[str, Any]:
    return container_body(new_of(fields), api_version)


def host_of(api_version: tuple[int, int] = NEW, **fields: Any) -> dict[str, Any]:
    host: dict[str, Any] = body_of(api_version, **fields)["HostConfig"]
    return host
