"""Whether a replica that is not ready is taken out of its service: others take its traffic until it is ready again."""

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.readiness import readiness, stopped_being_ready
from reconcilers.world import ContainerWorld


def is_withdrawn(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether a running replica is to be without the names of its service.

    So while its readiness probe fails and another replica is ready. When none is, all keep the names: a server that
    may be too slow serves better than nobody.
    """
    if not stopped_being_ready(world.spec, container, world.health):
        return False
    others = (world.containers.get(one.container_id or "") for one in world.instances if one.slot != instance.slot)
    return any(other is not None and readiness(world.spec, other, world.health).ready for other in others)
