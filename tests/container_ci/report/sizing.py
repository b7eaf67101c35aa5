"""Sizing: do recommendations meet what was really used, and hold back where too little is known?"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from container_ci.sizing.history import History
from container_ci.sizing.recommending import Ground, Limits, Sizing, recommend
from container_ci.sizing.samples import sample
from engine import observing
from observed_state.container import Container
from observed_state.usage import Counters
from tests.container_ci.recorded import Case
from tests.container_ci.report.figures import Figure, Outcome, share, total

_HOST = Ground(memory=64 << 30, cpus=16)


def sized(case: Case) -> Sizing:
    """Return what is recommended for a case, as if its samples had been taken by a companion."""
    container = observing.container(case.data["inspect"])
    limits = _limits(container)
    # The clock of the samples is stretched: they end now, whenever the container was started.
    began = case.now - timedelta(seconds=case.data["samples"][-1][0])
    readings = [
        Counters(
            at=began + timedelta(seconds=after_s),
            cpu_ns=int(cpu_ns),
            memory=memory,
            inactive_file=inactive,
            memory_limit=limits.memory,
            peak=peak,
            periods=periods,
            throttled_periods=throttled,
            limit_hits=hits,
            oom_kills=ooms,
            pids=pids,
        )
        for after_s, cpu_ns, periods, throttled, memory, inactive, peak, hits, pids, ooms in case.data["samples"]
    ]
    history = History()
    for before, after in pairwise(readings):
        if one := sample(before, after, began):
            history.add(one)
    return recommend(history, limits, _HOST, case.now)


def _limits(container: Container) -> Limits:
    declared = {name: int(value) for name, value in container.resources.items() if str(value).isdecimal()}
    cpus = declared.get("NanoCpus")
    return Limits(
        memory=declared.get("Memory"),
        memory_reservation=declared.get("MemoryReservation"),
        cpus=cpus / 1e9 if cpus else None,
        pids=declared.get("PidsLimit"),
    )


def outcome(case: Case) -> Outcome:
    """Return how sizing did on one case."""
    sizing = sized(case)
    found = {one.field: one for one in sizing.recommendations}
    expected = case.expect["recommendations"]
    wrong = []
    for name, (least, most) in expected.items():
        if name not in found:
            wrong.append(f"no {name}, not {least} to {most}")
        elif not least <= found[name].recommended <= most:
            wrong.append(f"{name} {found[name].recommended:g}, not {least} to {most}")
    right = len(expected) - len(wrong)
    forbidden = [
        f"{one.field} {one.recommended:g} for {one.current}"
        for one in sizing.recommendations
        if not one.provisional
        and (one.field in case.forbid or (f"{one.field}-" in case.forbid and (one.saving or 0) > 0))
    ]
    if sizing.enough_data != case.expect["enough_data"]:
        wrong.append("enough data" if sizing.enough_data else "not enough data")
    counts = {"expected": len(expected), "right": right, "forbidden": len(forbidden)}
    counts["enough"] = sizing.enough_data == case.expect["enough_data"]
    return Outcome(case.name, counts, (*wrong, *(f"forbidden {one}" for one in forbidden)))


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures that sizing is held to."""
    return [
        Figure("cases", len(outcomes)),
        Figure("within bounds", share(total(outcomes, "right"), total(outcomes, "expected")), 0.95),
        Figure("enough data or not", share(total(outcomes, "enough"), len(outcomes)), 1.0),
        Figure("forbidden answers", total(outcomes, "forbidden"), 0, at_most=True),
    ]
