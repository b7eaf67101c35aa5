"""Put a whole plan in order: which step comes after which, and what service is lost meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.resource import Stored
from desired_state.update import Pace, pace_of
from reconcilers.decision import Change
from reconcilers.graph import dependencies_of, sorted_changes

_NONE = "none"
_LOSSLESS = ("none", "create", "adopt", "unpause")
_ENDS = {"delete": "it ends", "stop": "it stops"}
_CONNECTED_NOT = ("disconnected", "no such network")
# What a container that is down already does not lose once more.
_DOWN = ("absent", "exited", "dead", "created", "restarting")


def staged(changes: Iterable[Change], resources: Collection[Stored]) -> list[Change]:
    """Return changes in the order in which they are carried out, numbered, each with the interruption it means.

    Steps of one number are independent of each other; a higher number begins when what it needs is
    done. Deletions go the other way: first what needs others, then what was needed.
    """
    if not (found := list(changes)):
        return []
    by_key = {stored.key: stored for stored in resources}
    stages = _stages({change.key for change in found if change.action != "none"}, by_key)
    numbered = [
        replace(
            change,
            order=stages.get(change.key, 0) if change.action != "none" else 0,
            interruption=interruption(change, by_key[change.key]),
        )
        for change in found
    ]
    return sorted(sorted_changes(numbered, resources), key=lambda change: change.order or len(by_key) + 1)


def _stages(acting: Collection[Key], resources: Mapping[Key, Stored]) -> dict[Key, int]:
    """Return for each resource the number of the step that something is done to it in, or was done before it."""
    going = {key for key, stored in resources.items() if stored.deleting_since is not None}
    before: defaultdict[Key, list[Key]] = defaultdict(list)
    for key, stored in resources.items():
        for need in (one for one in dependencies_of(stored) if one in resources):
            if need in going:
                before[need].append(key)
            elif key not in going:
                before[key].append(need)
    try:
        order = list(TopologicalSorter({key: before[key] for key in resources}).static_order())
    except CycleError:
        return dict.fromkeys(acting, 1)
    stages: dict[Key, int] = {}
    for key in order:
        stages[key] = max((stages[need] for need in before[key]), default=0) + (key in acting)
    return stages


def interruption(change: Change, stored: Stored) -> str:
    """Return what service is lost while a change is carried out, "none" when nothing is."""
    spec = stored.resource.spec
    if isinstance(spec, ContainerSpec):
        return _of_container(change, spec)
    if change.key.kind == "Network" and change.action == "replace":
        return "its containers are off it for a moment"
    return _NONE


def _of_container(change: Change, spec: ContainerSpec) -> str:
    if not _ran(change) or change.action in _LOSSLESS:
        return _NONE
    if change.action in _ENDS:
        return _ENDS[change.action]
    if change.effect == "recreate":
        return _of_replacement(spec)
    if change.effect == "restart":
        return f"{_grace(spec)}, then a start"
    return _of_reconnection(change)


def _ran(change: Change) -> bool:
    state = next((field.observed for field in change.fields if field.path == "status.state"), "running")
    return state not in _DOWN


def _of_replacement(spec: ContainerSpec) -> str:
    pace, replicas = pace_of(spec), spec.replica_count
    if pace.order == "start-first":
        return f"{_NONE}: the new one is ready before the old one goes"
    why = f" ({pace.obstacle})" if pace.obstacle else ""
    if replicas == 1:
        return f"{_grace(spec)}, then a start{why}"
    return f"{_at_a_time(pace, replicas)} of {replicas} at a time{why}"


def _at_a_time(pace: Pace, replicas: int) -> int:
    return min(pace.parallelism or replicas, max(pace.max_unavailable, 1), replicas)


def _grace(spec: ContainerSpec) -> str:
    return f"up to {spec.stop_grace_s:g} s stop grace"


def _of_reconnection(change: Change) -> str:
    reconnected = [field for field in change.fields if field.effect == "reconnect" and field.declared is not None]
    loses = any(field.observed not in _CONNECTED_NOT for field in reconnected)
    return "off the network for a moment" if loses else _NONE
