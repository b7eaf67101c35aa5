"""Decide what the containers of one Container resource need. Pure: no clock, no Docker, no database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from reconcilers.actions import Action, BeginUpdate
from reconcilers.allowance import allowed
from reconcilers.course import is_undone, next_turn
from reconcilers.decision import Change, Decision, FieldChange, Outlook
from reconcilers.inits import abandoned
from reconcilers.members import by_slot
from reconcilers.outlook import of_slots
from reconcilers.pausing import hands_off
from reconcilers.policies import govern, is_shown
from reconcilers.refreshing import refreshed
from reconcilers.removing import plan_deletion
from reconcilers.renewing import giving_way
from reconcilers.runs import plan_scheduled, unscheduled
from reconcilers.slot_plan import SlotPlan, earliest
from reconcilers.slots import plan_slot, plan_surplus
from reconcilers.summary import summarise
from reconcilers.undoing import changes_undone, status_undone
from reconcilers.update_status import status_of_update
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
    return hands_off(_plan(world, now), world.stored, now)


def compare(world: ContainerWorld, now: datetime) -> tuple[Change, ...]:
    """Return what `diff` shows of this resource."""
    return plan(world, now).changes


def _plan(world: ContainerWorld, now: datetime) -> Decision:
    if world.stored.deleting_since is not None:
        return plan_deletion(world)
    if decision := giving_way(world):
        return decision
    if world.spec.schedule is not None:
        return plan_scheduled(world, world.spec.schedule, now)
    return _plan_living(world, now)


def _plan_living(world: ContainerWorld, now: datetime) -> Decision:
    if world.former is not None and is_undone(world):
        return _plan_undoing(world, replace(world.former, guard=world.guard), now)
    planned, surplus = _planned(world, now), plan_surplus(world)
    slots = allowed(world, planned, now)
    turn = next_turn(world, slots, now)
    due = refreshed(world, now)
    told, copies_unshown = _copies(world)
    changes = (*of_slots((*planned, *surplus), (*slots, *surplus)), *told)
    status = status_of_update(world, summarise(world, slots, changes), slots)
    unshown = (*(plan.unshown for plan in slots if plan.unshown), *copies_unshown)
    if turn is not None and not isinstance(turn, BeginUpdate):
        # What follows from it is planned once it is recorded.
        return Decision(status, (turn,), changes, unshown=unshown)
    begins = (turn,) if turn else ()
    return Decision(
        status,
        (
            *begins,
            *((due.pull,) if due.pull else ()),
            *unscheduled(world, now),
            *abandoned(world),
            *_actions([*slots, *surplus]),
        ),
        changes,
        earliest(due.look_at, *(plan.retry_at for plan in slots)),
        unshown=unshown,
    )


def _plan_undoing(world: ContainerWorld, former: ContainerWorld, now: datetime) -> Decision:
    """Bring back what ran before an update that was given up."""
    planned, surplus = _planned(former, now), plan_surplus(former)
    slots = allowed(former, planned, now)
    due = refreshed(world, now)
    told, copies_unshown = _copies(world)
    returning = tuple(of_slots((*planned, *surplus), (*slots, *surplus)))
    changes = (*changes_undone(world, _planned(replace(world, rollout=None), now), returning), *told)
    return Decision(
        status_undone(world, summarise(former, slots, returning)),
        (*((due.pull,) if due.pull else ()), *_actions([*slots, *surplus])),
        changes,
        earliest(due.look_at, *(plan.retry_at for plan in slots)),
        unshown=(*(plan.unshown for plan in slots if plan.unshown), *copies_unshown),
    )


def _planned(world: ContainerWorld, now: datetime) -> list[SlotPlan]:
    members = by_slot(world.instances)
    slots = range(1, world.spec.replica_count + 1)
    return [plan_slot(world, slot, members.get(slot, ()), now) for slot in slots]


def _actions(plans: Sequence[SlotPlan]) -> tuple[Action, ...]:
    """Return the actions of all slots; what several slots ask of the resource as a whole is done once."""
    actions = [action for plan in plans for action in plan.actions]
    shared = dict.fromkeys(action for action in actions if not action.slot)
    return (*shared, *(action for action in actions if action.slot))


def _copies(world: ContainerWorld) -> tuple[list[Change], list[Change]]:
    """Containers that bear our labels under an id we never made: told or looked away from, and never touched."""
    told: list[Change] = []
    left_out: list[Change] = []
    for copy in world.copies:
        field = FieldChange("metadata.copies", None, f"{copy.name} ({copy.id[:12]})", "drift", "none", policy="alert")
        [field] = govern(world, copy.name, [field])
        change = Change(world.stored.key, "none", "none", (field,), copy.name, Outlook("told"))
        (told if is_shown(field) else left_out).append(change)
    return told, left_out
