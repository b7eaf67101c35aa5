"""Ask the planners: what `diff`, a dry run, a named plan and a hosted status all read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from anyio.lowlevel import checkpoint

from controller.deleting import complete_sources, gone_sources
from controller.guard import REASON as GUARDED
from controller.plans import Basis, Plan, documents_of
from controller.records import Records
from controller.runtime import Runtime
from desired_state.key import Key
from desired_state.resource import Resource, Stored
from reconcilers import graph
from reconcilers.consequences import with_consequences
from reconcilers.decision import Change, Decision
from reconcilers.fingerprint import aspects
from reconcilers.graph import World
from reconcilers.staging import staged
from reconcilers.world import ContainerWorld

# Whoever asks about thousands takes seconds: the loop goes on in between.
_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question is answered from: each resource as it is declared or imagined to be, and what is decided."""

    runtime: Runtime
    worlds: Mapping[Key, World]
    decisions: Mapping[Key, Decision]


async def ask(
    runtime: Runtime, records: Records, keys: Collection[Key], contexts: Mapping[str, str] | None = None
) -> Asked:
    """Return what the planners decide now about these resources of `records`. Asks Docker at most for images.

    `contexts` is what builds are wanted of, by reference, where that differs from what was noted.
    """
    wanted = {key: records.resources[key] for key in keys}
    concerned = {*keys, *(need for stored in wanted.values() for need in graph.dependencies_of(stored))}
    await runtime.observed.refresh(
        one.container_id
        for key in concerned
        for one in records.instances_of(key)
        if one.kind == "Container" and one.container_id in runtime.observed.summaries
    )
    makers = runtime.worlds.over(records, contexts)
    worlds: dict[Key, World] = {}
    decided: dict[Key, Decision] = {}
    for number, (key, stored) in enumerate(wanted.items()):
        if number % _AT_A_TIME == 0:
            await checkpoint()
        worlds[key] = world = _guarded(runtime, await makers.of(stored))
        decided[key] = graph.plan(world, runtime.clock.now())
    return Asked(runtime, worlds, decided)


async def decisions(runtime: Runtime, records: Records, keys: Collection[Key]) -> Mapping[Key, Decision]:
    """Return what the planners decide now about these resources of `records`."""
    return (await ask(runtime, records, keys)).decisions


async def plan_of(runtime: Runtime, keys: Collection[Key]) -> Plan:
    """Return what differs now about these resources, in the order in which it is mended, with since when and why."""
    asked = await ask(runtime, runtime.records, keys)
    changes = [change for decision in asked.decisions.values() for change in decision.changes]
    plan = _plan(asked, keys, changes, Basis({}))
    unshown = [change for decision in asked.decisions.values() for change in decision.unshown]
    return replace(plan, unshown=runtime.drift.explained(unshown))


@dataclass(frozen=True, slots=True)
class Prune:
    """That what these files no longer declare is deleted, of one `namespace` alone where it is named."""

    sources: Collection[str] = ()
    namespace: str | None = None


async def plan_with(runtime: Runtime, declared: Sequence[Resource], prune: Prune) -> Plan:
    """Return what would differ if these resources were declared, and what their sources no longer declare were not.

    What that brings to others that depend on them is part of it; what differs about those anyway is not.
    """
    imagined = [as_if_applied(runtime, resource) for resource in declared]
    keys = {stored.key for stored in imagined}
    leaving = pruned(runtime, keys, prune)
    records = runtime.records.imagine([*imagined, *leaving])
    concerned = keys | {stored.key for stored in leaving}
    followers = _followers(records, concerned)
    asked = await ask(runtime, records, [*concerned, *followers], await runtime.worlds.contexts_of(declared))
    before = await ask(runtime, runtime.records, followers)
    changes = [
        change
        for key, decision in asked.decisions.items()
        for change in decision.changes
        if key in concerned or not _differs_anyway(change, before.decisions[key])
    ]
    return _plan(asked, concerned, changes, Basis({}, documents_of(declared), bool(prune.sources)))


def _differs_anyway(change: Change, before: Decision) -> bool:
    return any((one.instance, one.fields) == (change.instance, change.fields) for one in before.changes)


def _plan(asked: Asked, concerned: Collection[Key], found: Sequence[Change], basis: Basis) -> Plan:
    """Put a plan together: of what is concerned, and of those others that it brings something to."""
    declared = asked.runtime.records.resources
    wanted = frozenset(concerned)
    changes = staged(with_consequences(found, asked.worlds), [world.stored for world in asked.worlds.values()])
    parts: dict[Key, list[Change]] = {key: [] for key in asked.worlds}
    for change in changes:
        parts[change.key].append(change)
    about = [key for key, mine in parts.items() if mine or key in wanted]
    return Plan(
        [_not_before_its_time(change, asked) for change in asked.runtime.drift.explained(changes)],
        replace(
            basis, resources={str(key): aspects(asked.worlds[key], declared.get(key), parts[key]) for key in about}
        ),
        {key: declared[key].resource_version if key in declared else 0 for key in about},
    )


def _not_before_its_time(change: Change, asked: Asked) -> Change:
    """Return a change without since when: what is only imagined to be declared has no such time."""
    if asked.worlds[change.key].stored is asked.runtime.records.resources.get(change.key):
        return change
    fields = (replace(field, since=None) if field.cause in ("spec", "missing") else field for field in change.fields)
    return replace(change, fields=tuple(fields))


def _guarded(runtime: Runtime, world: World) -> World:
    """Return a world in which the guard says what it said when the loop last looked."""
    status = runtime.records.statuses.get(world.stored.key)
    if isinstance(world, ContainerWorld) and status is not None and status.reason == GUARDED:
        return replace(world, guard=status.message)
    return world


def _followers(records: Records, keys: Collection[Key]) -> list[Key]:
    """Return the resources that need one of these, directly or through others, in the order of their names."""
    found: set[Key] = set()
    due = list(keys)
    while due:
        for key in records.dependents_of(due.pop()):
            if key not in found and key not in keys and key in records.resources:
                found.add(key)
                due.append(key)
    return sorted(found)


def as_if_applied(runtime: Runtime, resource: Resource) -> Stored:
    """Return a resource as it would be stored if it were declared now."""
    now = runtime.clock.now()
    known = runtime.records.resources.get(resource.key)
    if known is None:
        return Stored(resource, uid="", generation=1, resource_version=0, created_at=now, updated_at=now)
    if known.resource.spec.declared() == resource.spec.declared():
        return known
    return replace(known, resource=resource, generation=known.generation + 1, updated_at=now)


def pruned(runtime: Runtime, kept: Collection[Key], prune: Prune) -> list[Stored]:
    """Return what the sources of a prune alone declared and no longer do, as it would be stored afterwards."""
    known, now = runtime.records.resources, runtime.clock.now()
    complete = complete_sources(known.values(), frozenset(prune.sources))
    silent = complete | gone_sources(known.values()) if complete else complete
    return [
        replace(stored, deleting_since=now)
        for key, stored in known.items()
        if key not in kept
        and prune.namespace in (None, key.namespace)
        and complete.intersection(stored.sources)
        and silent.issuperset(stored.sources)
    ]
