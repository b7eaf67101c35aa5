"""Decide what becomes of an update as a whole: that it begins, is paused, is given up, or is done."""

from collections.abc import Sequence
from datetime import datetime

from observed_state.rollout import Former, Rollout
from reconcilers.actions import BeginUpdate, FinishUpdate, PauseUpdate, RecordRollout, RollBack
from reconcilers.editions import current_record, edition_of, ran_well
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld


def is_undone(world: ContainerWorld) -> bool:
    """Return whether the update to what is declared was given up, so that what ran before is to run."""
    record = current_record(world)
    return record is not None and record.state == "rolled-back" and world.former is not None


def next_turn(world: ContainerWorld, plans: Sequence[SlotPlan], now: datetime) -> RecordRollout | None:
    """Return what is to be recorded of the update before anything else is done, None for nothing.

    Args:
        world: what is declared, with the record so far.
        plans: what each slot needs, those held back by the allowance too.
        now: aware, UTC.
    """
    if world.guard or world.stored.stopped:
        return None
    record = current_record(world)
    failed = [plan for plan in plans if plan.failure and (record is not None or plan.updates)]
    if failed and (turn := _turn_after(world, record, plans, failed, now)):
        return turn
    if record is None and any(plan.updates and plan.step == "begin" for plan in plans):
        return _begin(world, plans, now)
    return _finish(world, plans, now) if _has_proven_itself(world, record, plans) else None


def _turn_after(
    world: ContainerWorld, record: Rollout | None, plans: Sequence[SlotPlan], failed: Sequence[SlotPlan], now: datetime
) -> RecordRollout | None:
    """Return what too many failures lead to, None when that many are fine or there is nothing to go back to."""
    if record is not None and record.state != "progressing":
        return None
    pace = world.pace
    if len(failed) / len(plans) <= pace.max_failure_ratio or pace.on_failure == "continue":
        return None
    why, former = _told(world, failed), _former(world)
    target = edition_of(world)
    if pace.on_failure == "pause":
        return PauseUpdate(why, rollout=Rollout(target, "paused", now, why, former))
    if former is None:
        return None
    return RollBack(why, rollout=Rollout(target, "rolled-back", now, why, former))


def _told(world: ContainerWorld, failed: Sequence[SlotPlan]) -> str:
    """Return the first failure in words, with how many slots share it."""
    first = failed[0]
    where = f"slot {first.slot}: " if world.spec.replica_count > 1 else ""
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{where}{first.failure}{more}"


def _begin(world: ContainerWorld, plans: Sequence[SlotPlan], now: datetime) -> BeginUpdate:
    count = sum(plan.updates for plan in plans)
    reason = f"update to generation {world.stored.generation}: {count} of {len(plans)} containers are replaced"
    return BeginUpdate(reason, rollout=Rollout(edition_of(world), "progressing", now, former=_former(world)))


def _former(world: ContainerWorld) -> Former | None:
    """Return what to go back to: what ran before an update that never ended, else what runs well now."""
    record = world.rollout
    if record is not None and record.state != "complete" and record.former is not None:
        return record.former
    return ran_well(world)


def _has_proven_itself(world: ContainerWorld, record: Rollout | None, plans: Sequence[SlotPlan]) -> bool:
    """Return whether an update that has begun has come to its end, also one that was overtaken by the next."""
    last = world.rollout
    if last is None or last.state == "complete" or (record is not None and record.state == "rolled-back"):
        return False
    if any(one.slot > len(plans) for one in world.instances):
        return False
    settled = (plan.available and plan.proven and plan.stage in ("", "done") for plan in plans)
    return all(settled) and not any(plan.actions or plan.step for plan in plans)


def _finish(world: ContainerWorld, plans: Sequence[SlotPlan], now: datetime) -> FinishUpdate:
    reason = f"all {len(plans)} containers run generation {world.stored.generation}"
    if len(plans) == 1:
        reason = f"generation {world.stored.generation} runs"
    return FinishUpdate(reason, rollout=Rollout(edition_of(world), "complete", now))
