"""Whether hands are off a resource."""

from datetime import datetime

from desired_state.resource import Stored


def is_paused(stored: Stored, now: datetime) -> bool:
    """Return whether the resource is paused now; a pause ends by itself at its `until`."""
    pause = stored.pause
    return pause is not None and (pause.until is None or now < pause.until)
