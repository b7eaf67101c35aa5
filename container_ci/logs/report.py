"""What matters of a log, as a value: windows, templates, findings, and what was read to find them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from container_ci.logs.findings import log_findings, settled_after
from container_ci.logs.grouping import Entry, grouped
from container_ci.logs.learning import Learned
from container_ci.logs.patterns import Pattern, patterns
from container_ci.logs.reading import Reading
from container_ci.logs.redaction import Redactor
from container_ci.logs.relevance import Line, relevant
from container_ci.logs.severity import Severity, severity
from observed_state.finding import Finding

_MOST_PATTERNS = 12
_LONGEST_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """When the container's newest run began and ended; None: unknown, or it goes on."""

    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogReport:
    """What matters of what one container said. Nothing in here holds a secret.

    `windows` are the spans around what matters, best first. `counts` says how many entries are how bad. `patterns`
    are the templates, the worst first, at most twelve of `templates`. `restarted_at` is when the newest
    run began, if lines of an earlier one were read too. `missing` is what could not be looked at, and why.
    """

    container: str
    since: datetime | None
    until: datetime
    first: datetime | None = None
    last: datetime | None = None
    lines: int = 0
    bytes: int = 0
    shown: int = 0
    filter: str = ""
    missing: tuple[str, ...] = ()
    error: str = ""
    restarted_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    windows: tuple[tuple[Line, ...], ...] = ()
    patterns: tuple[Pattern, ...] = ()
    templates: int = 0
    findings: tuple[Finding, ...] = ()


def log_report(
    container: str,
    reading: Reading,
    run: Run,
    redactor: Redactor,
    *,
    learned: Learned | None = None,
    hits: Callable[[Entry], bool] = lambda _: False,
) -> LogReport:
    """Judge what was read.

    Args:
        container: its name.
        reading: what was read.
        run: the newest run.
        redactor: knows the container's secrets.
        learned: what earlier readings showed, None when there were none.
        hits: whether a diagnosis rule quotes an entry.
    """
    entries = grouped(reading.lines)
    if not entries:
        return LogReport(
            container,
            reading.since,
            reading.until,
            missing=tuple(map(redactor.redact, reading.missing)),
            error=redactor.redact(reading.error),
            filter="" if reading.error else "nothing was said",
        )
    looked_at, ended_at, earlier = _run_to_look_at(entries, run)
    found = relevant(looked_at, ended_at, hits)
    learnt = learned.templates if learned else ()
    said = patterns(entries, redactor, learnt)
    began = entries[0].time
    return LogReport(
        container=container,
        since=reading.since,
        until=reading.until,
        first=began,
        last=reading.lines[-1].time,
        lines=len(reading.lines),
        bytes=reading.bytes,
        shown=found.shown,
        filter=found.filter + ("; of the run before the newest, which says nothing bad" if earlier else ""),
        missing=reading.missing,
        restarted_at=run.started_at if run.started_at and began < run.started_at else None,
        counts=_counts(entries),
        windows=tuple(tuple(_without_secrets(line, redactor) for line in window) for window in found.windows),
        patterns=said[:_MOST_PATTERNS],
        templates=len(said),
        findings=log_findings(
            said, learned, began=began, settled=settled_after(run.started_at or began), now=reading.until
        ),
    )


def _run_to_look_at(entries: Sequence[Entry], run: Run) -> tuple[Sequence[Entry], datetime | None, bool]:
    """Return the newest run's entries, or the earlier ones when only they say anything bad."""
    if run.started_at is None:
        return entries, run.ended_at, False
    newest = [entry for entry in entries if entry.time >= run.started_at]
    earlier = entries[: len(entries) - len(newest)]
    if earlier and not _says_bad(newest) and (not newest or _says_bad(earlier)):
        return earlier, run.started_at, True
    return newest, run.ended_at, False


def _says_bad(entries: Sequence[Entry]) -> bool:
    return any(severity(entry) >= Severity.WARNING for entry in entries)


def _counts(entries: Sequence[Entry]) -> dict[str, int]:
    found = Counter(severity(entry) for entry in entries)
    return {level.name.lower(): found[level] for level in sorted(Severity, reverse=True) if found[level]}


def _without_secrets(line: Line, redactor: Redactor) -> Line:
    lines = redactor.redact(line.text).split("\n")
    return replace(
        line, text="\n".join(f"{one[:_LONGEST_SHOWN]}..." if len(one) > _LONGEST_SHOWN else one for one in lines)
    )
