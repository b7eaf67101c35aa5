"""What a container has used of its host, as its cgroup or Docker's `stats` count it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Counters:
    """One reading of a running container's counters.

    `cpu_ns`, `periods`, `throttled_periods`, `limit_hits` and `oom_kills` only grow while the container runs:
    two readings make a sample. `memory` is all that is charged to it, `inactive_file` the part of it the
    kernel takes back first. `memory_limit` is None without one. `peak` is the kernel's own high-water mark,
    page cache included, 0 where it keeps none. Bytes and nanoseconds; `at` is aware, UTC.
    """

    at: datetime
    cpu_ns: int
    memory: int
    inactive_file: int = 0
    memory_limit: int | None = None
    peak: int = 0
    periods: int = 0
    throttled_periods: int = 0
    limit_hits: int = 0
    oom_kills: int = 0
    pids: int = 0

    @property
    def working_set(self) -> int:
        """What it can't do without: memory less the page cache that nobody reads any more."""
        return max(self.memory - self.inactive_file, 0)


@dataclass(frozen=True, slots=True)
class Layer:
    """One step that an image was made by: what was done, how many bytes it added, and when."""

    created_by: str
    size: int = 0
    created_at: datetime | None = None
