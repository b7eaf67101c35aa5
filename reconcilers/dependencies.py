"""How far a `depends_on` target is, as its dependents need to know."""

from reconcilers.comparing import finished
from reconcilers.readiness import readiness
from reconcilers.world import ContainerWorld, DependencyFact


def judge(world: ContainerWorld | None) -> DependencyFact:
    """Return how far one Container resource is: its weakest replica decides."""
    if world is None or world.stored.deleting_since is not None:
        return DependencyFact("missing", "not declared")
    running = [world.containers.get(one.container_id or "") for one in world.instances if one.phase == "created"]
    containers = [container for container in running if container is not None]
    if len(containers) < world.spec.replica_count:
        return DependencyFact("waiting", f"{len(containers)} of {world.spec.replica_count} containers exist")
    if all(finished(world.spec, container) for container in containers):
        failed = next((one for one in containers if one.exit_code != 0), None)
        return (
            DependencyFact("failed", f"exited with code {failed.exit_code}") if failed else DependencyFact("completed")
        )
    if not all(container.running for container in containers):
        return DependencyFact("waiting", "not running")
    judged = [readiness(world.spec, container, world.health) for container in containers]
    unready = next((one for one in judged if not one.ready), None)
    return DependencyFact("started", unready.message) if unready else DependencyFact("healthy")
