"""A log report as JSON-ready data and as text for people."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from container_ci import shapes
from container_ci.logs.patterns import Pattern
from container_ci.logs.relevance import Line
from container_ci.logs.report import LogReport
from container_ci.logs.severity import Severity

Json = dict[str, Any]

_SHOWN_PATTERNS = 5
_LONGEST_PATTERN = 160


def data_of(report: LogReport) -> Json:
    """Return the `ci logs` shape."""
    return {
        "container": report.container,
        "since": shapes.moment(report.since),
        "until": shapes.moment(report.until),
        "read": {
            "lines": report.lines,
            "bytes": report.bytes,
            "first": shapes.moment(report.first),
            "last": shapes.moment(report.last),
            "shown": report.shown,
            "filter": report.filter,
            "missing": list(report.missing),
            "error": report.error,
        },
        "restarted_at": shapes.moment(report.restarted_at),
        "counts": dict(report.counts),
        "windows": [[_line(line) for line in window] for window in report.windows],
        "patterns": [_pattern(pattern) for pattern in report.patterns],
        "templates": report.templates,
        "findings": [shapes.finding(finding) for finding in report.findings],
    }


def text_of(report: LogReport) -> str:
    """Return the report for people: what was read, what matters, and what is said over and over."""
    return "\n".join(_lines(report))


def _lines(report: LogReport) -> Iterator[str]:
    if report.error:
        yield f"The log of {report.container} could not be read: {report.error}"
        return
    yield f"{report.container}: {_read(report)}"
    for missing in report.missing:
        yield f"  missing   {missing}"
    if report.counts:
        yield f"  entries   {_counted(report)}"
    for finding in report.findings:
        yield f"  finding   {finding.rule}: {finding.cause}"
    if not report.windows:
        return
    yield f"  shown     {report.shown} lines: {report.filter}"
    for window in report.windows:
        yield ""
        yield from _window(window, report.restarted_at)
    frequent = [one for one in report.patterns if one.severity >= Severity.WARNING][:_SHOWN_PATTERNS]
    if frequent:
        yield ""
        yield "Said over and over, the worst first"
        for pattern in frequent:
            yield f"  {_pattern_line(pattern)}"


def _read(report: LogReport) -> str:
    asked = f"since {_second(report.since)}" if report.since else "from its beginning"
    if report.first is None or report.last is None:
        return f"nothing was said, {asked}"
    return f"{report.lines} lines read, {_second(report.first)} to {_second(report.last)}, {_size(report.bytes)}"


def _counted(report: LogReport) -> str:
    words = {"unknown": "without a level"}
    return ", ".join(f"{count} {words.get(level, level)}" for level, count in report.counts.items())


def _window(window: Sequence[Line], restarted_at: datetime | None) -> Iterator[str]:
    before: datetime | None = None
    for line in window:
        if restarted_at is not None and before is not None and before < restarted_at <= line.first:
            yield f"  -- restarted at {_second(restarted_at)} --"
        before = line.first
        first, *rest = line.text.split("\n")
        level = line.severity.name.lower() if line.severity >= Severity.WARNING else ""
        yield f"  {line.first:%H:%M:%S} {level:7} {first}"
        yield from (f"  {'':16} {text}" for text in rest)
        if line.count > 1:
            yield f"  {'':16} x {line.count}, until {line.last:%H:%M:%S}"


def _pattern_line(pattern: Pattern) -> str:
    text = pattern.template
    cut = f"{text[:_LONGEST_PATTERN]}..." if len(text) > _LONGEST_PATTERN else text
    since = f"since {pattern.first:%H:%M:%S}" if pattern.count > 1 else f"at {pattern.first:%H:%M:%S}"
    return f"x {pattern.count:<5} {pattern.severity.name.lower():7} {cut}  ({since})"


def _line(line: Line) -> Json:
    return {
        "text": line.text,
        "stream": line.stream,
        "severity": line.severity.name.lower(),
        "first": shapes.moment(line.first),
        "last": shapes.moment(line.last),
        "count": line.count,
    }


def _pattern(pattern: Pattern) -> Json:
    return {
        "template": pattern.template,
        "severity": pattern.severity.name.lower(),
        "count": pattern.count,
        "first": shapes.moment(pattern.first),
        "last": shapes.moment(pattern.last),
        "sample": pattern.sample,
        "latest": pattern.latest,
        "seen_before": bool(pattern.known_as),
    }


def _second(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else "-"


def _size(number: int) -> str:
    for unit, size in (("MiB", 1024**2), ("KiB", 1024)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} bytes"
