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


When = Literal["now", "later", "backoff", "held", "waits", "turn", "paused", "told", "never"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a change is carried out, and what it waits for until then.

    `now`: at the next look. `later`: at `at`. `backoff`: when the wait after a crash is over, at `at`.
    `held`: not tried again before `at`, or before what holds it is gone. `waits`: for what `why` says.
    `turn`: when other instances of the resource are done. `paused`: hands are off, until `at` or a resume.
    `told`: it is only shown. `never`: given up until something new is declared.
    """

    when: When = "now"
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs about one object and what will be done. `instance` is the container's name, "" for none.

    `order` and `interruption` are filled in when a whole plan is put together (`reconcilers.staging`): its
    place among all steps, 0 when nothing is done, and what service is lost meanwhile.
    """

    key: Key
    action: Verb
    effect: Effect
    fields: tuple[FieldChange, ...] = ()
    instance: str = ""
    outlook: Outlook = Outlook()
    order: int = 0
    interruption: str = ""


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
