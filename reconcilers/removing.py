"""Decide how containers leave: stopped first, then removed, then forgotten."""

from dataclasses import replace

from desired_state.container import ContainerSpec
from observed_state.container import Container
from observed_state.instance import Instance
from observed_state.status import Status
from reconcilers.actions import Action, FinishDeletion, RemoveInstance, Stop
from reconcilers.decision import Change, Decision, FieldChange, Outlook
from reconcilers.hooks import before_stop
from reconcilers.orphaning import let_go
from reconcilers.world import ContainerWorld


def plan_deletion(world: ContainerWorld) -> Decision:
    """Return what is left to do until nothing of a deleted resource remains in Docker."""
    left = (*world.helpers, *world.instances)
    status = Status(
        world.stored.generation,
        "Deleting",
        ready=False,
        reason="Deleting",
        message=f"{len(left)} containers left to remove" if left else "",
        running=len(left),
    )
    if not left:
        return Decision(status, (FinishDeletion("nothing of it is left"),))
    changes = tuple(removal_change(world, instance) for instance in left)
    if world.leave_first:
        message = f"waits for {', '.join(world.leave_first)} to go first"
        waiting = tuple(replace(change, outlook=Outlook("waits", why=message)) for change in changes)
        return Decision(replace(status, reason="Ordered", message=message), changes=waiting)
    if world.stored.orphans:
        return Decision(status, tuple(action for one in world.instances for action in let_go(world, one)))
    reason = "its resource was deleted"
    removals = [remove_instance(world, instance, reason) for instance in left]
    return Decision(status, tuple(action for removal in removals for action in removal), changes)


def remove_instance(world: ContainerWorld, instance: Instance, reason: str) -> tuple[Action, ...]:
    """Return the actions that end one instance, within its declared grace period."""
    container = world.containers.get(instance.container_id or "")
    removal = RemoveInstance(reason, instance.uid, instance.slot, container_id=instance.container_id)
    if container is None or not container.running:
        return (removal,)
    return (stop(instance, container, grace_of(instance), reason), removal)


def stop(instance: Instance, container: Container, grace_s: float, reason: str) -> Stop:
    """Return the action that stops one container."""
    hooks = before_stop(instance, container)
    return Stop(reason, instance.uid, instance.slot, container_id=container.id, grace_s=grace_s, hooks=hooks)


def grace_of(instance: Instance) -> float:
    """Return the grace period in seconds of the spec the container was made from."""
    return ContainerSpec.from_declared(dict(instance.spec)).stop_grace_s if instance.spec else 10.0


def removal_change(world: ContainerWorld, instance: Instance) -> Change:
    """Return how the end of one instance is shown."""
    container = world.containers.get(instance.container_id or "")
    observed = container.state if container else "absent"
    field = FieldChange("status.state", None, observed, "spec", "recreate")
    return Change(world.stored.key, "delete", "recreate", (field,), instance.final_name)
