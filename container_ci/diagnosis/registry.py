"""All rules, in the order of their families. Their ids are stable: conditions, stored verdicts and tests name them."""

from container_ci.diagnosis import (
    application,
    dependencies,
    exiting,
    health_checks,
    hygiene,
    limits,
    starting,
)
from container_ci.diagnosis.rule import Rule

RULES: tuple[Rule, ...] = (
    *starting.RULES,
    *exiting.RULES,
    *limits.RULES,
    *dependencies.RULES,
    *application.RULES,
    *health_checks.RULES,
)
HYGIENE: tuple[Rule, ...] = hygiene.RULES

BY_ID = {rule.id: rule for rule in (*RULES, *HYGIENE)}
