"""What a planner returns: differences, deeds, what to say about it, and when to look again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from desired_state.approval import Verdict
from desired_state.drift import Policy
from desired_state.key import Key
from observed_state.status import Status
from reconcilers.actions import Action

Cause = Literal["spec", "drift", "image", "dependency", "missing"]
Effect = Literal["none", "in-place", "rename", "reconnect", "restart", "recreate"]
Verb = Literal["create", "update", "replace", "start", "stop", "restart", "unpause", "delete", "adopt", "none"]

EFFECTS: tuple[Effect, ...] = ("none", "in-place", "rename", "reconnect", "restart", "recreate")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `path` is in the words of the state file (`spec.mem_limit`) or `status.state`.

    `declared` and `observed` are JSON-ready; None means absent. `since` and `evidence` are filled
    from the record when it is shown; planners leave them empty but for what the record can't know.
    `unmanaged`: nobody declared this field, somebody changed it. `policy` says what becomes of it, and
    `verdict` what a person said about this very difference, "" for nothing.
    """

    path: str
    declared: Any
    observed: Any
    cause: Cause
    effect: Effect
    since: datetime | None = None
    evidence: str = ""
    unmanaged: bool = False
    policy: Policy = "enforce"
    verdict: Verdict | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs about one object and what will be done. `instance` is the container's name, "" for none."""

    key: Key
    action: Verb
    effect: Effect
    fields: tuple[FieldChange, ...] = ()
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`actions` in order, empty when converged; `status` what to report; `requeue_at` when to look again.

    `unshown` are the differences that somebody asked not to be told of.
    """

    status: Status
    actions: tuple[Action, ...] = ()
    changes: tuple[Change, ...] = ()
    requeue_at: datetime | None = None
    unshown: tuple[Change, ...] = ()
