"""One run of a scheduled container, and how far its schedule has been followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RunState = Literal["pending", "running", "succeeded", "failed", "stopped", "skipped", "missed"]
Trigger = Literal["schedule", "request"]

LIVE: frozenset[RunState] = frozenset(("pending", "running"))


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or a time of the schedule at which none was begun and why. Times are aware, UTC.

    `number` is its own for ever and the slot of its instance; `scheduled_for` the schedule's time, or that of
    the request. `times` is how many times of the schedule a `missed` one stands for, itself the last of them.
    """

    number: int
    scheduled_for: datetime
    created_at: datetime
    trigger: Trigger = "schedule"
    state: RunState = "pending"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    message: str = ""
    times: int = 1

    @property
    def live(self) -> bool:
        """Whether it is begun, or to be begun, and not over."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a schedule has been followed: every time up to `until` has its run or its reason.

    `timing` is the schedule it speaks of, `number` the last run's, `generation` and `spec` what was declared then.
    """

    timing: str
    until: datetime
    number: int = 0
    generation: int = 0
    spec: Mapping[str, Any] = field(default_factory=dict)
