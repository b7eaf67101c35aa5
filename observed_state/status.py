"""What Ergon says about a resource: its status and conditions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ConditionStatus = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One typed statement. `last_transition` moves only when `status` does."""

    type: str
    status: ConditionStatus
    reason: str
    message: str = ""
    observed_generation: int = 0
    last_transition: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A resource's status, computed from `observed_generation` of its spec.

    `phase` is one word for people: Pending, Progressing, Ready, Degraded, CrashLooping, Held,
    Conflict, Completed, Failed, Paused, RollingBack, RolledBack, Deleting. Counts are of instances.
    """

    observed_generation: int
    phase: str
    ready: bool
    reason: str = ""
    message: str = ""
    desired: int = 0
    running: int = 0
    restarts: int = 0
    drift: int = 0
    conditions: tuple[Condition, ...] = ()
