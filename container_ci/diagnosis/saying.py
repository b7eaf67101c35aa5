"""Rules about what a container says: which lines are looked at, when they still count, and what they are worth."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from container_ci.diagnosis.rule import Found, quote_entry
from container_ci.diagnosis.situation import Situation
from container_ci.logs.grouping import Entry
from container_ci.logs.severity import Severity, severity

# Of a container that lives, older complaints are the past.
_STILL = timedelta(minutes=5)
# Of many lines that may say the same, the first and the newest are read.
_FIRST, _NEWEST = 50, 250
_LAST_WORDS = timedelta(seconds=5)

# What others wrote and a server only repeats: requests and their headers, and a line of a log inside a line.
_REPEATED = re.compile(r'"(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT|TRACE) \S|HTTP/[12](?:\.\d)?"? \d{3}\b')
_HEALED = re.compile(
    r"\b(?:(?:re)?connected|connection (?:established|restored|succeeded|recovered)|recovered|listening|"
    r"ready|accepting connections|succeeded|successful(?:ly)?|started|startup complete|healthy)\b",
    re.IGNORECASE,
)
_NOT_HEALED = re.compile(r"\b(?:not|never|un\w*|waiting|disconnected|no longer|fail\w*|retry\w*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that says what a rule is about, and the place of its entry in the log."""

    number: int
    entry: Entry
    line: str
    match: re.Match[str]

    def group(self, *names: str) -> str:
        """Return what the first of these named groups holds, "" when none does."""
        groups = self.match.groupdict()
        return next((groups[name] for name in names if groups.get(name)), "")


@dataclass(frozen=True, slots=True)
class Words:
    """What a line says when a rule speaks of it.

    `occurring` are parts in lower case, one of which stands in every such line: a quick look at the whole log.
    `living`: it counts for a container that goes on running, too. `heals`: what is said later may show that
    it is over. `anywhere`: in every line of a trace,
    not only in the one that names the failure or the root.
    """

    pattern: re.Pattern[str]
    occurring: tuple[str, ...]
    living: bool = False
    anywhere: bool = False
    heals: bool = False


def words(pattern: str, *occurring: str, living: bool = False, anywhere: bool = False, heals: bool = False) -> Words:
    """Return what to look for."""
    return Words(re.compile(pattern), tuple(part.lower() for part in occurring), living, anywhere, heals)


def hits(situation: Situation, *wanted: Words) -> Iterator[Hit]:
    """Yield the lines that say one of these and still count, oldest first, each entry once."""
    living = situation.ended is None
    if situation.wanted or (living and not situation.container.running):
        return
    possible = [one for one in wanted if one.living or situation.ill or not living]
    numbers = sorted({number for one in possible for number in _candidates(situation, one)})
    for number in numbers if len(numbers) <= _FIRST + _NEWEST else numbers[:_FIRST] + numbers[-_NEWEST:]:
        entry = situation.said[number]
        spoken = _spoken(number, entry, possible)
        if spoken is not None and counts(situation, number, heals=spoken[1].heals):
            yield spoken[0]


def last(found: Iterator[Hit]) -> Hit | None:
    """Return the newest of them."""
    return max(found, key=lambda hit: hit.number, default=None)


def first(found: Iterator[Hit]) -> Hit | None:
    """Return the oldest of them."""
    return next(found, None)


def counts(situation: Situation, number: int, *, heals: bool) -> bool:
    """Return whether an entry still matters: of a living container only what is new and has not healed since."""
    if situation.ended is not None:
        return True
    entry = situation.said[number]
    over = heals and healed(situation, number)
    if situation.ill:
        return not over
    return situation.now - entry.time <= _STILL and not situation.serves and not over


def healed(situation: Situation, number: int) -> bool:
    """Return whether something said later shows that a complaint is over."""
    return any(
        _HEALED.search(entry.lines[0]) and not _NOT_HEALED.search(entry.lines[0]) and severity(entry) < Severity.WARNING
        for entry in situation.said[number + 1 :]
    )


def weight(situation: Situation, hit: Hit) -> float:
    """Return how likely an entry is what matters: by its own severity, and how near to the end it stands."""
    level = severity(hit.entry)
    worth = {Severity.FATAL: 3.0, Severity.ERROR: 2.0, Severity.UNKNOWN: 1.5, Severity.WARNING: 0.0}.get(level, -0.5)
    worth += 2.0 * bool(hit.entry.trace)
    end = situation.ended.finished_at if situation.ended else None
    if end is not None and end - hit.entry.time <= _LAST_WORDS:
        worth += 1.0
    left = len(situation.said) - hit.number
    return worth + (1.0 if left <= 20 else 0.0)


def found_at(
    situation: Situation,
    hit: Hit,
    cause: str,
    *,
    confidence: float = 0.93,
    advice: Sequence[str] = (),
    related: Sequence[str] = (),
    facts: dict[str, object] | None = None,
) -> Found:
    """Return a find in the log. What a line says as a mere warning before something else went wrong is less sure."""
    mild = severity(hit.entry) == Severity.WARNING and situation.ended is not None and hit.number < _last_bad(situation)
    return Found(
        cause,
        (quote_entry(hit.entry, hit.line),),
        confidence - 0.35 if mild else confidence,
        advice,
        related,
        facts or {},
        weight(situation, hit),
        hit.number,
    )


def simply(
    said: Words,
    cause: Callable[[Hit], str] | str,
    confidence: float = 0.93,
    advice: Callable[[Hit], Sequence[str]] | None = None,
) -> Callable[[Situation], Iterator[Found]]:
    """Return a rule that quotes the newest line saying something."""

    def find(situation: Situation) -> Iterator[Found]:
        hit = last(hits(situation, said))
        if hit is not None:
            text = cause if isinstance(cause, str) else cause(hit)
            yield found_at(situation, hit, text, confidence=confidence, advice=advice(hit) if advice else ())

    return find


def _candidates(situation: Situation, wanted: Words) -> Iterator[int]:
    """Yield the entries in which one of the parts occurs. Many rules ask of many lines, and most lines say nothing."""
    text, starts = situation.lowered
    for part in wanted.occurring:
        at = text.find(part)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            yield number
            at = text.find(part, starts[number + 1]) if number + 1 < len(starts) else -1


def _spoken(number: int, entry: Entry, wanted: Sequence[Words]) -> tuple[Hit, Words] | None:
    if _repeats(entry):
        return None
    for one in wanted:
        for line in entry.lines if one.anywhere or not entry.trace else (entry.failure, entry.root):
            if match := one.pattern.search(line):
                return Hit(number, entry, line, match), one
    return None


def _repeats(entry: Entry) -> bool:
    return not entry.trace and bool(_REPEATED.search(entry.lines[0]))


def _last_bad(situation: Situation) -> int:
    """Return the number of the last entry that is an error, -1 when none is."""
    backwards = range(len(situation.said) - 1, -1, -1)
    return next((number for number in backwards if severity(situation.said[number]) >= Severity.ERROR), -1)
