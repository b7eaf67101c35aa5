"""Diagnosis: is the cause named, first of all, and nothing where all is well?"""

import re
from collections.abc import Sequence

from container_ci.diagnosis.diagnose import diagnose
from observed_state.finding import Finding
from observed_state.service import Discovery
from tests.container_ci.diagnosis.recorded_situation import situation_of
from tests.container_ci.recorded import Case
from tests.container_ci.report.figures import Figure, Outcome, either, share, total

_NONE = "none"
_CONFIDENT = 0.6
# True as far as they go, when there is more to be told: missed causes, not wrong ones.
_SAYS_LITTLE = frozenset(("uncaught-exception", "unknown-exit"))
_BY_EXIT_CODE = {126: "command-not-executable", 127: "command-not-found", 137: "killed-by-user", 139: "segfault"}


def outcome(case: Case, discovery: Discovery | None) -> Outcome:
    """Return how diagnosis did on one case; `discovery` is what was found to run inside."""
    findings = diagnose(situation_of(case, discovery)).findings
    expected = case.expect["rule"]
    return _of_well(case, findings) if expected is None else _of_ill(case, expected, findings)


def _of_well(case: Case, findings: Sequence[Finding]) -> Outcome:
    forbidden = [one for one in findings if one.rule in case.forbid or "*" in case.forbid]
    counts = {
        "well": 1,
        "false": len(findings) > 0,
        "forbidden": len(forbidden),
        "baseline false": _baseline(case) != _NONE,
    }
    return Outcome(case.name, counts, tuple(f"{one.rule} where all is well: {one.cause[:80]}" for one in findings))


def _of_ill(case: Case, expected: str, findings: Sequence[Finding]) -> Outcome:
    rules = [finding.rule for finding in findings] or [_NONE]
    forbidden = [rule for rule in rules if rule in case.forbid and rule not in _SAYS_LITTLE]
    first = either(expected, rules[0])
    counts = {
        "ill": 1,
        "top-1": first,
        "top-3": any(either(expected, rule) for rule in rules[:3]),
        "confident": not first and bool(findings) and findings[0].confidence >= _CONFIDENT,
        "forbidden": len(forbidden),
        "baseline": either(expected, _baseline(case)),
    }
    wrong = [] if first else [f"said {', '.join(rules[:3])}, not {expected}"]
    return Outcome(case.name, counts, (*wrong, *(f"forbidden {rule}" for rule in forbidden)))


def _baseline(case: Case) -> str:
    """Return what the exit's reason and the first line that speaks of an error would make of it."""
    state = (case.data["inspect"] or {"State": {}})["State"]
    if state.get("OOMKilled"):
        return "oom-killed"
    if code := state.get("ExitCode"):
        known = _BY_EXIT_CODE.get(code)
        return known or ("uncaught-exception" if _speaks_of_error(case) else "unknown-exit")
    return "uncaught-exception" if _speaks_of_error(case) else _NONE


def _speaks_of_error(case: Case) -> bool:
    return any(re.search(r"error|exception|fail", text, re.IGNORECASE) for _, _, text in case.data["log"][-100:])


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures that diagnosis is held to."""
    ill, well = total(outcomes, "ill"), total(outcomes, "well")
    return [
        Figure("cases", len(outcomes)),
        Figure("cause first", share(total(outcomes, "top-1"), ill), 0.85),
        Figure("cause among three", share(total(outcomes, "top-3"), ill), 0.95),
        Figure("confident and wrong", share(total(outcomes, "confident"), ill)),
        Figure("healthy containers", well),
        Figure("false alarms on healthy", share(total(outcomes, "false"), well) if well else 0.0, 0.02, at_most=True),
        Figure("forbidden answers", total(outcomes, "forbidden"), 0, at_most=True),
        Figure("exit code and first error line: cause first", share(total(outcomes, "baseline"), ill)),
        Figure("the same: false alarms", share(total(outcomes, "baseline false"), well) if well else 0.0),
    ]
