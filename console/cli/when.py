"""Moments in the past as people write them: `10m ago`, `03:10`, `yesterday 03:10`, `2026-05-04 12:00`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import click

from console.cli.humane import Duration

_AGO = re.compile(r"(?P<duration>[\dhmsd.]+)(?:\s+ago)?")
_OF_DAY = re.compile(
    r"(?:(?P<day>today|yesterday|(?P<days>\d+) days? ago)\s*)?(?:(?:at\s+)?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?"
)
_EXAMPLES = "write 10m ago, 03:10, yesterday 03:10, or a time such as 2026-05-04T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that may depend on when it is asked: a time, how long ago, or a time of day so many days ago."""

    at: datetime | None = None
    ago: timedelta | None = None
    clock: time | None = None
    days: int | None = None

    def before(self, now: datetime) -> str:
        """Return the moment as ISO 8601 UTC. Times of day are the user's; `03:10` is the last time it was 03:10."""
        if self.at is not None:
            return self.at.astimezone(UTC).isoformat()
        if self.ago is not None:
            return (now - self.ago).astimezone(UTC).isoformat()
        here = now.astimezone()
        # The zone is left to the system again: the day may lie on the other side of a change of clocks.
        day = datetime.combine(here.date() - timedelta(days=self.days or 0), self.clock or here.time())
        found = day.astimezone()
        if self.days is None and found > now:
            found = (day - timedelta(days=1)).astimezone()
        return found.astimezone(UTC).isoformat()


class When(click.ParamType[Moment]):
    """An option that is a moment in the past."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, Moment):
            return value
        text = " ".join(str(value).split())
        return _as_time(text) or _as_age(text) or _as_time_of_day(text) or self._refuse(text, param, ctx)

    def _refuse(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        self.fail(f"{text!r} is no moment; {_EXAMPLES}", param, ctx)


def _as_time(text: str) -> Moment | None:
    """Read ISO 8601; a time without an offset is the user's."""
    if not re.match(r"\d{4}-", text):
        return None
    try:
        return Moment(at=datetime.fromisoformat(text).astimezone())
    except ValueError:
        return None


def _as_age(text: str) -> Moment | None:
    if (match := _AGO.fullmatch(text)) is None:
        return None
    try:
        return Moment(ago=timedelta(seconds=Duration().convert(match["duration"], None, None)))
    except (click.BadParameter, OverflowError):
        return None


def _as_time_of_day(text: str) -> Moment | None:
    match = _OF_DAY.fullmatch(text)
    if match is None or not text:
        return None
    try:
        clock = time.fromisoformat(match["clock"].zfill(5)) if match["clock"] else None
    except ValueError:
        return None
    days = {"today": 0, "yesterday": 1}.get(match["day"] or "")
    return Moment(clock=clock, days=int(match["days"]) if match["days"] else days)
