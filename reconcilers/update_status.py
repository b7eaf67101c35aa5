"""Say how far an update is, and that it waits for a person's word where it was paused."""

from collections.abc import Sequence
from dataclasses import replace

from observed_state.rollout import Rollout
from observed_state.status import Condition, Status
from reconcilers.editions import current_record
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld


def status_of_update(world: ContainerWorld, status: Status, plans: Sequence[SlotPlan]) -> Status:
    """Return the status with what is to be said about an update that is under way or paused."""
    record = current_record(world)
    if record is None or record.state == "paused":
        return _paused(world, status, record) if record else status
    if record.state != "progressing" or not any(plan.updates for plan in plans):
        return status
    done = sum(plan.stage in ("", "done") for plan in plans)
    message = f"generation {record.target.generation}: {done} of {len(plans)} containers updated"
    conditions = tuple(_progressing(one, message) if one.type == "Progressing" else one for one in status.conditions)
    told = message if not status.message or status.phase == "Progressing" else f"{message}; {status.message}"
    return replace(status, message=told, conditions=conditions)


def _progressing(condition: Condition, message: str) -> Condition:
    return replace(condition, status="True", reason="Updating", message=message)


def _paused(world: ContainerWorld, status: Status, record: Rollout) -> Status:
    key, generation = world.stored.key, world.stored.generation
    message = (
        f"the update to generation {record.target.generation} is paused: {record.failure}; `ergon resume {key.name} "
        f"-n {key.namespace}` tries again, `ergon rollback {key.name} -n {key.namespace}` goes back"
    )
    condition = Condition("UpdatePaused", "True", "UpdateFailed", message, generation)
    return replace(
        status,
        phase="Held",
        ready=False,
        reason="UpdatePaused",
        message=message,
        conditions=(*status.conditions, condition),
    )
