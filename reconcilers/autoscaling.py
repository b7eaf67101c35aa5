"""How many replicas a busy service needs: the algorithm of Kubernetes' horizontal pod autoscaler. Pure.

After `pkg/controller/podautoscaler` (replica_calculator.go, horizontal.go): tolerance, replicas that aren't ready or
were not measured, the window in which a smaller number waits, and the pace of growth.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from desired_state.container import ContainerSpec
from desired_state.resource import Stored
from desired_state.scaling import Autoscale

TOLERANCE = 0.1
DOWN_WINDOW = timedelta(seconds=300)
UP_BY = 4


@dataclass(frozen=True, slots=True)
class Replica:
    """One running replica: processors and bytes it uses, None where it was not measured."""

    name: str
    ready: bool
    cores: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How many replicas were wanted at a time, before any window was looked at."""

    at: datetime
    replicas: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many replicas there should be and why; `wishes` go into the next decision. `stuck` says what is missing."""

    replicas: int
    reason: str
    wishes: tuple[Wish, ...]
    stuck: str = ""


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    target: int
    one_has: float
    measured: Callable[[Replica], float | None]
    heeds_readiness: bool


@dataclass(frozen=True, slots=True)
class _Proposal:
    replicas: int
    reason: str


def scaled(stored: Stored, replicas: int | None) -> Stored:
    """Return a resource with as many replicas as autoscaling found right, where nobody declares a number."""
    spec = stored.resource.spec
    if not isinstance(spec, ContainerSpec) or spec.autoscale is None or spec.declared_replicas is not None:
        return stored
    wanted = _within(spec.autoscale, spec.autoscale.min if replicas is None else replicas)
    return replace(stored, resource=replace(stored.resource, spec=spec.model_copy(update={"replicas": wanted})))


def decide(
    spec: ContainerSpec, current: int, replicas: Sequence[Replica], wishes: Sequence[Wish], now: datetime
) -> Verdict:
    """Return how many replicas there should be.

    Args:
        spec: what is declared, with its `autoscale`.
        current: how many replicas are wanted until now.
        replicas: the running ones.
        wishes: those of the last verdict; none at first, which counts as the wish for what there is.
        now: aware, UTC.
    """
    scale = cast("Autoscale", spec.autoscale)
    before = [one for one in wishes if now - one.at <= DOWN_WINDOW] or [Wish(now, current)]
    if current < scale.min or current > scale.max:
        bound = _within(scale, current)
        return Verdict(bound, f"autoscale says {scale.min} to {scale.max}", (*before, Wish(now, bound)))
    found = [(metric, _propose(metric, current, replicas)) for metric in _metrics(spec, scale)]
    proposals = [proposal for _, proposal in found if proposal is not None]
    unknown = [metric.name for metric, proposal in found if proposal is None]
    best = max(proposals, key=lambda one: one.replicas, default=None)
    if best is None or (unknown and best.replicas < current):
        stuck = f"no ready replica was measured yet: {', '.join(unknown)} unknown"
        return Verdict(current, "", tuple(before), stuck)
    wanted = _within(scale, best.replicas)
    since = (*before, Wish(now, wanted))
    steady = _steady(current, wanted, since)
    return Verdict(min(steady, max(2 * current, current + UP_BY)), best.reason, since)


def _within(scale: Autoscale, replicas: int) -> int:
    return min(max(replicas, scale.min), scale.max)


def _metrics(spec: ContainerSpec, scale: Autoscale) -> list[_Metric]:
    found = []
    cores = spec.reservations.cpus or (spec.nano_cpus or 0) / 1e9
    memory = spec.memory_reservation_bytes or spec.memory_bytes or 0
    if scale.cpu is not None and cores:
        found.append(_Metric("cpu", scale.cpu, cores, lambda one: one.cores, heeds_readiness=True))
    if scale.memory is not None and memory:
        found.append(_Metric("memory", scale.memory, float(memory), lambda one: one.memory, heeds_readiness=False))
    return found


def _propose(metric: _Metric, current: int, replicas: Sequence[Replica]) -> _Proposal | None:
    """Return how many replicas one metric asks for; None when nothing is known of it."""
    unready = [one for one in replicas if metric.heeds_readiness and not one.ready]
    values = [metric.measured(one) for one in replicas if one not in unready]
    known = [value for value in values if value is not None]
    missing = max(current - len(replicas), 0) + len(values) - len(known)
    if not known:
        return None
    ratio = _ratio(metric, known)
    reason = f"{metric.name} at {_percent(metric, known):.0f}% of what one replica has, {metric.target}% is wanted"
    growing = ratio > 1
    if not missing and not (unready and growing):
        wanted = current if _tolerable(ratio) else math.ceil(_exact(ratio * len(known)))
        # Fewer than there are ready may be wanted of more that are not: those are on their way.
        return _Proposal(max(wanted, current) if growing else wanted, reason)
    # What isn't known counts against the change: as idle when growing, as fully busy when shrinking.
    assumed = 0.0 if growing else max(metric.target, 100) / 100 * metric.one_has
    filled = [*known, *([assumed] * missing), *([0.0] * len(unready) if growing else [])]
    cautious = _ratio(metric, filled)
    if _tolerable(cautious) or (cautious > 1) != growing:
        return _Proposal(current, reason)
    wanted = math.ceil(_exact(cautious * len(filled)))
    turned = wanted > current if cautious < 1 else wanted < current
    return _Proposal(current if turned else wanted, reason)


def _steady(current: int, wanted: int, wishes: Sequence[Wish]) -> int:
    """Return the number to go to: more at once, fewer only as far as nothing in the window asked for more."""
    if wanted >= current:
        return wanted
    return min(current, max(one.replicas for one in wishes))


def _ratio(metric: _Metric, values: Sequence[float]) -> float:
    return _percent(metric, values) / metric.target


def _percent(metric: _Metric, values: Sequence[float]) -> float:
    return 100 * sum(values) / len(values) / metric.one_has


def _tolerable(ratio: float) -> bool:
    return abs(ratio - 1) <= TOLERANCE + 1e-9


def _exact(value: float) -> float:
    # Binary fractions must not ask for one replica more.
    return round(value, 6)
