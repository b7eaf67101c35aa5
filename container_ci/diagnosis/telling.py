"""A diagnosis as JSON-ready data and as text for people."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from container_ci import shapes
from container_ci.diagnosis.diagnose import Diagnosis
from observed_state.finding import Finding, Quote

Json = dict[str, Any]

_WIDTH = 100
_MOST_QUOTED_LINES = 12
_MARKS = {"critical": "✗", "error": "✗", "warning": "!", "info": "·"}


def data_of(container: str, diagnosis: Diagnosis) -> Json:
    """Return the `ci debug` shape."""
    return {
        "container": container,
        "findings": [shapes.finding(one) for one in diagnosis.findings],
        "hygiene": [shapes.finding(one) for one in diagnosis.hygiene],
        "looked_at": list(diagnosis.looked_at),
    }


def text_of(container: str, diagnosis: Diagnosis) -> str:
    """Return the diagnosis for people: the cause first, what shows it, and what to do."""
    return "\n".join(_lines(container, diagnosis))


def hygiene_text(container: str, hygiene: Sequence[Finding]) -> str:
    """Return for people what could be done more carefully, what matters more first."""
    if not hygiene:
        return f"{container}: nothing to improve"
    lines = [f"{container}: {_counted(len(hygiene), 'habit')} to improve"]
    for one in sorted(hygiene, key=lambda finding: finding.severity != "warning"):
        lines += ["", f"{_MARKS[one.severity]} {one.rule}: {one.cause}", *_wrapped("    → ", one.advice)]
        lines += [f"    {quote.source}  {quote.text}" for quote in one.evidence]
    return "\n".join(lines)


def _lines(container: str, diagnosis: Diagnosis) -> Iterator[str]:
    count = len(diagnosis.findings)
    yield f"{container}: {_counted(count, 'finding') if count else 'nothing is wrong, as far as can be seen'}"
    for finding in diagnosis.findings:
        yield ""
        yield from _finding(finding)
    yield ""
    yield f"looked at   {', '.join(diagnosis.looked_at)}"
    if diagnosis.hygiene:
        rules = ", ".join(one.rule for one in diagnosis.hygiene)
        yield from textwrap.wrap(f"hygiene     {rules}", _WIDTH, subsequent_indent=" " * 12)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{_MARKS[finding.severity]} {finding.title}  ({finding.rule}, {100 * finding.confidence:.0f} %)"
    yield from _wrapped("  ", (finding.cause,))
    yield ""
    for quote in finding.evidence:
        yield from _quote(quote)
    if finding.advice:
        yield ""
        yield from _wrapped("  → ", finding.advice)
    if explained := finding.facts.get("explains"):
        yield f"  this explains {shapes.listed([str(one) for one in explained])}"


def _quote(quote: Quote) -> Iterator[str]:
    when = f"  {quote.when:%Y-%m-%d %H:%M:%S}Z" if quote.when else ""
    yield f"    {quote.source}{when}"
    lines = quote.text.split("\n")
    shown = lines if len(lines) <= _MOST_QUOTED_LINES else ["…", *lines[1 - _MOST_QUOTED_LINES :]]
    for line in shown:
        yield f"      │ {line}"


def _wrapped(mark: str, texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(text, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
