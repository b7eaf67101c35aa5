"""Say when a change will be carried out, and what it waits for: from what was planned for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from desired_state.resource import Pause
from reconcilers.decision import Change, Decision, Outlook, When
from reconcilers.policies import is_asked
from reconcilers.slot_plan import SlotPlan

_OF_STATES: Mapping[str, When] = {
    "waiting": "waits",
    "held": "held",
    "conflict": "held",
    "crash-looping": "backoff",
    "failed": "never",
    "left": "told",
}
_OF_PHASES: Mapping[str, When] = {"Held": "held", "Conflict": "held", "Pending": "waits", "Deleting": "waits"}
# These need nothing of what a container that can't run waits for.
_AT_ONCE = ("update", "delete", "stop")


def of_slots(planned: Sequence[SlotPlan], allowed: Sequence[SlotPlan]) -> Iterator[Change]:
    """Yield the changes of slots, each with its outlook. `allowed` are the same slots after a rollout's say."""
    for before, after in zip(planned, allowed, strict=True):
        if before.change is not None:
            yield replace(before.change, outlook=_of_slot(before.change, before, after))


def of_single(decision: Decision) -> Decision:
    """Return the decision about a resource that is one thing with the outlook of its changes."""
    outlook = _of_single(decision)
    return replace(decision, changes=tuple(_with_outlook(decision.changes, outlook)))


def paused(changes: Iterable[Change], pause: Pause) -> tuple[Change, ...]:
    """Return changes as they look while hands are off."""
    return tuple(_with_outlook(changes, Outlook("paused", pause.until, pause.reason)))


def _of_slot(change: Change, planned: SlotPlan, allowed: SlotPlan) -> Outlook:
    if change.action == "none":
        return _of_told(change)
    if planned.actions != allowed.actions:
        return Outlook("turn")
    when = _OF_STATES.get(planned.state)
    if when is not None and not (allowed.actions and change.action in _AT_ONCE):
        # Without a time of its own it is another try that something else has to bring about.
        when = "held" if when == "backoff" and planned.retry_at is None else when
        return Outlook(when, planned.retry_at, planned.message or planned.reason)
    if allowed.actions or planned.retry_at is None:
        return Outlook("now")
    return Outlook("later", planned.retry_at, planned.message)


def _of_single(decision: Decision) -> Outlook:
    when = _OF_PHASES.get(decision.status.phase)
    if decision.actions or when is None:
        return Outlook("now")
    return Outlook(when, decision.requeue_at, decision.status.message)


def _of_told(change: Change) -> Outlook:
    return Outlook("waits", why="approval") if any(map(is_asked, change.fields)) else Outlook("told")


def _with_outlook(changes: Iterable[Change], outlook: Outlook) -> Iterator[Change]:
    for change in changes:
        yield replace(change, outlook=_of_told(change) if change.action == "none" else outlook)
