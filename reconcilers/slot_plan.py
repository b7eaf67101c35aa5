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


# What may not be done in every slot at once: make a successor, start it beside its predecessor, take down
# what is ready, pass the service on.
Step = Literal["", "begin", "start", "take-down", "switch"]
# How far a replacement is: nothing made yet, a successor that is not ready, one that is while its predecessor
# still runs, and one that serves alone.
Stage = Literal["", "waiting", "coming", "ready", "done"]


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """One slot: the place of one container among a resource's replicas.

    `running` says whether something serves in it meanwhile, `ready` whether that is ready (None: as
    `state` says); `undecided` while nobody knows yet. `step` is what its actions need leave for; without it
    `meanwhile` is done instead. `updates` says that its replacement is part of an update, at `stage`;
    `failure` why that failed here, `ready_since` when its successor was ready, and `proven` that it has
    stayed so for long enough. `unshown` is what differs and is looked away from.
    """

    slot: int
    state: SlotState
    reason: str = ""
    message: str = ""
    actions: tuple[Action, ...] = ()
    change: Change | None = None
    retry_at: datetime | None = None
    running: bool = False
    step: Step = ""
    meanwhile: tuple[Action, ...] = ()
    unshown: Change | None = None
    ready: bool | None = None
    undecided: bool = False
    updates: bool = False
    stage: Stage = ""
    failure: str = ""
    ready_since: datetime | None = None
    proven: bool = True

    @property
    def available(self) -> bool:
        """True while the slot does its work, whatever else goes on in it."""
        return self.state in ("ready", "completed") if self.ready is None else self.ready


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the first of the moments, None when there is none."""
    return min((moment for moment in moments if moment), default=None)
