"""What things are called in Docker, and the labels that say whose they are."""

from collections.abc import Collection, Mapping
from itertools import chain, count

from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.resource import Stored
from desired_state.volume import VolumeSpec
from observed_state.instance import Instance

LABEL_PREFIX = "ergon.dev/"
STORE_LABEL = LABEL_PREFIX + "store-id"
UID_LABEL = LABEL_PREFIX + "uid"
INSTANCE_LABEL = LABEL_PREFIX + "instance"
# On images that Ergon built: the digest of what it built them from.
BUILD_LABEL = LABEL_PREFIX + "build"
# On images that were built of a solution: its namespace and name.
SOLUTION_LABEL = LABEL_PREFIX + "solution"
# On resources: "off", or the capabilities that the companions of their containers have.
COMPANION_ANNOTATION = LABEL_PREFIX + "container-ci"


def container_name(key: Key, spec: ContainerSpec, slot: int) -> str:
    """Return the stable name of one slot's container: `shop-web-1`, or what `container_name` says."""
    return spec.container_name or f"{key.namespace}-{key.name}-{slot}"


def container_names(key: Key, spec: ContainerSpec) -> list[str]:
    """Return the names of all slots' containers."""
    return [container_name(key, spec, slot) for slot in range(1, spec.replica_count + 1)]


def final_name(key: Key, spec: ContainerSpec, instance: Instance) -> str:
    """Return the name an instance's container ends with; an adopted one keeps its own unless the spec names it."""
    if instance.adopted and spec.container_name is None:
        return instance.final_name
    return container_name(key, spec, instance.slot)


def replacement_name(final_name: str, generation: int, taken: Collection[str] = ()) -> str:
    """Return the name a replacement bears while its predecessor still holds the final one, none of those taken."""
    name = f"{final_name}-r{generation}"
    others = (f"{name}-{number}" for number in count(2))
    return next(free for free in chain((name,), others) if free not in taken)


def network_name(key: Key, spec: NetworkSpec) -> str:
    """Return Docker's name of a network: `shop_back`, or what `name` says; external ones keep their own."""
    return spec.name or (key.name if spec.external else f"{key.namespace}_{key.name}")


def volume_name(key: Key, spec: VolumeSpec) -> str:
    """Return Docker's name of a volume: `shop_data`, or what `name` says; external ones keep their own."""
    return spec.name or (key.name if spec.external else f"{key.namespace}_{key.name}")


def image_reference(key: Key, spec: ImageSpec) -> str:
    """Return the reference that an Image resource provides."""
    return spec.reference or f"{key.namespace}/{key.name}:latest"


def identity_labels(store_id: str, stored: Stored, slot: int = 0, instance: str = "") -> Mapping[str, str]:
    """Return the labels that identify one object. They can't change later, so nothing else lives in them."""
    labels = {
        STORE_LABEL: store_id,
        LABEL_PREFIX + "kind": stored.key.kind,
        LABEL_PREFIX + "namespace": stored.key.namespace,
        LABEL_PREFIX + "name": stored.key.name,
        UID_LABEL: stored.uid,
    }
    if instance:
        labels |= {LABEL_PREFIX + "slot": str(slot), INSTANCE_LABEL: instance}
    return labels
