"""What a container that runs to completion needs beside its start: a deadline, and to be tidied away in the end."""

from dataclasses import replace
from datetime import datetime, timedelta

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import Retire
from reconcilers.endings import exhausted, how_it_ended, left_so
from reconcilers.removing import grace_of, stop
from reconcilers.revision import same_work
from reconcilers.slot_plan import SlotPlan, SlotState, earliest
from reconcilers.world import ContainerWorld

DEADLINE = "DeadlineExceeded"
REPLACED = "Replaced"
_WHY_ENDED = {DEADLINE: "stopped at its deadline", REPLACED: "stopped for the next run"}


def deadline_of(world: ContainerWorld, instance: Instance, container: Container) -> datetime | None:
    """Return when the present attempt at a job must be over, all its tries together; None: no such time."""
    allowed = world.spec.active_deadline
    began = instance.restarts.began or container.started_at
    return began + timedelta(seconds=allowed) if allowed is not None and began is not None else None


def cut_off(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan | None:
    """Return the end for good of a job that is past its deadline, None while it may go on."""
    deadline = deadline_of(world, instance, container)
    if deadline is None or now < deadline:
        return None
    why = f"its deadline of {world.spec.active_deadline:g} s has passed"
    halt = replace(stop(instance, container, grace_of(instance), why), for_good=DEADLINE)
    return SlotPlan(instance.slot, "acting", DEADLINE, why, (halt,), running=container.running)


def ended(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    """Return how a finished job stands, and its removal once it has been kept long enough."""
    plan = outcome(instance, container)
    kept, at = world.spec.ttl_after_finished, container.finished_at
    if kept is None or at is None:
        return plan
    due = at + timedelta(seconds=kept)
    if now < due:
        return replace(plan, retry_at=due)
    reason = f"finished more than {kept:g} s ago"
    return replace(plan, actions=(Retire(reason, instance.uid, instance.slot, container_id=container.id),))


def outcome(instance: Instance, container: Container) -> SlotPlan:
    """Return the state of a slot whose job is over, in words."""
    if reason := instance.restarts.ended:
        return SlotPlan(instance.slot, "failed", reason, f"{_WHY_ENDED[reason]}; {how_it_ended(container)}")
    state: SlotState = "completed" if container.exit_code == 0 else "failed"
    return SlotPlan(instance.slot, state, state.capitalize(), how_it_ended(container))


def remembered(world: ContainerWorld, instance: Instance) -> SlotPlan | None:
    """Return how a job ended whose container is gone, None when it is to be run (again).

    A job is not run twice because its container was tidied away.
    """
    restarts, asked = instance.restarts, world.stored.restart_requested
    if restarts.unended or restarts.last_exit_code is None or not same_work(world, instance):
        return None
    if asked and restarts.last_exit_at and asked > restarts.last_exit_at:
        return None
    return _last_outcome(world, instance, restarts.last_exit_code)


def _last_outcome(world: ContainerWorld, instance: Instance, code: int) -> SlotPlan | None:
    restarts, text = instance.restarts, f"exited with code {code}"
    if restarts.ended:
        return SlotPlan(instance.slot, "failed", restarts.ended, f"{_WHY_ENDED[restarts.ended]}; {text}")
    if instance.stop_expected:
        return None
    if left_so(world.spec, code):
        state: SlotState = "completed" if code == 0 else "failed"
        return SlotPlan(instance.slot, state, state.capitalize(), text)
    if exhausted(world.spec.effective_restart, restarts.failures):
        message = f"{text}; gave up after {restarts.failures} restarts"
        return SlotPlan(instance.slot, "failed", "AttemptsExhausted", message)
    return None


def looks_again(plan: SlotPlan, world: ContainerWorld, instance: Instance, container: Container) -> SlotPlan:
    """Return the plan of a job that is not over, to be looked at again at its deadline at the latest."""
    deadline = deadline_of(world, instance, container)
    return plan if deadline is None else replace(plan, retry_at=earliest(plan.retry_at, deadline))
