"""From a situation to its diagnosis. Pure: the same situation has the same diagnosis, always."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from container_ci.diagnosis.ranking import Candidate, ranked
from container_ci.diagnosis.registry import BY_ID, HYGIENE, RULES
from container_ci.diagnosis.rule import Rule
from container_ci.diagnosis.situation import Situation
from container_ci.logs.redaction import Redactor, secrets_of
from observed_state.finding import Finding

# Below that it is a guess, and a wrong cause costs more than none.
_LEAST = 0.4
_HOLDS = 0.9


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, root cause first, and what could be better though it ends nothing.

    Empty `findings`: nothing is wrong as far as can be seen. `looked_at` says what that rests on.
    """

    findings: tuple[Finding, ...] = ()
    hygiene: tuple[Finding, ...] = ()
    looked_at: tuple[str, ...] = ()


def diagnose(situation: Situation) -> Diagnosis:
    """Return why a container fails, with secrets taken out of every word."""
    redactor = Redactor(secrets_of(situation.environment))
    found = [one for one in _found(RULES, situation) if one.found.confidence >= _LEAST or one.rule.id == "unknown-exit"]
    return Diagnosis(tuple(_reported(ranked(found), redactor)), habits(situation), tuple(_looked_at(situation)))


def habits(situation: Situation) -> tuple[Finding, ...]:
    """Return what could be better about a container, though it ends nothing."""
    redactor = Redactor(secrets_of(situation.environment))
    return tuple(_reported(_found(HYGIENE, situation), redactor, "h"))


def held_by_verdict(finding: Finding) -> bool:
    """Return whether a restart can't help: the same would happen again until somebody changes something."""
    rule = BY_ID.get(finding.rule)
    return rule is not None and rule.holds and finding.confidence >= _HOLDS


def _found(rules: Iterable[Rule], situation: Situation) -> Iterator[Candidate]:
    for rule in rules:
        for found in rule.find(situation):
            if found.quotes:
                yield Candidate(rule, found)


def _reported(candidates: Iterable[Candidate], redactor: Redactor, letter: str = "e") -> Iterator[Finding]:
    number = 0
    for candidate in candidates:
        finding = candidate.rule.finding(candidate.found)
        quotes = []
        for one in finding.evidence:
            number += 1
            quotes.append(replace(one, id=f"{letter}{number}", text=redactor.redact(one.text)))
        yield replace(
            finding,
            cause=redactor.redact(finding.cause),
            evidence=tuple(quotes),
            advice=tuple(redactor.redact(text) for text in finding.advice),
            facts=cast("Mapping[str, Any]", redactor.redact_all(finding.facts)),
        )


def _looked_at(situation: Situation) -> Iterator[str]:
    yield "inspect"
    yield f"{len(situation.happened)} events of the run"
    yield situation.entries_missing or f"{sum(len(one.lines) for one in situation.said)} lines of the run's log"
    if situation.readings:
        yield f"{len(situation.readings)} readings of its control group"
    if situation.discovery is not None:
        yield f"its services ({situation.discovery.source})"
    if situation.neighbours:
        yield f"{len(situation.neighbours)} neighbours"
