"""Compose the planners of all kinds: one entry for every world, and the order in which things are made and shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.references import references
from desired_state.resource import Stored
from reconcilers import container, files, image, network, volume
from reconcilers.decision import Change, Decision
from reconcilers.world import ContainerWorld, FilesWorld, ImageWorld, NetworkWorld, VolumeWorld

World = ContainerWorld | NetworkWorld | VolumeWorld | ImageWorld | FilesWorld

_KIND_ORDER = ("Project", "Solution", "Secret", "Config", "Network", "Volume", "Image", "Container")


def plan(world: World, now: datetime) -> Decision:
    """Return the decision of the planner that the world's kind has."""
    match world:
        case ContainerWorld():
            return container.plan(world, now)
        case NetworkWorld():
            return network.plan(world, now)
        case VolumeWorld():
            return volume.plan(world, now)
        case ImageWorld():
            return image.plan(world, now)
        case FilesWorld():
            return files.plan(world, now)


def ordered(resources: Iterable[Stored]) -> list[Stored]:
    """Return resources in the order in which they come to be: kinds first, containers by `depends_on`."""
    by_key = {stored.key: stored for stored in sorted(resources, key=lambda one: _rank(one.key))}
    graph = {key: [other for other in dependencies_of(stored) if other in by_key] for key, stored in by_key.items()}
    try:
        return [by_key[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError:
        # Refused when declared; a store that holds one anyway is still shown.
        return list(by_key.values())


def dependencies_of(stored: Stored) -> Sequence[Key]:
    """Return the keys that a resource needs before it can be ready."""
    return tuple(dict.fromkeys(reference.key for reference in references(stored.resource)))


def leaving_order(resources: Iterable[Stored]) -> list[list[Key]]:
    """Return containers in the order in which they stop: those of one group together, none before its dependents."""
    keys = {stored.key: stored for stored in resources if stored.key.kind == "Container"}
    dependents: dict[Key, list[Key]] = {key: [] for key in keys}
    for key, stored in keys.items():
        for needed in dependencies_of(stored):
            dependents.get(needed, []).append(key)
    sorter = TopologicalSorter(dependents)
    try:
        sorter.prepare()
    except CycleError:
        return [list(keys)]
    groups = []
    while sorter.is_active():
        group = sorter.get_ready()
        sorter.done(*group)
        groups.append(list(group))
    return groups


def shared_namespaces(spec: ContainerSpec) -> Mapping[str, str]:
    """Return which field shares a namespace with which Container resource (`network_mode: service:vpn`)."""
    modes = {"network_mode": spec.network_mode, "ipc": spec.ipc, "pid": spec.pid}
    return {
        field: mode.removeprefix("service:") for field, mode in modes.items() if mode and mode.startswith("service:")
    }


def sorted_changes(changes: Iterable[Change], resources: Iterable[Stored]) -> list[Change]:
    """Return changes in the order in which they are carried out."""
    rank = {stored.key: place for place, stored in enumerate(ordered(resources))}
    return sorted(changes, key=lambda change: (rank.get(change.key, len(rank)), change.instance))


def _rank(key: Key) -> tuple[int, Key]:
    return (_KIND_ORDER.index(key.kind) if key.kind in _KIND_ORDER else len(_KIND_ORDER), key)
