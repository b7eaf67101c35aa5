"""What simulated containers use: as much as somebody says they want, and no more than their limits allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.simulated.answers import Refusal
from observed_state.usage import Counters

if TYPE_CHECKING:
    from engine.simulated.daemon import Daemon
    from engine.simulated.record import Record

_PERIOD_S = 0.1


@dataclass(slots=True)
class Usage:
    """What a container wants from `since` on (seconds, monotonic), and what it has been given before.

    `cores` is how much processor time it could use, `memory` its working set in bytes.
    """

    cores: float = 0.0
    memory: int = 1 << 20
    since: float = 0.0
    run: int = 0
    cpu_ns: int = 0
    periods: int = 0
    throttled_periods: int = 0
    oom_kills: int = 0


def want(daemon: Daemon, record: Record, cores: float, memory: int) -> None:
    """Let a container want so much from now on."""
    _catch_up(daemon, record)
    record.usage.cores, record.usage.memory = cores, memory


def counters(daemon: Daemon, record: Record) -> Counters:
    """Return what `stats` counts now.

    Raises:
        Refusal: it does not run.
    """
    if not record.alive:
        raise Refusal(409, f"Container {record.id} is not running")
    _catch_up(daemon, record)
    usage, limit = record.usage, record.inspect["HostConfig"].get("Memory") or 0
    return Counters(
        at=daemon.agenda.now(),
        cpu_ns=usage.cpu_ns,
        memory=min(usage.memory, limit) if limit else usage.memory,
        memory_limit=limit or None,
        periods=usage.periods,
        throttled_periods=usage.throttled_periods,
        oom_kills=usage.oom_kills,
        pids=1,
    )


def _catch_up(daemon: Daemon, record: Record) -> None:
    """Count what was used since the last look; each run counts anew."""
    usage, now = record.usage, daemon.agenda.clock.monotonic()
    if usage.run != record.run:
        record.usage = usage = Usage(usage.cores, usage.memory, record.started_monotonic, record.run)
    took_s = max(now - usage.since, 0.0) if record.alive else 0.0
    allowed = (record.inspect["HostConfig"].get("NanoCpus") or 0) / 1e9
    given = min(usage.cores, allowed) if allowed else usage.cores
    usage.cpu_ns += round(took_s * given * 1e9)
    if allowed:
        periods = round(took_s / _PERIOD_S)
        usage.periods += periods
        usage.throttled_periods += periods if usage.cores > allowed else 0
    usage.since = now
