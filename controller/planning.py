"""Ask the planners about everything at once: what `diff`, a dry run and a reconcile all read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from controller.records import Records
from controller.runtime import Runtime
from controller.worlds import Worlds
from desired_state.key import Key
from desired_state.resource import Resource, Stored
from reconcilers import graph
from reconcilers.decision import Change, Decision


async def decisions(runtime: Runtime, records: Records, keys: Collection[Key]) -> dict[Key, Decision]:
    """Return what the planners decide now about these resources of `records`. Asks Docker at most for images."""
    concerned = {*keys, *(need for key in keys for need in graph.dependencies_of(records.resources[key]))}
    await runtime.observed.refresh(
        one.container_id
        for key in concerned
        for one in records.instances_of(key)
        if one.kind == "Container" and one.container_id in runtime.observed.summaries
    )
    worlds = Worlds(records, runtime.observed, runtime.images, runtime.link, runtime.probing.reports)
    now = runtime.clock.now()
    return {key: graph.plan(await worlds.of(records.resources[key]), now) for key in keys}


async def changes_of(runtime: Runtime, keys: Collection[Key], records: Records | None = None) -> list[Change]:
    """Return what differs now about these resources, in the order in which it would be mended, with since when."""
    known = records or runtime.records
    decided = await decisions(runtime, known, keys)
    return told(runtime, [known.resources[key] for key in keys], decided.values())


def told(
    runtime: Runtime, resources: Collection[Stored], decided: Iterable[Decision], *, unshown: bool = False
) -> list[Change]:
    """Return the changes of decisions about resources, or those that they leave unshown, in order and explained."""
    found = [change for one in decided for change in (one.unshown if unshown else one.changes)]
    return runtime.drift.explained(graph.sorted_changes(found, resources))


async def changes_with(runtime: Runtime, declared: Sequence[Resource], pruned_sources: Iterable[str]) -> list[Change]:
    """Return what would differ if these resources were declared, and what their sources no longer declare were not."""
    imagined = [_as_if_applied(runtime, resource) for resource in declared]
    keys = {stored.key for stored in imagined}
    leaving = pruned(runtime, keys, frozenset(pruned_sources))
    concerned = keys | {stored.key for stored in leaving}
    return await changes_of(runtime, concerned, runtime.records.imagine([*imagined, *leaving]))


def _as_if_applied(runtime: Runtime, resource: Resource) -> Stored:
    now = runtime.clock.now()
    known = runtime.records.resources.get(resource.key)
    if known is None:
        return Stored(resource, uid="", generation=1, resource_version=0, created_at=now, updated_at=now)
    if known.resource.spec.declared() == resource.spec.declared():
        return known
    return replace(known, resource=resource, generation=known.generation + 1, updated_at=now)


def pruned(runtime: Runtime, kept: set[Key], sources: frozenset[str]) -> list[Stored]:
    """Return what these sources alone declared and no longer do, as it would be stored after a prune."""
    now = runtime.clock.now()
    return [
        replace(stored, deleting_since=now)
        for key, stored in runtime.records.resources.items()
        if key not in kept and stored.sources and sources.issuperset(stored.sources)
    ]
