"""Whether hands are off a resource, what is left of a decision then, and how that is told."""

from dataclasses import replace
from datetime import datetime

from desired_state.resource import Pause, Stored
from reconcilers.decision import Decision
from reconcilers.outlook import paused
from reconcilers.summary import condition


def is_paused(stored: Stored, now: datetime) -> bool:
    """Return whether the resource is paused now; a pause ends by itself at its `until`."""
    pause = stored.pause
    return pause is not None and (pause.until is None or now < pause.until)


def hands_off(decision: Decision, stored: Stored, now: datetime) -> Decision:
    """Return the decision without its deeds while the resource is paused: all is shown and nothing is done.

    A deletion goes on: it is an explicit word about this very resource.
    """
    if stored.pause is None or stored.deleting_since is not None or not is_paused(stored, now):
        return decision
    status = replace(decision.status, phase="Paused", reason="Paused", message=paused_text(stored.pause))
    told = condition("Paused", True, "Paused", status.message, status.observed_generation)
    status = replace(status, conditions=(*status.conditions, told))
    changes = paused(decision.changes, stored.pause)
    return replace(decision, status=status, actions=(), changes=changes, requeue_at=stored.pause.until)


def paused_text(pause: Pause) -> str:
    """Return who paused a resource, until when, and why."""
    until = f"until {pause.until:%Y-%m-%d %H:%M:%S} UTC" if pause.until else "until resumed"
    return f"paused by {pause.by} {until}" + (f": {pause.reason}" if pause.reason else "")
