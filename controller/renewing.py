"""Which volumes may be made anew, without their data."""

from controller.errors import ServiceError
from controller.records import Records
from controller.targets import find
from desired_state.key import Key
from desired_state.volume import VolumeSpec


def renewable(records: Records, name: str, namespace: str | None) -> Key:
    """Return the volume of that name.

    Raises:
        ServiceError: there is none, it is external, or Ergon has not made it.
    """
    key = find(name if "/" in name else f"volume/{name}", namespace, records.resources)
    spec = records.resources[key].resource.spec
    if not isinstance(spec, VolumeSpec):
        raise ServiceError(f"{key} is not a volume", "`ergon volume recreate` takes names of volumes")
    if spec.external:
        raise ServiceError(f"{key} is external: Ergon neither makes nor removes it", "remove it with docker", 409)
    if not records.instances_of(key):
        raise ServiceError(f"{key} is not made yet", f"`ergon describe {key}` says why", 409)
    return key
