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

    `cores` is processor time per time; `memory` the largest working set that is known of, in bytes.
    `limit_hits` and `ooms` count what happened meanwhile. `starting`: its main process was younger than `STARTING_S`.
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


def beginning(started_at: datetime) -> Counters:
    """Return the counters of a container that is just being started: they all count from there."""
    return Counters(started_at, cpu_ns=0, memory=0)


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
        memory=_largest(before, after),
        memory_limit=after.memory_limit,
        periods=max(after.periods - before.periods, 0),
        throttled_periods=max(after.throttled_periods - before.throttled_periods, 0),
        limit_hits=max(after.limit_hits - before.limit_hits, 0),
        ooms=max(after.oom_kills - before.oom_kills, 0),
        pids=after.pids,
        starting=started_at is not None and (after.at - started_at).total_seconds() < STARTING_S,
    )


def _largest(before: Counters, after: Counters) -> int:
    """Return the largest working set between two readings: the kernel's mark, if it rose, knows what came and went."""
    if after.peak <= before.peak:
        return after.working_set
    return max(after.working_set, after.peak - after.inactive_file)
