"""The instances of a resource, slot by slot: who is whose successor, and who serves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.world import ContainerWorld


def by_slot(instances: Iterable[Instance]) -> Mapping[int, Sequence[Instance]]:
    """Return each slot's instances, oldest first; more than one only while a replacement is under way."""
    slots: defaultdict[int, list[Instance]] = defaultdict(list)
    for instance in sorted(instances, key=age):
        slots[instance.slot].append(instance)
    return slots


def container_of(world: ContainerWorld, instance: Instance) -> Container | None:
    """Return the container of one instance, None when there is none (any more, or yet)."""
    return world.containers.get(instance.container_id or "")


def serving(world: ContainerWorld, members: Sequence[Instance]) -> tuple[Instance, Container] | None:
    """Return the member that does a slot's work: the newest that runs, else the newest that has a container."""
    pairs = [(one, container) for one in members if (container := container_of(world, one))]
    running = [pair for pair in pairs if pair[1].running]
    return next(reversed(running or pairs), None)


def age(instance: Instance) -> tuple[float, int, str]:
    """Return what orders instances by when they were made."""
    return (instance.created_at.timestamp() if instance.created_at else 0.0, instance.generation, instance.uid)
