"""Whether hands are off a resource, and what is left of a decision then."""

from dataclasses import replace
from datetime import datetime

from desired_state.resource import Stored
from reconcilers.decision import Decision


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
    return replace(decision, actions=(), requeue_at=stored.pause.until)
