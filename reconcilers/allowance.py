"""Which slots may take their next step now: never fewer ready than allowed, never more running than allowed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from desired_state.update import Pace
from reconcilers.editions import current_record
from reconcilers.members import by_slot, container_of
from reconcilers.slot_plan import SlotPlan, earliest
from reconcilers.world import ContainerWorld


def allowed(world: ContainerWorld, plans: Sequence[SlotPlan], now: datetime) -> list[SlotPlan]:
    """Return the plans, those that may not take their step now with what is done meanwhile.

    What is begun is carried on before anything else is begun, and what is not ready anyway is replaced first.
    """
    if not any(plan.step for plan in plans):
        return list(plans)
    record = current_record(world)
    paused = record is not None and record.state == "paused"
    budget = _Budget(world.pace, plans, _running(world), paused=paused, next_at=_next_at(world.pace, plans))
    granted = {plan.slot for plan in sorted(plans, key=_urgency) if plan.step and budget.grants(plan, now)}
    return [plan if not plan.step or plan.slot in granted else _withheld(plan, budget, now) for plan in plans]


def _urgency(plan: SlotPlan) -> tuple[bool, bool, int]:
    return (plan.step == "begin", plan.available, plan.slot)


def _withheld(plan: SlotPlan, budget: "_Budget", now: datetime) -> SlotPlan:
    waits = budget.next_at if plan.step == "begin" and budget.next_at and budget.next_at > now else None
    return replace(plan, actions=plan.meanwhile, retry_at=earliest(plan.retry_at, waits))


def _running(world: ContainerWorld) -> dict[int, int]:
    """Return how many containers run in each slot."""
    return {
        slot: sum(container.running for one in members if (container := container_of(world, one)))
        for slot, members in by_slot(world.instances).items()
    }


def _next_at(pace: Pace, plans: Iterable[SlotPlan]) -> datetime | None:
    """Return when the declared delay after the last slot that was updated is over."""
    moments = [plan.ready_since for plan in plans if plan.ready_since]
    return max(moments) + timedelta(seconds=pace.delay_s) if moments and pace.delay_s else None


@dataclass
class _Budget:
    """What is left of the allowance while the slots are asked one after another."""

    pace: Pace
    plans: Sequence[SlotPlan]
    running: dict[int, int]
    paused: bool
    next_at: datetime | None
    taken_down: int = 0
    started: int = 0
    begun: int = 0
    carried_on: set[int] = field(default_factory=set)

    def grants(self, plan: SlotPlan, now: datetime) -> bool:
        """Return whether the plan may take its step, and count it if so."""
        if self.paused and plan.updates and plan.step != "switch":
            return False
        if plan.step == "switch":
            return not self.pace.blue_green or all(one.stage in ("", "ready", "done") for one in self.plans)
        if plan.step == "take-down":
            return self._takes_down(plan)
        if plan.step == "start":
            return self._starts(plan)
        return self._begins(plan, now)

    def _takes_down(self, plan: SlotPlan) -> bool:
        if self._away(plan) + self.taken_down >= max(self.pace.max_unavailable, 1):
            return False
        self.taken_down += plan.available
        self.carried_on.add(plan.slot)
        return True

    def _starts(self, plan: SlotPlan) -> bool:
        if self._beside() + self.started >= self.pace.max_surge:
            return False
        self.started += 1
        self.carried_on.add(plan.slot)
        return True

    def _begins(self, plan: SlotPlan, now: datetime) -> bool:
        if not plan.available and not plan.undecided:
            return True  # nothing is lost by it
        most, under_way = self.pace.parallelism, self._under_way()
        if (self.next_at and now < self.next_at) or (most is not None and under_way + self.begun >= most):
            return False
        if self._needed(plan) + self.begun >= (
            self.pace.max_unavailable if self.pace.order == "stop-first" else self.pace.max_surge
        ):
            return False
        self.begun += 1
        return True

    def _needed(self, plan: SlotPlan) -> int:
        """Return how much of the allowance others use, what has been begun and not taken yet included."""
        waiting = [one for one in self.plans if one.stage == "coming" and one.slot not in self.carried_on]
        if self.pace.order == "stop-first":
            return self._away(plan) + self.taken_down + sum(one.available for one in waiting)
        idle = sum(self.running.get(one.slot, 0) < 2 and one.available for one in waiting)
        return self._beside() + self.started + idle

    def _under_way(self) -> int:
        return sum(one.stage in ("coming", "ready") for one in self.plans)

    def _away(self, asking: SlotPlan) -> int:
        """Return how many other slots are not ready, or not known to be."""
        return sum(not one.available for one in self.plans if one.slot != asking.slot)

    def _beside(self) -> int:
        return sum(max(count - 1, 0) for count in self.running.values())
