"""Decide whether a container can be made now, and what has to come first."""

from dataclasses import replace
from datetime import datetime

from reconcilers.actions import CreateInstance, Pull
from reconcilers.gates import Wait, creation_gate
from reconcilers.slot_plan import SlotPlan, earliest
from reconcilers.world import ContainerWorld


def creating(world: ContainerWorld, create: CreateInstance, now: datetime) -> SlotPlan:
    """Return the creation, the fetch of its image that comes first, or what it waits for."""
    gate = creation_gate(world, create.name, now)
    if isinstance(gate, Wait):
        return SlotPlan(create.slot, gate.state, gate.reason, gate.message, retry_at=gate.until)
    if isinstance(gate, Pull):
        return SlotPlan(create.slot, "acting", "Pulling", gate.reason, (gate,))
    return SlotPlan(create.slot, "acting", "Creating", create.reason, (create,))


def is_creation(plan: SlotPlan) -> bool:
    """Return whether the plan makes a container now."""
    return any(isinstance(action, CreateInstance) for action in plan.actions)


def lives_on(planned: SlotPlan, life: SlotPlan) -> SlotPlan:
    """Return the plan of a successor that can't be made yet, beside the life of the container that serves."""
    return replace(
        planned,
        actions=(*planned.actions, *life.actions),
        running=life.running,
        ready=life.available,
        undecided=life.undecided,
        retry_at=earliest(planned.retry_at, life.retry_at),
        step=life.step,
        meanwhile=planned.actions if life.step else (),
    )
