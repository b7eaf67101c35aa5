"""Why a container fails or could do better, with what shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Severity = Literal["info", "warning", "error", "critical"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence, word for word after secrets were taken out.

    `source` says where it stands (`inspect.State`, `events`, `log:stderr`, `cgroup:memory.events`).
    """

    id: str
    source: str
    text: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause that was found.

    `rule` is its stable name (`command-not-found`), a condition's reason. `confidence` is between 0
    and 1. `evidence` has at least one quote: nothing is found without. `related` names other containers.
    """

    rule: str
    title: str
    cause: str
    confidence: float
    severity: Severity
    evidence: tuple[Quote, ...]
    advice: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
