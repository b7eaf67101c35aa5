"""Docker's `stats` and `history` as the values of `observed_state`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.observing import moment
from observed_state.usage import Counters, Layer

Json = Mapping[str, Any]

# The kernel's word for "no limit" is the largest number of pages; Docker shows the host's memory instead.
_NO_LIMIT = 1 << 60


def counters(stats: Json) -> Counters | None:
    """Return what `GET /containers/{id}/stats` counts; None for a container that does not run."""
    usage = (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
    memory = stats.get("memory_stats") or {}
    at = moment(stats.get("read"))
    if at is None or "usage" not in memory:
        return None
    throttling = stats["cpu_stats"].get("throttling_data") or {}
    details = memory.get("stats") or {}
    limit = memory.get("limit") or 0
    return Counters(
        at=at,
        cpu_ns=usage.get("total_usage") or 0,
        memory=memory["usage"],
        inactive_file=details.get("total_inactive_file", details.get("inactive_file")) or 0,
        memory_limit=limit if 0 < limit < _NO_LIMIT else None,
        peak=memory.get("max_usage") or 0,
        periods=throttling.get("periods") or 0,
        throttled_periods=throttling.get("throttled_periods") or 0,
        limit_hits=memory.get("failcnt") or 0,
        pids=(stats.get("pids_stats") or {}).get("current") or 0,
    )


def layers(history: Sequence[Json]) -> tuple[Layer, ...]:
    """Return the steps of `GET /images/{name}/history`, oldest first."""
    return tuple(
        Layer(str(row.get("CreatedBy") or ""), row.get("Size") or 0, _seconds(row.get("Created")))
        for row in reversed(history)
    )


def _seconds(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and value > 0 else None
