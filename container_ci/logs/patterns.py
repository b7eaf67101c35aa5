"""What a log says over and over: its templates, with how bad, how often and since when."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from container_ci.logs.grouping import Entry
from container_ci.logs.miner import Miner
from container_ci.logs.redaction import Redactor
from container_ci.logs.severity import Severity, severity
from container_ci.logs.wording import wording

SLICE = timedelta(minutes=1)
_LONGEST_WORDING = 500
# Cut to that before secrets are taken out: what a cut through a secret leaves is cut off again after it.
_LONGEST_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A group of entries that say the same. `per_slice` counts them by minute since 1970.

    `known_as` is the template by which an earlier reading knew it, "" for none. `sample` is the first of
    them, `latest` the last; both are without secrets, as the template is.
    """

    template: str
    severity: Severity
    count: int
    first: datetime
    last: datetime
    sample: str
    latest: str
    stream: str
    trace: bool = False
    known_as: str = ""
    per_slice: Mapping[int, int] = field(default_factory=dict)

    def count_between(self, begin: datetime, end: datetime) -> int:
        """Return how many were said in the minutes from `begin` until before `end`."""
        first, last = slice_of(begin), slice_of(end)
        return sum(count for number, count in self.per_slice.items() if first <= number < last)


@dataclass(slots=True)
class _Growing:
    first: Entry
    last: Entry
    sample: str
    latest: str
    severity: Severity
    known_as: str
    trace: bool = False
    slices: Counter[int] = field(default_factory=Counter)


def patterns(entries: Iterable[Entry], redactor: Redactor, known: Sequence[str] = ()) -> tuple[Pattern, ...]:
    """Return what entries say, the worst first, then the most frequent.

    Args:
        entries: oldest first.
        redactor: takes the secrets out before anything is learnt from a line.
        known: templates of earlier readings.
    """
    miner = Miner(known=known)
    growing: dict[int, _Growing] = {}
    texts: dict[int, str] = {}
    for entry in entries:
        said = redactor.redact(wording(entry)[:_LONGEST_LOOKED_AT])[:_LONGEST_WORDING]
        template = miner.add(said)
        texts[template.number] = template.text
        one = growing.get(template.number)
        if one is None:
            known_as = known[template.number - 1] if template.number <= len(known) else ""
            one = _Growing(entry, entry, said, said, Severity.UNKNOWN, known_as)
            growing[template.number] = one
        one.last, one.latest = entry, said
        one.severity = max(one.severity, severity(entry))
        one.trace = one.trace or bool(entry.trace)
        one.slices[slice_of(entry.time)] += 1
    found = [_pattern(texts[number], one) for number, one in growing.items()]
    return tuple(sorted(found, key=lambda one: (-one.severity, -one.count, one.first)))


def slice_of(moment: datetime) -> int:
    """Return the minute that a moment is in."""
    return int(moment.astimezone(UTC).timestamp() // SLICE.total_seconds())


def _pattern(template: str, one: _Growing) -> Pattern:
    return Pattern(
        template=template,
        severity=one.severity,
        count=one.slices.total(),
        first=one.first.time,
        last=one.last.time,
        sample=one.sample,
        latest=one.latest,
        stream=one.first.stream,
        trace=one.trace,
        known_as=one.known_as,
        per_slice=dict(one.slices),
    )
