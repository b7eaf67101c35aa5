"""What one slot needs, and how it stands: the value that the slots' planners pass to the resource's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reconcilers.actions import Action
from reconcilers.decision import Change

SlotState = Literal[
    "ready",
    "running",
    "acting",
    "waiting",
    "crash-looping",
    "held",
    "conflict",
    "completed",
    "failed",
    "stopped",
    "left",
]


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """One slot: the place of one container among a resource's replicas.

    `running` says whether something serves in it meanwhile. `replaces` marks the first step of a
    replacement; a rollout that holds it back does `meanwhile` instead of `actions`. `unshown` is what
    differs and is looked away from.
    """

    slot: int
    state: SlotState
    reason: str = ""
    message: str = ""
    actions: tuple[Action, ...] = ()
    change: Change | None = None
    retry_at: datetime | None = None
    running: bool = False
    replaces: bool = False
    meanwhile: tuple[Action, ...] = ()
    unshown: Change | None = None


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the first of the moments, None when there is none."""
    return min((moment for moment in moments if moment), default=None)
