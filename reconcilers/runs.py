"""Decide what a scheduled container needs: which run begins, what becomes of those begun, and what is kept of them.

A run is a container of its own, under a number of its own. It is recorded together with how far the schedule
has been followed, in one commit, before anything is made: so one time of a schedule never has two runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desired_state.schedule import Schedule
from observed_state.instance import Instance
from observed_state.run import Followed, Run, RunState
from reconcilers.actions import Action, FollowSchedule, UpdateRun
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.differences import differences
from reconcilers.inits import abandoned
from reconcilers.one_run import RunPlan, plan_run, stop_for_next
from reconcilers.removing import remove_instance
from reconcilers.run_status import run_status
from reconcilers.schedule import COUNTED, Due, begin_following, due, next_time, timing_of
from reconcilers.slot_plan import earliest
from reconcilers.world import ContainerWorld


@dataclass(frozen=True, slots=True)
class Calendar:
    """One scheduled resource at one moment. `followed` is how far its schedule counts as followed now."""

    world: ContainerWorld
    schedule: Schedule
    followed: Followed
    now: datetime


def plan_scheduled(world: ContainerWorld, schedule: Schedule, now: datetime) -> Decision:
    """Return what a scheduled container needs now, and when to look again."""
    followed, changes = _declared_now(world)
    case = Calendar(world, schedule, followed, now)
    lives = [plan_run(world, run, now) for run in world.runs if run.live]
    begins = _beginning(case, lives) if _runs_by_itself(case) else ()
    accepts = () if followed == world.followed or begins else (FollowSchedule("declared", followed=followed),)
    upcoming = next_time(schedule, max(now, followed.until)) if _runs_by_itself(case) else None
    former = [action for one in world.instances for action in remove_instance(world, one, "a schedule runs it now")]
    deeds = [action for live in lives for action in live.actions]
    # What several runs ask of the resource as a whole is done once.
    shared = [action for place, action in enumerate(deeds) if not action.slot and action not in deeds[:place]]
    own = [action for action in deeds if action.slot]
    actions = (*accepts, *begins, *abandoned(world), *shared, *former, *own, *_tidied(case))
    again = earliest(upcoming, *(live.retry_at for live in lives), *_tidied_at(case))
    return Decision(run_status(world, schedule, lives, upcoming), actions, changes, again)


def _declared_now(world: ContainerWorld) -> tuple[Followed, tuple[Change, ...]]:
    """Return how far the schedule is followed once what is declared now is accepted, and what that changes."""
    known, key = world.followed, world.stored.key
    if known is None:
        field = FieldChange(
            "spec.schedule", world.spec.schedule and world.spec.schedule.timing, None, "missing", "in-place"
        )
        return begin_following(world.stored, world.spec), (Change(key, "create", "in-place", (field,)),)
    wanted = known
    if known.timing != timing_of(world.stored, world.spec):
        wanted = begin_following(world.stored, world.spec, known.number)
    if known.generation == world.stored.generation:
        return wanted, ()
    fields = tuple(
        FieldChange(f"spec.{path}", declared, observed, "spec", "in-place")
        for path, declared, observed in differences(world.spec.declared(), dict(known.spec))
    )
    wanted = replace(wanted, generation=world.stored.generation, spec=world.spec.declared())
    return wanted, (Change(key, "update", "in-place", fields),) if fields else ()


def _runs_by_itself(case: Calendar) -> bool:
    return not case.schedule.suspended and not case.world.stored.stopped


def _beginning(case: Calendar, lives: Sequence[RunPlan]) -> tuple[Action, ...]:
    """Return the record of the run whose time has come, or of why there is none."""
    came = due(case.schedule, case.followed.until, case.now)
    if came is None:
        return ()
    missed, followed = _missed(case, came)
    late = case.now - came.at > timedelta(seconds=case.schedule.missed_run_window)
    if late:
        return _all_missed(case, came)
    if not lives or case.schedule.overlap == "allow":
        return (*missed, _record(followed, Run(followed.number + 1, came.at, case.now)))
    if case.schedule.overlap == "replace":
        return tuple(action for live in lives for action in stop_for_next(case.world, live))
    message = f"run {lives[0].run.number} was not over"
    return (*missed, _record(followed, _passed(case, followed.number + 1, came.at, "skipped", message)))


def _missed(case: Calendar, came: Due) -> tuple[tuple[Action, ...], Followed]:
    """Return the record of the times before the one that came, and how far that follows the schedule."""
    if came.last_missed is None:
        return (), case.followed
    message = "nobody could begin it at its time, and a later one had come"
    run = replace(_passed(case, case.followed.number + 1, came.last_missed, "missed", message), times=came.missed)
    action = _record(case.followed, run)
    return (action,), action.followed or case.followed


def _all_missed(case: Calendar, came: Due) -> tuple[Action, ...]:
    window = case.schedule.missed_run_window
    more = f" (at least {COUNTED} times)" if came.missed >= COUNTED else ""
    message = f"nobody could begin it within {window:g} s{more}"
    run = replace(_passed(case, case.followed.number + 1, came.at, "missed", message), times=came.missed + 1)
    return (_record(case.followed, run),)


def _passed(case: Calendar, number: int, at: datetime, state: RunState, message: str) -> Run:
    """Return a time of the schedule at which no run is begun."""
    return Run(number, at, case.now, state=state, ended_at=case.now, message=message)


def _record(followed: Followed, run: Run) -> FollowSchedule:
    after = replace(followed, until=max(followed.until, run.scheduled_for), number=run.number)
    what = "begins" if run.live else f"was {run.state}: {run.message}"
    times = f", {run.times} times" if run.times > 1 else ""
    reason = f"run {run.number}, due {run.scheduled_for:%Y-%m-%d %H:%M}Z{times}, {what}"
    return FollowSchedule(reason, slot=0, followed=after, run=run)


def unscheduled(world: ContainerWorld, now: datetime) -> tuple[Action, ...]:
    """Return what ends the runs of a container that no schedule runs any more."""
    message = "it is not scheduled any more"
    ended = [replace(run, state="stopped", message=message, ended_at=now) for run in world.runs if run.live]
    updates = [UpdateRun(message, slot=run.number, run=run) for run in ended]
    runs = [one for one in world.helpers if one.role == "run"]
    return (*(action for one in runs for action in remove_instance(world, one, message)), *updates)


# what is kept of runs that are over


def _tidied(case: Calendar) -> Iterator[Action]:
    """Yield the removal of containers of finished runs that are not kept any more."""
    over, ttl = _over(case), case.world.spec.ttl_after_finished
    succeeded = [pair for pair in over if pair[0].state == "succeeded"]
    others = [pair for pair in over if pair[0].state != "succeeded"]
    keep = case.schedule.keep
    for alike, limit in ((succeeded, keep.succeeded), (others, keep.failed)):
        for place, (run, instance) in enumerate(alike):
            if place >= limit:
                yield from remove_instance(case.world, instance, "newer runs are kept")
            elif ttl is not None and run.ended_at and case.now >= run.ended_at + timedelta(seconds=ttl):
                yield from remove_instance(case.world, instance, f"finished more than {ttl:g} s ago")


def _tidied_at(case: Calendar) -> Iterator[datetime]:
    ttl = case.world.spec.ttl_after_finished
    for run, _ in _over(case):
        if ttl is not None and run.ended_at and case.now < (at := run.ended_at + timedelta(seconds=ttl)):
            yield at


def _over(case: Calendar) -> list[tuple[Run, Instance]]:
    """Return the finished runs that still have a container, the newest first."""
    runs = {run.number: run for run in case.world.runs}
    found = []
    for instance in sorted(case.world.helpers, key=lambda one: -one.slot):
        # A run older than the record remembers failed as far as anybody knows.
        run = runs.get(instance.slot, Run(instance.slot, case.now, case.now, state="failed", ended_at=case.now))
        if instance.role == "run" and not run.live:
            found.append((run, instance))
    return found
