"""Which times a schedule has: when it comes next, and which came since it was last followed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from desired_state.container import ContainerSpec
from desired_state.resource import Stored
from desired_state.schedule import Schedule
from observed_state.run import Followed

# More missed times than this are told as "at least so many": counting a year of minutes helps nobody.
COUNTED = 1000
_FIRST_LOOK_BACK = timedelta(hours=1)


def upcoming(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the times of a schedule after a moment, in UTC and each once, also where the clocks change.

    Debian's cron is the model: a time that the clocks skip comes when they have, one that comes twice counts once.
    """
    last = after
    for local in CronSim(schedule.cron, after.astimezone(schedule.zone)):
        moment = local.astimezone(UTC)
        if moment > last:
            last = moment
            yield moment


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first time after a moment, None when there is none within 50 years."""
    return next(upcoming(schedule, after), None)


@dataclass(frozen=True, slots=True)
class Due:
    """The last time that came, and how many came before it that nobody followed (at most `COUNTED`)."""

    at: datetime
    missed: int
    last_missed: datetime | None


def due(schedule: Schedule, followed: datetime, now: datetime) -> Due | None:
    """Return what came after `followed` until now, None when nothing did."""
    early: list[datetime] = []
    for moment in upcoming(schedule, followed):
        if moment > now:
            break
        early.append(moment)
        if len(early) > COUNTED:
            early[-2:] = _newest_two(schedule, now)
            break
    if not early:
        return None
    return Due(early[-1], len(early) - 1, early[-2] if len(early) > 1 else None)


def _newest_two(schedule: Schedule, now: datetime) -> list[datetime]:
    """Return the last two times until now, looking back twice as far until there are two."""
    span = _FIRST_LOOK_BACK
    while True:
        found: list[datetime] = []
        for moment in upcoming(schedule, now - span):
            if moment > now:
                break
            found = [*found[-1:], moment]
        if len(found) == 2:
            return found
        span *= 2


def begin_following(stored: Stored, spec: ContainerSpec, number: int = 0) -> Followed:
    """Return that a schedule is followed from when it was declared as it is now; nothing before was missed."""
    return Followed(timing_of(stored, spec), stored.updated_at, number, stored.generation, spec.declared())


def timing_of(stored: Stored, spec: ContainerSpec) -> str:
    """Return what says when a resource runs; it begins anew when a person let it run again."""
    timing = spec.schedule.timing if spec.schedule else ""
    return f"{timing} stopped" if stored.stopped else timing
