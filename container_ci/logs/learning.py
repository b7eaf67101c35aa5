"""What a container's log used to say, remembered across readings and runs. Bounded, and without secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from container_ci.logs.patterns import Pattern
from container_ci.logs.severity import Severity

_MOST_KNOWN = 100


@dataclass(frozen=True, slots=True)
class Known:
    """An error that was seen before: its template, how often, when first and when last."""

    template: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Learned:
    """What the errors of a log were from `since` until `until`, the newest first."""

    since: datetime
    until: datetime
    errors: tuple[Known, ...] = ()

    @property
    def templates(self) -> tuple[str, ...]:
        """What was seen before."""
        return tuple(one.template for one in self.errors)

    def known(self, template: str) -> Known | None:
        """Return what is known of an error, None when it was never seen."""
        return next((one for one in self.errors if one.template == template), None)

    def rate(self, template: str) -> float:
        """Return how often per minute an error was said, 0 for one that never was."""
        minutes = max((self.until - self.since).total_seconds() / 60, 1.0)
        known = self.known(template)
        return known.count / minutes if known else 0.0


def learn(before: Learned | None, found: Sequence[Pattern], began: datetime, until: datetime) -> Learned:
    """Return what is known after a reading of what was said from `began` until `until`.

    Entries that an earlier reading has counted must not be among them.
    """
    known = {one.template: one for one in (before.errors if before else ())}
    for pattern in found:
        if pattern.severity < Severity.ERROR:
            continue
        was = known.pop(pattern.known_as, None)
        count, first = (was.count, was.first) if was else (0, pattern.first)
        known[pattern.template] = Known(pattern.template, pattern.count + count, first, pattern.last)
    newest = sorted(known.values(), key=lambda one: one.last, reverse=True)[:_MOST_KNOWN]
    return Learned(before.since if before else began, until, tuple(newest))


def to_json(learned: Learned) -> dict[str, Any]:
    """Return what `from_json` reads."""
    return {
        "since": learned.since.isoformat(),
        "until": learned.until.isoformat(),
        "errors": [[one.template, one.count, one.first.isoformat(), one.last.isoformat()] for one in learned.errors],
    }


def from_json(data: Mapping[str, Any] | None) -> Learned | None:
    """Return what was remembered; None when nothing was, or nothing that can be read."""
    try:
        return _read(data) if data else None
    except (KeyError, TypeError, ValueError):
        return None


def _read(data: Mapping[str, Any]) -> Learned:
    since, until = (datetime.fromisoformat(data[name]) for name in ("since", "until"))
    errors = (
        Known(str(text), int(count), datetime.fromisoformat(first), datetime.fromisoformat(last))
        for text, count, first, last in data["errors"]
    )
    return Learned(since, until, tuple(errors))
