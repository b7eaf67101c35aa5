"""Decide what a resource needs whose update was given up: what ran before is to run, and what is declared is told."""

from collections.abc import Sequence
from dataclasses import replace

from observed_state.status import Condition, Status
from reconcilers.decision import Change, Outlook
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld


def changes_undone(
    world: ContainerWorld, declared: Sequence[SlotPlan], returning: Sequence[Change]
) -> tuple[Change, ...]:
    """Return what is done to go back, and for the other containers how they differ from what is declared.

    Args:
        world: what is declared, with the record of its failure.
        declared: what each slot would need to be as declared.
        returning: what is done to bring back what ran before.
    """
    busy = {change.instance for change in returning}
    why = f"rolled back: {world.rollout.failure}" if world.rollout else ""
    told = (plan.change for plan in declared if plan.change and plan.change.instance not in busy)
    left = (
        Change(
            change.key,
            "none",
            "none",
            tuple(replace(field, effect="none", evidence=why) for field in change.fields if field.effect != "none"),
            change.instance,
            Outlook("told", why=why),
        )
        for change in told
    )
    return (*returning, *(change for change in left if change.fields))


def status_undone(world: ContainerWorld, status: Status) -> Status:
    """Return how the resource stands: not as declared, however well the former containers serve."""
    record, former = world.rollout, world.former
    if record is None or former is None:
        return status
    generation, kept = world.stored.generation, former.stored.generation
    back = status.ready
    message = f"generation {generation} failed: {record.failure}; generation {kept} {'runs' if back else 'comes back'}"
    reason = "RolledBack" if back else "RollingBack"
    failed = Condition("UpdateFailed", "True", reason, message, generation)
    conditions = tuple(replace(one, observed_generation=generation) for one in status.conditions)
    conditions = tuple(
        replace(one, status="False", reason="UpdateFailed", message=message) if one.type == "Ready" else one
        for one in conditions
    )
    troubled = status.phase in ("CrashLooping", "Held", "Conflict", "Failed", "Pending")
    return replace(
        status,
        observed_generation=generation,
        ready=False,
        phase=status.phase if troubled else reason,
        reason=status.reason if troubled else "UpdateFailed",
        message=f"{status.message}; {message}" if troubled else message,
        conditions=(*conditions, failed),
    )
