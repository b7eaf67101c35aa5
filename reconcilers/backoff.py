"""How long a crashed container waits before its next start."""

from datetime import datetime, timedelta

from desired_state.restart import Backoff
from observed_state.instance import Restarts

HELD_RETRY_S = 60.0
_MAX_DOUBLINGS = 32


def delay_s(failures: int, backoff: Backoff) -> float:
    """Return the wait in seconds after `failures` crash restarts: 0, then `initial` doubled up to `max`."""
    if failures <= 0:
        return 0.0
    return min(backoff.max, backoff.initial * 2.0 ** min(failures - 1, _MAX_DOUBLINGS))


def counted_failures(restarts: Restarts, started: datetime | None, ended: datetime | None, backoff: Backoff) -> int:
    """Return the crash restarts that still count: none once a run has lasted `reset_after`."""
    if started and ended and (ended - started).total_seconds() >= backoff.reset_after:
        return 0
    return restarts.failures


def retry_at(restarts: Restarts, failures: int, backoff: Backoff) -> datetime | None:
    """Return when a container that crashed `failures` times may start again; None: at once.

    Counted from the last restart, not from the crash: a container that needs a minute to fail
    would otherwise never reach the longer waits.
    """
    if failures == 0 or restarts.last_restart is None:
        return None
    return restarts.last_restart + timedelta(seconds=delay_s(failures, backoff))
