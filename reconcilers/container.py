"""Decide what the containers of one Container resource need. Pure: no clock, no Docker, no database."""

from collections.abc import Sequence
from datetime import datetime

from reconcilers.actions import Action
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.pausing import is_paused
from reconcilers.removing import plan_deletion
from reconcilers.slots import SlotPlan, plan_slot, plan_surplus
from reconcilers.summary import summarise
from reconcilers.world import ContainerWorld


def plan(world: ContainerWorld, now: datetime) -> Decision:
    """Return what brings the resource's containers to what is declared.

    Args:
        world: what is declared, recorded and seen.
        now: aware, UTC. The only clock in here.

    Returns:
        Actions, none when converged; those of one slot are in order, those of different slots are
        independent. The changes they answer, the status, and when to look again.
    """
    if world.stored.deleting_since is not None:
        return plan_deletion(world)
    slots = [plan_slot(world, slot, now) for slot in range(1, world.spec.replica_count + 1)]
    surplus = plan_surplus(world)
    changes = tuple(plan.change for plan in (*slots, *surplus) if plan.change) + _copies(world)
    status = summarise(world, slots, changes, now)
    if is_paused(world.stored, now):
        pause = world.stored.pause
        return Decision(status, changes=changes, requeue_at=pause.until if pause else None)
    return Decision(status, _actions([*_allowed(slots), *surplus]), changes, _next_look(slots))


def compare(world: ContainerWorld, now: datetime) -> tuple[Change, ...]:
    """Return what `diff` shows of this resource."""
    return plan(world, now).changes


def _allowed(slots: Sequence[SlotPlan]) -> list[SlotPlan]:
    """Let one serving slot be replaced at a time, and only while every other one is ready."""
    serving = [plan for plan in slots if plan.replaces and plan.running]
    others_ready = all(plan.state == "ready" for plan in slots if plan not in serving)
    held_back = serving[1:] if others_ready else serving
    return [plan for plan in slots if plan not in held_back]


def _actions(plans: Sequence[SlotPlan]) -> tuple[Action, ...]:
    """Return the actions of all slots; what several slots ask of the resource as a whole is done once."""
    actions: list[Action] = []
    for plan in plans:
        actions += [action for action in plan.actions if action.slot or action not in actions]
    return tuple(actions)


def _copies(world: ContainerWorld) -> tuple[Change, ...]:
    """Containers that bear our labels under an id we never made: reported, never followed, never touched."""
    return tuple(
        Change(
            world.stored.key,
            "none",
            "none",
            (FieldChange("metadata.copies", None, f"{copy.name} ({copy.id[:12]})", "drift", "none"),),
            copy.name,
        )
        for copy in world.copies
    )


def _next_look(slots: Sequence[SlotPlan]) -> datetime | None:
    return min((plan.retry_at for plan in slots if plan.retry_at), default=None)
