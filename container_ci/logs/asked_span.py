"""Since when a log is asked for, in the words of a question: `since 10m`, `last 2 hours`, `since 2026-05-01T12:00Z`."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from container_ci.moments import moment_in

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(
    r"\b(?:since|last|past)\s+(?:the\s+|last\s+)?(?P<number>\d+)?\s*"
    r"(?P<unit>s|m|h|d|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\bsince\s+(?P<time>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)")


def asked_since(words: Sequence[str], now: datetime) -> datetime | None:
    """Return since when the words ask for a log; None when they name no time. A time without zone is UTC."""
    text = " ".join(words).replace("--since=", "since ").replace("--since", "since")
    if found := _TIME.search(text):
        return moment_in(found["time"])
    if found := _SPAN.search(text):
        return now - timedelta(seconds=int(found["number"] or 1) * _UNITS[found["unit"][0].lower()])
    return None
