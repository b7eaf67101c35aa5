"""How far a `depends_on` target is, as its dependents need to know."""

from collections.abc import Sequence
from dataclasses import replace

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.endings import how_it_ended, over
from reconcilers.hooks import waits_for_hooks
from reconcilers.living import as_made
from reconcilers.members import by_slot, container_of, serving
from reconcilers.readiness import readiness
from reconcilers.run_status import judge_runs
from reconcilers.world import ContainerWorld, DependencyFact


def judge(world: ContainerWorld | None) -> DependencyFact:
    """Return how far one Container resource is: its weakest replica decides."""
    if world is None or world.stored.deleting_since is not None:
        return DependencyFact("missing", "not declared")
    if world.spec.schedule is not None:
        return judge_runs(world.runs)
    members, count = by_slot(world.instances), world.spec.replica_count
    found = [_best(world, members.get(slot, ())) for slot in range(1, count + 1)]
    present = [pair for pair in found if pair is not None]
    moments = [instance.restarts.began for instance, _ in present if instance.restarts.began]
    return replace(_judged(world, present, count), began=max(moments, default=None))


def _judged(world: ContainerWorld, present: Sequence[tuple[Instance, Container]], count: int) -> DependencyFact:
    if len(present) < count:
        return DependencyFact("waiting", f"{len(present)} of {count} containers exist")
    if all(over(world, instance, container) for instance, container in present):
        failed = next((one for instance, one in present if one.exit_code != 0 or instance.restarts.ended), None)
        return DependencyFact("failed", how_it_ended(failed)) if failed else DependencyFact("completed")
    if not all(container.running for _, container in present):
        return DependencyFact("waiting", "not running")
    if any(waits_for_hooks(world, instance, container) for instance, container in present):
        return DependencyFact("waiting", "its post_start hooks have not been run")
    judged = [readiness(as_made(world, instance).spec, container, world.health) for instance, container in present]
    unready = next((one for one in judged if not one.ready), None)
    return DependencyFact("started", unready.message) if unready else DependencyFact("healthy")


def _best(world: ContainerWorld, members: Sequence[Instance]) -> tuple[Instance, Container] | None:
    """Return the member that does a slot's work: during an update a ready predecessor rather than its successor."""
    if len(members) > 1:
        for instance in members:
            container = container_of(world, instance)
            if container and readiness(as_made(world, instance).spec, container, world.health).ready:
                return instance, container
    return serving(world, members)
