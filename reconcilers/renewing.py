"""Give way while a volume is made anew: Docker removes none that a container has, running or not."""

from desired_state.resource import Stored
from observed_state.instance import Instance
from observed_state.status import Status
from reconcilers.decision import Decision
from reconcilers.removing import removal_change, remove_instance
from reconcilers.world import ContainerWorld


def is_to_be_renewed(stored: Stored, record: Instance | None) -> bool:
    """Return whether a person asked for a new volume since this one was made.

    Of a volume without a record nobody can tell, and it keeps its data.
    """
    asked = stored.renew_requested
    return bool(asked and record and record.created_at and record.created_at < asked)


def giving_way(world: ContainerWorld) -> Decision | None:
    """Return the end of a resource's containers while one of its volumes is made anew, None when none is."""
    leaving = (*world.helpers, *world.instances)
    if not world.renewing or not leaving:
        return None
    reason = f"volume {', '.join(world.renewing)} is made anew"
    removals = [remove_instance(world, instance, reason) for instance in leaving]
    changes = tuple(removal_change(world, instance) for instance in leaving)
    status = Status(
        world.stored.generation,
        "Progressing",
        ready=False,
        reason="VolumeRenewed",
        message=reason,
        desired=world.spec.replica_count,
        running=len(leaving),
    )
    return Decision(status, tuple(action for removal in removals for action in removal), changes)
