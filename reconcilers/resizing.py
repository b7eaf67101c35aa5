"""Whether limits that follow from measured use are declared now, and whether that has to be undone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from desired_state.scaling import Bounds, ResourcePolicy

PAUSE = timedelta(hours=24)
PROBATION = timedelta(hours=1)
# What may be changed on a living container, and what bounds it.
BOUND_OF: Mapping[str, Literal["memory", "cpus"]] = {
    "mem_limit": "memory",
    "mem_reservation": "memory",
    "cpus": "cpus",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One limit that should be another; `sure`: enough was seen to act on it."""

    field: str
    current: float | None
    value: float
    sure: bool
    formula: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A container was killed for memory (`oom`) or held back (`throttled`)."""

    kind: Literal["oom", "throttled"]
    at: datetime

    @property
    def fields(self) -> tuple[str, ...]:
        """The limits that may be its cause."""
        return ("mem_limit",) if self.kind == "oom" else ("cpus",)

    @property
    def text(self) -> str:
        return "killed for memory" if self.kind == "oom" else "throttled"


@dataclass(frozen=True, slots=True)
class Resizing:
    """A change of limits: what they were before (None: not limited), what they are since `at`, and why."""

    at: datetime
    before: Mapping[str, float | None]
    after: Mapping[str, float]
    reason: str
    undoes: bool = False


def decide(
    policy: ResourcePolicy,
    proposals: Sequence[Proposal],
    last: Resizing | None,
    troubles: Sequence[Trouble],
    now: datetime,
) -> Resizing | None:
    """Return the change to make now, None for none.

    Args:
        policy: what the spec allows; nothing happens unless it says `apply`.
        proposals: what follows from measured use.
        last: the change before this one.
        troubles: kills and throttling that were seen.
        now: aware, UTC.
    """
    if policy.auto != "apply":
        return None
    if last is not None and (back := _undoing(policy, last, troubles, now)):
        return back
    if last is not None and now - last.at < PAUSE:
        return None
    wanted = {
        one.field: _bounded(policy, one.field, one.value) for one in proposals if one.sure and _may_be_set(policy, one)
    }
    current = {one.field: one.current for one in proposals}
    if (limit := wanted.get("mem_limit")) and (reserved := wanted.get("mem_reservation")):
        wanted["mem_reservation"] = min(reserved, limit)
    after = {name: value for name, value in wanted.items() if value != current[name]}
    if not after:
        return None
    reasons = [f"{one.field}: {one.formula}" for one in proposals if one.field in after]
    return Resizing(now, {name: current[name] for name in after}, after, "; ".join(reasons))


def _may_be_set(policy: ResourcePolicy, proposal: Proposal) -> bool:
    """Return whether a limit is one that may be changed: none is introduced that nobody spoke of."""
    if proposal.field not in BOUND_OF:
        return False
    spoken_of = proposal.field != "mem_reservation" and _bound(policy.max, proposal.field) is not None
    return proposal.current is not None or spoken_of


def _undoing(policy: ResourcePolicy, last: Resizing, troubles: Sequence[Trouble], now: datetime) -> Resizing | None:
    """Return the way back from a change that took too much away, as long as it is on probation."""
    if last.undoes or now - last.at > PROBATION:
        return None
    for trouble in troubles:
        taken = [name for name in trouble.fields if _took_away(last, name)]
        if trouble.at >= last.at and taken:
            before = {name: last.before[name] for name in last.after}
            back = {name: _returned(policy, last, name) for name in last.after}
            since = (
                f"{trouble.text} {(trouble.at - last.at).total_seconds():.0f} s after {', '.join(taken)} was lowered"
            )
            return Resizing(now, {name: last.after[name] for name in before}, back, since, undoes=True)
    return None


def _took_away(last: Resizing, name: str) -> bool:
    before = last.before.get(name)
    return name in last.after and (before is None or last.after[name] < before)


def _returned(policy: ResourcePolicy, last: Resizing, name: str) -> float:
    """Return what a limit was; where there was none, the most that is allowed, as none can be lifted in place."""
    if (before := last.before[name]) is not None:
        return before
    most = _bound(policy.max, name)
    return most if most is not None else 2 * last.after[name]


def _bounded(policy: ResourcePolicy, name: str, value: float) -> float:
    least, most = _bound(policy.min, name), _bound(policy.max, name)
    value = value if least is None else max(value, least)
    return value if most is None else min(value, most)


def _bound(bounds: Bounds | None, name: str) -> float | None:
    found: float | None = getattr(bounds, BOUND_OF[name]) if bounds is not None else None
    return found
