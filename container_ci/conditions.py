"""What a companion's discoveries mean for conditions: a fixed table, so that reasons are rule ids everywhere."""

from collections.abc import Iterator, Sequence

from observed_state.finding import Finding
from observed_state.service import Discovery
from observed_state.status import Condition, ConditionStatus

# The condition's type, the status that a finding gives it, and the rules it rests on.
_TABLE: tuple[tuple[str, ConditionStatus, frozenset[str]], ...] = (
    ("CrashLooping", "True", frozenset(("restart-loop", "clean-exit-restarting"))),
    (
        "MemoryPressure",
        "True",
        frozenset(
            (
                "oom-killed",
                "oom-child",
                "oom-host",
                "memory-near-limit",
                "memory-leak-suspected",
                "memory-reclaim-churn",
                "node-heap-oom",
                "jvm-heap-oom",
            )
        ),
    ),
    ("CPUThrottled", "True", frozenset(("cpu-throttled",))),
    (
        "DependencyUnavailable",
        "True",
        frozenset(
            (
                "dns-failure",
                "dependency-refused",
                "dependency-localhost",
                "dependency-timeout",
                "dependency-not-ready",
                "dependency-down",
                "auth-failed",
                "db-missing",
                "migration-pending",
                "tls-error",
                "rate-or-conn-limit",
            )
        ),
    ),
    (
        "ConfigValid",
        "False",
        frozenset(
            (
                "env-missing",
                "env-invalid",
                "config-syntax",
                "app-import-path",
                "module-missing",
                "syntax-error",
                "runs-as-root-refused",
                "command-not-found",
                "command-not-executable",
                "user-missing",
                "workdir-bad",
                "resource-spec-invalid",
                "mount-source-missing",
                "mount-file-dir-mismatch",
            )
        ),
    ),
)
_FINE = "NoFinding"
_OTHERWISE: dict[ConditionStatus, ConditionStatus] = {"True": "False", "False": "True"}


def conditions_of(findings: Sequence[Finding]) -> tuple[Condition, ...]:
    """Return the conditions that follow from findings, all five of them; what is fine has the reason `NoFinding`.

    A loop that a cause explains has that cause's rule as its reason.
    """
    return tuple(_condition(kind, status, rules, findings) for kind, status, rules in _TABLE)


def statements(findings: Sequence[Finding], discovery: Discovery | None) -> tuple[Condition, ...]:
    """Return what is worth saying of a container: what is not as it should be, and what it was seen to serve."""
    ill = (one for one in conditions_of(findings) if one.reason != _FINE) if findings else ()
    return (*ill, *_services(discovery))


def _services(discovery: Discovery | None) -> Iterator[Condition]:
    services = discovery.services if discovery is not None else ()
    if services:
        told = (f"{one.type} on {one.port}" if one.port is not None else one.type for one in services)
        yield Condition("ServicesDiscovered", "True", "Found", ", ".join(told))


def _condition(kind: str, status: ConditionStatus, rules: frozenset[str], findings: Sequence[Finding]) -> Condition:
    for finding in findings:
        if finding.rule in rules or rules & set(finding.facts.get("explains", ())):
            return Condition(kind, status, finding.rule, finding.cause)
    return Condition(kind, _OTHERWISE[status], _FINE)
