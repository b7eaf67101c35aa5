"""Errors that a log never showed before, and errors that come much faster than they used to."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from container_ci.logs.learning import Learned
from container_ci.logs.patterns import SLICE, Pattern
from container_ci.logs.severity import Severity
from observed_state.finding import Finding, Quote

# What is said while it starts is not held against what it says later.
_SETTLING = timedelta(minutes=10)
# Anybody may cause an error line now and then; one that stays is said again.
_REPEATED = 3
# So long an error counts as new.
NEW_FOR = timedelta(hours=1)
# Patterns come with the worst first.
_MOST_OF_A_KIND = 5
_BURST_SPAN = 5 * SLICE
_BURST_LEAST = 20
_BURST_TIMES = 10
_BASELINE_LEAST = timedelta(minutes=30)


def log_findings(
    patterns: Sequence[Pattern], learned: Learned | None, *, began: datetime, settled: datetime | None, now: datetime
) -> tuple[Finding, ...]:
    """Return what is new and what bursts, the worst first.

    Args:
        patterns: what the log says.
        learned: what earlier readings showed, None when there were none.
        began: from when on the patterns count.
        settled: when the container had started up, None when that is unknown.
        now: until when the log was read.
    """
    new = [one for one in patterns if _is_new(one, learned, settled, now)]
    bursts = [found for one in patterns if one not in new for found in _burst(one, learned, began, now)]
    return (*(_new_error(one, learned) for one in new[:_MOST_OF_A_KIND]), *bursts[:_MOST_OF_A_KIND])


def settled_after(started_at: datetime | None) -> datetime | None:
    """Return when a run that began then has shown what it says while it starts."""
    return started_at + _SETTLING if started_at else None


def _is_new(pattern: Pattern, learned: Learned | None, settled: datetime | None, now: datetime) -> bool:
    grave = pattern.severity >= Severity.FATAL or pattern.trace
    if pattern.severity < Severity.ERROR:
        return False
    known = learned.known(pattern.known_as) if learned and pattern.known_as else None
    if learned and known:
        # Learnt, but after the rest, and not long ago: told for a while.
        often = grave or pattern.count >= _REPEATED or known.count >= _REPEATED
        return often and known.first > max(learned.since + _SETTLING, now - NEW_FOR)
    compared_with = learned.until if learned else settled
    return (grave or pattern.count >= _REPEATED) and compared_with is not None and pattern.first > compared_with


def _new_error(pattern: Pattern, learned: Learned | None) -> Finding:
    before = f"since {learned.since:%Y-%m-%d %H:%M}Z" if learned else "in this run"
    return Finding(
        rule="log-new-error",
        title="an error that was not seen before",
        cause=f"{pattern.sample} (first at {pattern.first:%H:%M:%S}Z, {_times(pattern.count)}; never before, {before})",
        confidence=0.6,
        severity="error" if pattern.severity >= Severity.FATAL else "warning",
        evidence=_quotes(pattern),
        advice=("look at what changed just before its first occurrence: ergon why, ergon events",),
        facts={"template": pattern.template, "count": pattern.count, "first": pattern.first.isoformat()},
    )


def _burst(pattern: Pattern, learned: Learned | None, began: datetime, now: datetime) -> Iterator[Finding]:
    # The minute that runs is not over: the span ends with it.
    end, span = now + SLICE, min(_BURST_SPAN, max(now + SLICE - began, SLICE))
    begin = end - span
    lately = pattern.count_between(begin, end)
    if pattern.severity < Severity.WARNING or lately < _BURST_LEAST:
        return
    usual = _usual_rate(pattern, learned, began, begin)
    rate = lately / (span / SLICE)
    if usual is None or rate < _BURST_TIMES * usual:
        return
    yield Finding(
        rule="log-burst",
        title="an error comes much faster than before"
        if pattern.severity >= Severity.ERROR
        else "warnings come in a burst",
        cause=f"{pattern.latest} ({rate:.3g} per minute of late, {usual:.2g} before)",
        confidence=0.6,
        severity="warning",
        evidence=_quotes(pattern),
        facts={"template": pattern.template, "per_minute": rate, "usual_per_minute": usual},
    )


def _usual_rate(pattern: Pattern, learned: Learned | None, began: datetime, until: datetime) -> float | None:
    """Return how often per minute it was said before; None when too little was read to say."""
    rates = []
    if learned is not None and learned.until - learned.since >= _BASELINE_LEAST:
        rates.append(learned.rate(pattern.known_as))
    if until - began >= _BASELINE_LEAST:
        rates.append(pattern.count_between(began, until) / ((until - began) / SLICE))
    return max(rates, default=None)


def _quotes(pattern: Pattern) -> tuple[Quote, ...]:
    source = f"log:{pattern.stream}"
    first = Quote("log-first", source, pattern.sample, pattern.first)
    return (first,) if pattern.count == 1 else (first, Quote("log-last", source, pattern.latest, pattern.last))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
