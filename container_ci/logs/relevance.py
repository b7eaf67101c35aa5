"""Which lines matter: rate each entry, and cut the windows around the best of them."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from container_ci.logs.grouping import Entry
from container_ci.logs.miner import Miner, Template
from container_ci.logs.severity import Severity, severity
from container_ci.logs.wording import wording

_WORTH = {Severity.FATAL: 8.0, Severity.ERROR: 5.0, Severity.WARNING: 2.0}
_TRACE = 4.0
_RULE = 6.0
_RAREST = 4.0
_NEW_IN_RUN = 2.0
_LAST_LINES, _NEAR_END = 20, 3.0
_LAST_TIME, _JUST_BEFORE = timedelta(seconds=5), 2.0
# A consequence is said after its cause: each error takes a little from those that follow it.
_FIRST_WINS = 0.5

_NEIGHBOURS = 5
_MOST_WINDOWS = 3
_QUOTED_LINES = 40


@dataclass(frozen=True, slots=True)
class Rated:
    """An entry with what it is worth to somebody who asks why; `count` of its template were seen so far."""

    entry: Entry
    severity: Severity
    score: float
    template: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """What is shown of an entry: `count` times the same between `first` and `last`."""

    text: str
    stream: str
    severity: Severity
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Relevant:
    """The windows that matter, best first, and what was read to find them."""

    windows: tuple[tuple[Line, ...], ...]
    read: int
    shown: int
    since: datetime | None
    until: datetime | None
    filter: str


def rated(entries: Sequence[Entry], ended_at: datetime | None, hits: Callable[[Entry], bool]) -> list[Rated]:
    """Rate what one run said.

    Args:
        entries: of one run, oldest first.
        ended_at: when the run ended, None while it goes on.
        hits: whether a diagnosis rule quotes an entry.
    """
    miner = Miner()
    templates = [miner.add(wording(entry)) for entry in entries]
    found: list[Rated] = []
    seen: set[int] = set()
    errors = 0
    for number, (entry, template) in enumerate(zip(entries, templates, strict=True)):
        level = severity(entry)
        score = _worth(entry, level, template, miner.seen) + _RULE * hits(entry)
        score += _NEW_IN_RUN * (template.number not in seen) + _nearness(entry, number, len(entries), ended_at)
        if level >= Severity.ERROR:
            score -= min(_FIRST_WINS * errors, _WORTH[Severity.ERROR])
            errors += 1
        seen.add(template.number)
        found.append(Rated(entry, level, score, template.text, template.count))
    return found


def _worth(entry: Entry, level: Severity, template: Template, seen: int) -> float:
    rarity = min(math.log2(seen / template.count), _RAREST) if template.count else 0.0
    return _WORTH.get(level, 0.0) + _TRACE * bool(entry.trace) + rarity * (level >= Severity.WARNING)


def _nearness(entry: Entry, number: int, total: int, ended_at: datetime | None) -> float:
    if ended_at is None:
        return 0.0
    return _NEAR_END * (total - number <= _LAST_LINES) + _JUST_BEFORE * (ended_at - entry.time <= _LAST_TIME)


def relevant(entries: Sequence[Entry], ended_at: datetime | None, hits: Callable[[Entry], bool]) -> Relevant:
    """Return the windows around what matters most, at most three; without anything bad, the end of what was said."""
    found = rated(entries, ended_at, hits)
    bad = [number for number, one in enumerate(found) if one.severity >= Severity.WARNING or hits(one.entry)]
    best = sorted(bad, key=lambda number: (-found[number].score, number))
    spans = _spans(best, len(found)) if best else [range(max(len(found) - 2 * _NEIGHBOURS, 0), len(found))]
    windows = tuple(_window([found[number] for number in span]) for span in spans if span)
    return Relevant(
        windows=windows,
        read=sum(len(entry.lines) for entry in entries),
        shown=sum(line.text.count("\n") + 1 for window in windows for line in window),
        since=entries[0].time if entries else None,
        until=entries[-1].time if entries else None,
        filter="errors, warnings and traces, with what stands around them" if best else "the last lines: none is bad",
    )


def _spans(best: Sequence[int], total: int) -> list[range]:
    spans: list[range] = []
    for number in best:
        taken = {one for span in spans for one in span}
        if len(spans) < _MOST_WINDOWS and number not in taken:
            spans.append(_around(number, taken, total))
    return spans


def _around(number: int, taken: Collection[int], total: int) -> range:
    """Return the neighbourhood of an entry, up to what another window shows already."""
    first = last = number
    while first > max(number - _NEIGHBOURS, 0) and first - 1 not in taken:
        first -= 1
    while last < min(number + _NEIGHBOURS, total - 1) and last + 1 not in taken:
        last += 1
    return range(first, last + 1)


def _window(found: Sequence[Rated]) -> tuple[Line, ...]:
    """Return what is shown, repetitions of one template in a row as one line."""
    shown: list[Line] = []
    before = ""
    for one in found:
        if one.template == before and shown:
            last = shown[-1]
            shown[-1] = Line(last.text, last.stream, last.severity, last.first, one.entry.time, last.count + 1)
            continue
        before = one.template
        text = "\n".join(_shortened(one.entry.lines))
        shown.append(Line(text, one.entry.stream, one.severity, one.entry.time, one.entry.time))
    return tuple(shown)


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= _QUOTED_LINES:
        return lines
    half = _QUOTED_LINES // 2
    return (*lines[:half], f"... {len(lines) - 2 * half} lines ...", *lines[-half:])
