"""What limits a container should have, from what its resource has used. Pure.

The formulas are those of Kubernetes' Vertical Pod Autoscaler and Robusta's KRR, with limits in the place of
requests, because limits are what Docker has.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from container_ci.sizing.evidence import THROTTLED, Evidence, evidence
from container_ci.sizing.history import History, Pressure

MIB = 1 << 20
MARGIN = 1.15
LEAST_LIMIT = 32 * MIB
LEAST_RESERVATION = 16 * MIB
MOST_OF_HOST = 0.8
LEAST_CORES = 0.05
LEAST_PIDS = 64
SHARES_OF_A_CORE = 1024
_STEP_BYTES = 16 * MIB
_STEP_CORES = 0.05
_STEP_PIDS = 32
_NOTICEABLE = 0.10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use now; None: not limited. Bytes and processors."""

    memory: int | None = None
    memory_reservation: int | None = None
    cpus: float | None = None
    cpu_shares: int | None = None
    pids: int | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies around a container: the host's memory (bytes, 0: unknown) and processors.

    `wants_cpus`: a limit of processors is wanted although none is declared. `contended`: services compete for them.
    """

    memory: int = 0
    cpus: float = 0.0
    wants_cpus: bool = False
    contended: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One limit that should be another. `saving` is what is given back, negative for more; None without a limit now.

    `urgent`: waiting for more data would do harm. `provisional`: too little is known to act on it.
    """

    field: str
    current: float | None
    recommended: float
    formula: str
    samples: int
    span_s: float
    confidence: float
    saving: float | None
    urgent: bool = False
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Sizing:
    """All recommendations, what they rest on, and what is still missing."""

    recommendations: tuple[Recommendation, ...]
    evidence: Evidence
    used: dict[str, float]
    message: str

    @property
    def enough_data(self) -> bool:
        return self.evidence.enough


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one field should be: `least` and `most` bound what is as good, `step` is too little to bother."""

    field: str
    current: float | None
    value: float
    formula: str
    least: float
    most: float
    step: float
    pressing: bool = False
    declares: bool = True
    decreases: bool = True


def recommend(history: History, limits: Limits, ground: Ground, now: datetime) -> Sizing:
    """Return what should change about a resource's limits, and how sure that is.

    Args:
        history: what its containers used.
        limits: what they may use now.
        ground: the host below them.
        now: aware, UTC.
    """
    found = evidence(history, now)
    wanted = [*_memory(history, limits, ground, found), *_processors(history, limits, ground, found)]
    wanted += _processes(history, limits)
    recommendations = [one for each in wanted if (one := _judged(each, found))] if history.samples else []
    return Sizing(tuple(recommendations), found, _used(history), _message(found, recommendations))


def _memory(history: History, limits: Limits, ground: Ground, found: Evidence) -> Iterator[_Wanted]:
    if found.growing and found.pressure is None:
        return
    peaks, peak = history.hourly_peaks(), history.peak()
    bump = max((oom_bump(one) for one in history.pressures if one.kind == "oom"), default=0)
    value: float = max(peak * MARGIN, bump, LEAST_LIMIT)
    formula = f"{_size(peak)} peak x {MARGIN}"
    if bump >= value:
        formula = f"{_size(bump)} after a kill for memory"
    pressing = found.pressure is not None
    if pressing and limits.memory is not None and value < 1.25 * limits.memory:
        value, formula = 1.25 * limits.memory, f"1.25 x {_size(limits.memory)}, the limit that was reached"
    value = _rounded_up(value, _STEP_BYTES)
    if ground.memory and value > (most := math.floor(MOST_OF_HOST * ground.memory / _STEP_BYTES) * _STEP_BYTES):
        value, formula = most, f"{MOST_OF_HOST:.0%} of the host's {_size(ground.memory)}"
    # Docker refuses a limit below what is reserved.
    value = max(value, limits.memory_reservation or 0)
    lower = peaks.percentile(0.5) * MARGIN * found.narrowing
    upper = max(peaks.percentile(0.95) * MARGIN * found.widening, value)
    yield _Wanted("mem_limit", limits.memory, value, formula, lower, upper, _STEP_BYTES, pressing)
    target = peaks.percentile(0.9) * MARGIN
    reserved = min(_rounded_up(max(target, LEAST_RESERVATION), _STEP_BYTES), value, limits.memory or value)
    formula = f"{_size(peaks.percentile(0.9))} P90 of hourly peaks x {MARGIN}"
    yield _Wanted("mem_reservation", limits.memory_reservation, reserved, formula, lower, upper, _STEP_BYTES)


def oom_bump(pressure: Pressure) -> int:
    """Return how much memory a container needs that was killed for want of it, in bytes."""
    had = max(pressure.limit, pressure.peak)
    return round(max(had + 100 * MIB if had >= 256 * MIB else 1.5 * had, 1.2 * had))


def _processors(history: History, limits: Limits, ground: Ground, found: Evidence) -> Iterator[_Wanted]:
    cpu = history.cpu
    if cpu.empty:
        return
    lower = cpu.percentile(0.5) * MARGIN * found.narrowing
    upper = cpu.percentile(0.95) * MARGIN * found.widening
    pressing = limits.cpus is not None and found.throttled >= THROTTLED
    value = max(cpu.percentile(0.95) * MARGIN, LEAST_CORES)
    formula = f"{cpu.percentile(0.95):.2f} P95 x {MARGIN}"
    if pressing and limits.cpus is not None:
        # What was used is only what was allowed.
        value = max(cpu.percentile(0.99) * 1.25, 1.5 * limits.cpus)
        formula = f"throttled {found.throttled:.0%} of the time: the larger of 1.25 x P99 and 1.5 x {limits.cpus:g}"
    value = _rounded_up(value, _STEP_CORES)
    if ground.cpus and value > ground.cpus:
        value, formula = ground.cpus, f"all {ground.cpus:g} processors of the host"
    wanted = limits.cpus is not None or ground.wants_cpus
    yield _Wanted("cpus", limits.cpus, value, formula, lower, max(upper, value), _STEP_CORES, pressing, wanted)
    if ground.contended:
        target = cpu.percentile(0.9) * MARGIN
        shares = max(round(SHARES_OF_A_CORE * target), 2)
        formula = f"{SHARES_OF_A_CORE} x {target:.2f} processors (P90 x {MARGIN}), as others compete"
        bounds = (SHARES_OF_A_CORE * lower, SHARES_OF_A_CORE * upper)
        yield _Wanted("cpu_shares", limits.cpu_shares, shares, formula, *bounds, step=SHARES_OF_A_CORE * _STEP_CORES)


def _processes(history: History, limits: Limits) -> list[_Wanted]:
    if not history.pids_peak:
        return []
    value = max(LEAST_PIDS, _rounded_up(2 * history.pids_peak, _STEP_PIDS))
    least = history.pids_peak / 0.9
    formula = f"2 x {history.pids_peak} processes at most, at least {LEAST_PIDS}"
    return [_Wanted("pids_limit", limits.pids, value, formula, least, math.inf, 0.0, decreases=False)]


def _judged(wanted: _Wanted, found: Evidence) -> Recommendation | None:
    """Return the recommendation, None when what is there is as good or when too little speaks against it."""
    current, value = wanted.current, wanted.value
    if current is None:
        return _recommendation(wanted, value, found) if wanted.declares else None
    if value < current:
        if wanted.pressing or not wanted.decreases or current <= wanted.most:
            return None
        if value < current / 2 and not found.may_halve:
            value = _rounded_up(current / 2, wanted.step)
        if found.enough and not found.may_decrease:
            return None
    elif not wanted.pressing and current >= wanted.least and value <= current * (1 + _NOTICEABLE):
        return None
    if abs(value - current) <= max(_NOTICEABLE * current, wanted.step if not wanted.pressing else 0):
        return None
    return _recommendation(wanted, value, found)


def _recommendation(wanted: _Wanted, value: float, found: Evidence) -> Recommendation:
    current = wanted.current
    urgent = wanted.pressing and current is not None and value > current
    return Recommendation(
        field=wanted.field,
        current=current,
        recommended=value,
        formula=wanted.formula,
        samples=found.samples,
        span_s=found.span_s,
        confidence=max(found.confidence, 0.9) if urgent else found.confidence,
        saving=None if current is None else round(current - value, 4),
        urgent=urgent,
        provisional=not found.enough and not urgent,
    )


def _used(history: History) -> dict[str, float]:
    peaks = history.hourly_peaks()
    return {
        "cpu_p50": round(history.cpu.percentile(0.5), 3),
        "cpu_p90": round(history.cpu.percentile(0.9), 3),
        "cpu_max": round(history.cpu.percentile(1.0), 3),
        # A bucket ends above the values in it.
        "memory_p50": min(round(peaks.percentile(0.5)), history.peak()),
        "memory_p90": min(round(peaks.percentile(0.9)), history.peak()),
        "memory_max": history.peak(),
    }


def _message(found: Evidence, recommendations: list[Recommendation]) -> str:
    growth = "memory grows hour by hour: look for a leak before sizing it" if found.growing else ""
    if not found.enough:
        provisional = "; the numbers are provisional" if any(one.provisional for one in recommendations) else ""
        return "; ".join(part for part in (found.missing + provisional, growth) if part)
    if not recommendations:
        return growth or "what it may use fits what it uses"
    return growth or f"from {found.samples} samples over {found.span_s / 3600:.1f} h"


def _rounded_up(value: float, step: float) -> float:
    rounded = math.ceil(round(value / step, 9)) * step
    return int(rounded) if step >= 1 else round(rounded, 4)


def _size(count: float) -> str:
    return f"{count / MIB:.0f} MiB" if count >= 10 * MIB else f"{count / MIB:.1f} MiB"
