"""Histories of containers that did something for a while."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from container_ci.sizing.history import History
from container_ci.sizing.samples import Sample

MIB = 1 << 20
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def history(
    *,
    hours: float,
    cores: float | Callable[[float], float] = 0.1,
    memory: int | Callable[[float], int] = 50 * MIB,
    limit: int | None = None,
    every_s: float = 60.0,
    throttled: float = 0.0,
    pids: int = 4,
) -> History:
    """Return what a container did in the hours before NOON; functions are given the hour since the start."""
    found = History()
    count = round(hours * 3600 / every_s)
    for number in range(1, count + 1):
        hour = number * every_s / 3600
        found.add(
            Sample(
                at=NOON - timedelta(hours=hours - hour),
                took_s=every_s,
                cores=cores(hour) if callable(cores) else cores,
                memory=memory(hour) if callable(memory) else memory,
                memory_limit=limit,
                periods=100,
                throttled_periods=round(100 * throttled),
                pids=pids,
            )
        )
    return found
