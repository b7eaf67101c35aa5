"""Which other resources a resource needs."""

from collections.abc import Iterator
from dataclasses import dataclass

from desired_state import container_parts as parts
from desired_state.container import ContainerSpec
from desired_state.content_parts import ValueFrom
from desired_state.key import Key
from desired_state.misfits import Path
from desired_state.resource import Resource


@dataclass(frozen=True, slots=True)
class Reference:
    """One resource needs another. `path` is the field of the spec; not `required`: it may be missing."""

    key: Key
    path: Path
    required: bool = True


def references(resource: Resource) -> tuple[Reference, ...]:
    """Return what a resource refers to by name, in the order of its fields; only containers refer to anything."""
    if not isinstance(resource.spec, ContainerSpec):
        return ()
    spec, key = resource.spec, resource.key
    return (
        *_image(spec, key),
        *_containers(spec, key),
        *(Reference(key.sibling("Network", name), ("networks", name)) for name in spec.joins),
        *(
            Reference(key.sibling("Volume", mount.source), ("volumes", index, "source"))
            for index, mount in enumerate(spec.volumes)
            if mount.type == "volume" and mount.source
        ),
        *_files(spec, key),
    )


def _image(spec: ContainerSpec, key: Key) -> Iterator[Reference]:
    if isinstance(spec.image, parts.ImageFrom):
        yield Reference(key.sibling("Image", spec.image.resource), ("image", "resource"))


def _containers(spec: ContainerSpec, key: Key) -> Iterator[Reference]:
    for name, dependency in spec.depends_on.items():
        yield Reference(key.sibling("Container", name), ("depends_on", name), dependency.required)
    for index, link in enumerate(spec.links or []):
        yield Reference(key.sibling("Container", link.partition(":")[0]), ("links", index))
    for index, origin in enumerate(spec.volumes_from or []):
        if not origin.startswith("container:"):
            yield Reference(key.sibling("Container", origin.partition(":")[0]), ("volumes_from", index))
    for field, mode in (("network_mode", spec.network_mode), ("ipc", spec.ipc), ("pid", spec.pid)):
        if mode and mode.startswith("service:"):
            yield Reference(key.sibling("Container", mode.removeprefix("service:")), (field,))


def _files(spec: ContainerSpec, key: Key) -> Iterator[Reference]:
    for name, value in spec.environment.items():
        if isinstance(value, ValueFrom):
            yield Reference(key.sibling(*value.source), ("environment", name, value.source[0].lower()))
    for index, variables in enumerate(spec.env_from or []):
        yield Reference(key.sibling(*variables.source), ("env_from", index, variables.source[0].lower()))
    for index, config in enumerate(spec.configs or []):
        yield Reference(key.sibling("Config", config.source), ("configs", index, "source"))
    for index, secret in enumerate(spec.secrets or []):
        yield Reference(key.sibling("Secret", secret.source), ("secrets", index, "source"))
