"""Write `docs/findings.md` from the rules: `python3 -m tools.findings_page`. A test holds the page to them."""

from collections.abc import Iterator
from pathlib import Path

from container_ci.diagnosis.registry import HYGIENE, RULES
from container_ci.diagnosis.rule import Rule

PAGE = Path(__file__).parent.parent / "docs" / "findings.md"

_HEAD = """\
# Findings

`ergon ci debug NAME` says why a container fails: the root cause first, the words that show it, and what to do. It
works for every container of the host, running or not, and needs no language model.

```
$ ergon ci debug web
shop-web-1: 1 finding

✗ What it depends on is down  (dependency-down, 95 %)
  shop-db-1 is exited with code 137: it needed more memory than its limit of 64 MiB, and the kernel killed it

    log:stderr  2026-05-01 12:00:19Z
      │ ERROR cannot reach db:5432: Connection refused
    inspect:shop-db-1  2026-05-01 12:00:12Z
      │ State: exited with code 137

  → mend shop-db-1 first: `ergon ci debug shop-db-1`
```

- **Evidence.** Every finding quotes what shows it, word for word after secrets were taken out, with its source and
  time: the daemon's words, Docker's events, the log of that run, the kernel's counters, the sockets, the health
  check's answers.
- **Cause before symptom.** What the daemon says beats the log, and a line of the log beats an exit code. A restart
  loop or a failing health check is explained by its cause and not listed beside it. A dependency that is down is
  named with its own finding.
- **Only what still counts.** Lines of earlier runs, errors that healed, traces that were caught, and requests that
  a server repeats in its log are no causes. A container that somebody stopped has no finding.
- **Unknown is an answer.** When no rule fits, the finding is `unknown-exit`, with the last lines and what was
  looked at.

What a container suffers from is a condition of its resource, too (`ergon describe`), for as long as it lasts:
`CrashLooping`, `MemoryPressure`, `CPUThrottled`, `DependencyUnavailable`, `ConfigValid`; and `ServicesDiscovered`
says what it was seen to serve.
`--json` gives all of it to programs. The ids below are stable: they are the reasons of conditions. Where **held**
stands, a restart can't help: the same would happen again until somebody changes something.

This page is written from the rules by `python3 -m tools.findings_page`.
"""
_FAMILIES = {
    "start": "It was not started",
    "exit": "It ended",
    "limits": "It may not have more, or may not do it",
    "dependencies": "It can't reach something, or can't be reached",
    "application": "The program says so itself",
    "health": "Docker's health check fails",
    "hygiene": "What could be better",
}
_HYGIENE = (
    "\nThese are never named as the cause of a failure; `ergon ci ask NAME security` lists them for a container.\n"
)


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for family, heading in _FAMILIES.items():
        yield f"## {heading}"
        if family == "hygiene":
            yield _HYGIENE
            yield "| finding | severity | what | advice |"
            yield "|---|---|---|---|"
            yield from (f"| `{rule.id}` | {rule.severity} | {rule.title} | {_advice(rule)} |" for rule in HYGIENE)
            continue
        yield ""
        yield "| finding | means | advice |"
        yield "|---|---|---|"
        yield from (_row(rule) for rule in RULES if rule.family == family)
        yield ""


def _row(rule: Rule) -> str:
    held = " **held**" if rule.holds else ""
    return f"| `{rule.id}`{held} | {_cell(rule.meaning)} | {_advice(rule)} |"


def _advice(rule: Rule) -> str:
    return _cell("; ".join(rule.advice))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
