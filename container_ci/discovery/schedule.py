"""When a container is looked into again: often while it starts, rarely once it stands. Pure."""

from datetime import datetime

# Seconds after the start, at which itself nothing listens yet. What appears late is normal: a database that is set
# up first, a slow virtual machine.
EARLY_S = (1.0, 3.0, 10.0, 30.0)
EVERY_S = 60.0


def next_look_s(started_at: datetime | None, now: datetime) -> float:
    """Return in how many seconds to look again at a container that was just looked at."""
    if started_at is None:
        return EVERY_S
    age = max((now - started_at).total_seconds(), 0.0)
    return next((moment - age for moment in EARLY_S if moment > age), EVERY_S)
