"""From two readings of a container's counters to what it did between them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from observed_state.usage import Counters

# What a program does in its first minutes says nothing about the processor time it needs.
STARTING_S = 300.0
SHORTEST_S = 0.5
NEAR_LIMIT = 0.95


@dataclass(frozen=True, slots=True)
class Sample:
    """What one container did for `took_s` seconds, up to `at` (aware, UTC).

    `cores` is processor time per time; `memory` its working set at the end, in bytes. `limit_hits` and `ooms`
    count what happened meanwhile. `starting`: its main process was younger than `STARTING_S`.
    """

    at: datetime
    took_s: float
    cores: float
    memory: int
    memory_limit: int | None = None
    periods: int = 0
    throttled_periods: int = 0
    limit_hits: int = 0
    ooms: int = 0
    pids: int = 0
    starting: bool = False

    @property
    def near_limit(self) -> bool:
        """Whether its memory is all but used up."""
        return self.memory_limit is not None and self.memory >= NEAR_LIMIT * self.memory_limit


def sample(before: Counters, after: Counters, started_at: datetime | None = None) -> Sample | None:
    """Return what happened between two readings of one run; None when they say nothing about it.

    Counters that went back belong to another run, and two looks at once measure nothing.
    """
    took_s = (after.at - before.at).total_seconds()
    if took_s < SHORTEST_S or after.cpu_ns < before.cpu_ns:
        return None
    return Sample(
        at=after.at,
        took_s=took_s,
        cores=(after.cpu_ns - before.cpu_ns) / 1e9 / took_s,
        memory=after.working_set,
        memory_limit=after.memory_limit,
        periods=max(after.periods - before.periods, 0),
        throttled_periods=max(after.throttled_periods - before.throttled_periods, 0),
        limit_hits=max(after.limit_hits - before.limit_hits, 0),
        ooms=max(after.oom_kills - before.oom_kills, 0),
        pids=after.pids,
        starting=started_at is not None and (after.at - started_at).total_seconds() < STARTING_S,
    )
