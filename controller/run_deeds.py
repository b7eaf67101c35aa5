"""What is recorded of scheduled runs: their beginning, which nothing in Docker goes before, and what became of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from controller.clock import Clock
from controller.errors import ServiceError
from controller.records import Records
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.resource import Stored
from observed_state.run import Run, RunState
from reconcilers import actions as act
from reconcilers.schedule import begin_following
from reconcilers.world import ContainerWorld
from store import events
from store.tables import EventType

Part = Callable[[Session], Any]


class Told(NamedTuple):
    """How a state of a run is told as an event."""

    reason: str
    type: EventType


_TOLD: dict[RunState, Told] = {
    "pending": Told("RunDue", "Normal"),
    "running": Told("RunStarted", "Normal"),
    "succeeded": Told("RunSucceeded", "Normal"),
    "failed": Told("RunFailed", "Warning"),
    "stopped": Told("RunStopped", "Normal"),
    "skipped": Told("RunSkipped", "Warning"),
    "missed": Told("RunMissed", "Warning"),
}


class RunDeeds:
    """The records of runs. Nothing here touches Docker; each deed is one commit."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def follow(self, world: ContainerWorld, action: act.FollowSchedule) -> None:
        """Record how far a schedule is followed, and the run that begins or does not."""
        runs = self._records.runs
        async with runs.numbering:
            if runs.followed(world.stored) != world.followed:
                return  # somebody asked for a run meanwhile, and has its number: the next look counts on from there
            told = self._told(world.stored, action.run, action.reason) if action.run else ()
            await runs.save(world.stored, action.run, action.followed, *told)

    async def update(self, world: ContainerWorld, action: act.UpdateRun) -> None:
        """Record what became of a run."""
        if action.run is not None:
            told = self._told(world.stored, action.run, action.reason)
            await self._records.runs.save(world.stored, action.run, None, *told)

    def _told(self, owner: Stored, run: Run, message: str) -> tuple[Part, ...]:
        now, told = self._clock.now(), _TOLD[run.state]

        def write(session: Session) -> None:
            events.record(session, owner.key, type=told.type, reason=told.reason, message=message, now=now)

        return (write,)


async def request_run(records: Records, key: Key, *, actor: str, now: datetime) -> Stored:
    """Record that a person wants a scheduled container to run now; the loop does the rest.

    Raises:
        ServiceError: it has no schedule, is stopped or being deleted, or a run of it is not over and may not be met.
    """
    async with records.runs.numbering:
        return await _request(records, key, actor, now)


async def _request(records: Records, key: Key, actor: str, now: datetime) -> Stored:
    stored = records.resources[key]
    spec = stored.resource.spec
    if not isinstance(spec, ContainerSpec) or spec.schedule is None:
        raise ServiceError(f"{key} has no schedule", f"`ergon restart {key.name}` runs a job again", 409)
    if stored.stopped or stored.deleting_since:
        hint = f"`ergon start {key.name}` lets it run again" if stored.stopped else ""
        raise ServiceError(f"{key} is {'stopped' if stored.stopped else 'being deleted'}", hint, 409)
    runs = records.runs.of(stored)
    live = next((run for run in runs if run.live), None)
    if live and spec.schedule.overlap == "forbid":
        raise ServiceError(f"run {live.number} of {key} is not over", "wait for it, or declare overlap: allow", 409)
    followed = records.runs.followed(stored) or begin_following(stored, spec)
    number = followed.number + 1
    run = Run(number, now, now, trigger="request")

    def tell(session: Session) -> None:
        message = f"run {number} requested by {actor}"
        events.record(session, key, type="Normal", reason="RunRequested", message=message, now=now)

    await records.runs.save(stored, run, replace(followed, number=number), tell)
    return stored
