"""What a rule is, and what one finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from container_ci.diagnosis.situation import Situation
from container_ci.logs.grouping import Entry
from observed_state.engine import EngineEvent
from observed_state.finding import Finding, Quote, Severity

Family = Literal["start", "exit", "limits", "dependencies", "application", "health", "hygiene"]

# How near a cause is to the root: what stands higher explains what stands lower, however sure either is.
Tier = Literal["daemon", "kernel", "said", "seen", "exit", "symptom"]
TIERS: tuple[Tier, ...] = ("daemon", "kernel", "said", "seen", "exit", "symptom")

_LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the cause in one sentence, and what shows it. Advice beside the rule's own comes first.

    `weight` orders findings of one tier; `entry` is the place in the log, None when it was found elsewhere.
    """

    cause: str
    quotes: Sequence[Quote]
    confidence: float = 0.9
    advice: Sequence[str] = ()
    related: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 0.0
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause that can be found. `number` is its place in the table of rules, 0 for hygiene.

    `holds`: a restart can't help, whatever ran before. `meaning` says for people what it means.
    """

    id: str
    number: int
    family: Family
    title: str
    meaning: str
    advice: tuple[str, ...]
    find: Callable[[Situation], Iterator[Found]]
    tier: Tier = "said"
    severity: Severity = "error"
    holds: bool = False

    def finding(self, found: Found) -> Finding:
        """Return what was found as it is reported."""
        advice = tuple(dict.fromkeys((*found.advice, *self.advice)))
        return Finding(
            self.id,
            self.title,
            found.cause,
            round(found.confidence, 2),
            self.severity,
            tuple(found.quotes),
            advice,
            tuple(dict.fromkeys(found.related)),
            dict(found.facts),
        )


def quote(source: str, text: str, when: datetime | None = None) -> Quote:
    """Return a quote; it gets its number when all that was found is put in order."""
    text = text.strip()
    return Quote("", source, text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…", when)


def quote_entry(entry: Entry, line: str = "") -> Quote:
    """Return a quote of a line of the log; of a trace, the one that names the failure."""
    return quote(f"log:{entry.stream}", line or entry.failure, entry.time)


def quote_event(event: EngineEvent) -> Quote:
    """Return a quote of one of Docker's events, with what it says beside its name."""
    told = {name: event.attributes[name] for name in ("signal", "exitCode") if name in event.attributes}
    words = [event.action, event.detail, *(f"{name}={value}" for name, value in told.items())]
    return quote("events", " ".join(word for word in words if word), moment_of(event))


def moment_of(event: EngineEvent) -> datetime:
    """Return when an event happened."""
    return datetime.fromtimestamp(event.time_ns / 1e9, UTC)


def quote_end(situation: Situation) -> Quote:
    """Return a quote of how Docker says the run ended."""
    ended = situation.ended
    if ended is None:
        return quote("inspect.State", f"Status={situation.container.state}")
    killed = str(ended.oom_killed).lower()
    error = f" Error={ended.error}" if ended.error else ""
    return quote("inspect.State", f"ExitCode={ended.exit_code} OOMKilled={killed}{error}", ended.finished_at)
