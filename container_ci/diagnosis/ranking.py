"""The root cause first, and not what it explains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from container_ci.diagnosis.rule import TIERS, Found, Rule

# A cause this sure explains the symptoms beside it.
_SURE = 0.6
_MOST = 5

# What a more telling rule says of the same thing: the left explains the right.
_EXPLAINS: dict[str, frozenset[str]] = {
    "exec-format-platform": frozenset(("exec-format-no-shebang",)),
    "oom-killed": frozenset(("oom-child", "memory-near-limit", "memory-reclaim-churn", "uncaught-exception")),
    "oom-child": frozenset(("memory-near-limit", "memory-reclaim-churn", "worker-timeout")),
    "pid1-ignores-sigterm": frozenset(("stop-timeout-sigkill",)),
    "stop-timeout-sigkill": frozenset(("killed-by-user",)),
    "node-heap-oom": frozenset(("abort-pid1", "segfault")),
    "abort-pid1": frozenset(("segfault",)),
    "memory-near-limit": frozenset(("memory-reclaim-churn",)),
    "dependency-down": frozenset(
        ("dns-failure", "dependency-refused", "dependency-timeout", "dependency-not-ready", "dependency-localhost")
    ),
    "dependency-not-ready": frozenset(("dependency-refused",)),
    "dns-failure": frozenset(("dependency-refused", "dependency-timeout")),
    "capability-missing": frozenset(("file-permission",)),
    "privileged-port": frozenset(("file-permission", "capability-missing")),
    "shm-too-small": frozenset(("disk-full",)),
    "env-missing": frozenset(("env-invalid", "config-syntax")),
    "env-invalid": frozenset(("config-syntax",)),
    "app-import-path": frozenset(("module-missing", "syntax-error")),
    "db-missing": frozenset(("migration-pending", "auth-failed")),
    "clock-skew": frozenset(("tls-error",)),
    "listen-loopback-only": frozenset(("published-port-not-listened", "healthcheck-wrong-port")),
    "healthcheck-command-missing": frozenset(("healthcheck-timeout", "healthcheck-too-early")),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a rule found, before it is known whether something else explains it."""

    rule: Rule
    found: Found


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return what is reported, most likely root cause first.

    What another finding explains is left out and named in its facts (`explains`). A log entry proves one cause:
    of several rules that quote it the most telling stays.
    """
    ordered = sorted(candidates, key=_order)
    kept: list[Candidate] = []
    for candidate in ordered:
        if not any(_explained_by(candidate, one) for one in kept):
            kept = [one for one in kept if not _explained_by(one, candidate)]
            kept.append(candidate)
    explained = tuple(one.rule.id for one in ordered if not any(one.rule is other.rule for other in kept))
    if kept and explained:
        first = kept[0]
        facts = {**first.found.facts, "explains": list(dict.fromkeys(explained))}
        kept[0] = replace(first, found=replace(first.found, facts=facts))
    return kept[:_MOST]


def _order(one: Candidate) -> tuple[int, float]:
    return TIERS.index(one.rule.tier), -(one.found.confidence * 10 + one.found.weight)


def _explained_by(one: Candidate, other: Candidate) -> bool:
    """Return whether `other` makes `one` superfluous."""
    sure = other.found.confidence >= _SURE
    if one.rule.tier == "symptom":
        return (sure and other.rule.tier != "symptom") or _worse_symptom(one, other)
    if one.rule.id in _EXPLAINS.get(other.rule.id, ()) and sure:
        return True
    if one.rule.id in ("uncaught-exception", "go-panic", "exit-code-known"):
        return sure and other.rule.tier in ("daemon", "kernel", "said", "seen") and other.rule is not one.rule
    if one.rule.family == "health" and other.rule.family != "health":
        return sure and other.rule.tier in ("said", "kernel")
    same_words = one.found.entry is not None and one.found.entry == other.found.entry
    reverse = other.rule.id in _EXPLAINS.get(one.rule.id, ())
    return same_words and not reverse and _order(other) <= _order(one)


def _worse_symptom(one: Candidate, other: Candidate) -> bool:
    """Return whether two symptoms say the same: an unknown end tells more than that there were many."""
    return one.rule.id == "restart-loop" and other.rule.id == "unknown-exit"
