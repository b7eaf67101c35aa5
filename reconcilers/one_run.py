"""Decide what one run of a scheduled container needs, from the moment it is recorded until it is over."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from observed_state.container import Container
from observed_state.instance import Instance
from observed_state.run import Run
from reconcilers import jobs
from reconcilers.actions import Action, CreateInstance, Forget, UpdateRun
from reconcilers.creating import creating
from reconcilers.gates import start_gate
from reconcilers.living import as_made, living
from reconcilers.members import container_of
from reconcilers.removing import grace_of, remove_instance, stop
from reconcilers.slot_plan import SlotPlan, SlotState, earliest
from reconcilers.world import ContainerWorld


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that is not over: its instance, if it has one, and what it needs."""

    run: Run
    instance: Instance | None
    slot: SlotPlan

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.slot.actions

    @property
    def retry_at(self) -> datetime | None:
        return self.slot.retry_at


def plan_run(world: ContainerWorld, run: Run, now: datetime) -> RunPlan:
    """Return what brings one run to its end."""
    instance = next((one for one in world.helpers if one.role == "run" and one.slot == run.number), None)
    return RunPlan(run, instance, _plan(world, run, instance, now))


def stop_for_next(world: ContainerWorld, plan: RunPlan) -> tuple[Action, ...]:
    """Return what ends a run because the next one's time has come."""
    container = container_of(world, plan.instance) if plan.instance else None
    if plan.instance is None or container is None or not container.running:
        return plan.actions
    halt = stop(plan.instance, container, grace_of(plan.instance), "its next run is due")
    return (replace(halt, for_good=jobs.REPLACED),)


def run_name(world: ContainerWorld, number: int) -> str:
    """Return the name of one run's container: `shop-backup-17`."""
    return f"{world.stored.key.namespace}-{world.stored.key.name}-{number}"


def _plan(world: ContainerWorld, run: Run, instance: Instance | None, now: datetime) -> SlotPlan:
    if world.stored.stopped and (instance is None or not _runs(world, instance)):
        return _over(world, run, instance, now, replace(run, state="stopped", message="a stop was asked for"))
    if instance is None or instance.phase == "pending":
        return _make(world, run, instance, now)
    container = container_of(world, instance)
    if container is None:
        return _vanished(world, run, instance, now)
    if container.started_at is None and instance.restarts.held:
        return _over(world, run, instance, now, _failed(run, f"it could not start: {instance.restarts.last_reason}"))
    return _live(as_made(world, instance), run, instance, container, now)


def _runs(world: ContainerWorld, instance: Instance) -> bool:
    container = container_of(world, instance)
    return container is not None and (container.running or container.state == "restarting")


def _make(world: ContainerWorld, run: Run, instance: Instance | None, now: datetime) -> SlotPlan:
    """Make the run's container, once, or say that it can't be."""
    if run.state == "running":
        return _over(world, run, instance, now, _failed(run, "the record of its container is gone"))
    if instance and instance.restarts.held:
        return _over(world, run, instance, now, _failed(run, f"it could not be made: {instance.restarts.last_reason}"))
    allowed = world.spec.active_deadline
    deadline = run.created_at + timedelta(seconds=allowed) if allowed is not None else None
    if deadline and now >= deadline:
        return _over(world, run, instance, now, _failed(run, "it could not begin before its deadline"))
    name = run_name(world, run.number)
    at_once = start_gate(world) is None and not instance and not world.spec.pre_start
    reason = f"run {run.number} is due" if run.trigger == "schedule" else f"run {run.number} was asked for"
    create = CreateInstance(
        reason, instance.uid if instance else "", run.number, name=name, final_name=name, start=at_once, role="run"
    )
    plan = creating(world, create, now)
    return replace(plan, retry_at=earliest(plan.retry_at, deadline))


def _vanished(world: ContainerWorld, run: Run, instance: Instance, now: datetime) -> SlotPlan:
    """A run is never begun twice: one whose container is gone is over."""
    done = _failed(run, "its container was removed")
    code = instance.restarts.last_exit_code
    if code is not None:
        done = replace(
            done, state="succeeded" if code == 0 else "failed", exit_code=code, message=f"exited with code {code}"
        )
    reason = f"container {(instance.container_id or '')[:12]} is gone"
    forget = Forget(reason, instance.uid, run.number, container_id=instance.container_id or "")
    plan = _over(world, run, None, now, done)
    return replace(plan, actions=(*plan.actions, forget))


def _live(world: ContainerWorld, run: Run, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    if _cut_short(world, instance, container):
        return _over(world, run, None, now, _failed(run, "it was cut short by a stop of Ergon's"))
    life = living(world, instance, container, now)
    done = life.state in ("completed", "failed")
    if run.state == "pending" and container.started_at:
        run = replace(run, state="running", started_at=container.started_at)
        if not done:
            return replace(life, actions=(_update(run, "its container started"), *life.actions))
    if not done:
        return life
    ended = replace(run, exit_code=container.exit_code, ended_at=container.finished_at, message=life.message)
    if instance.restarts.ended == jobs.REPLACED:
        return _over(world, run, None, now, replace(ended, state="stopped"))
    return _over(world, run, None, now, replace(ended, state="succeeded" if life.state == "completed" else "failed"))


def _cut_short(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether a run that is tried once ended by Ergon's own hand, as at the controller's end."""
    stopped = instance.stop_expected and not instance.restarts.ended and container.state == "exited"
    return stopped and not world.stored.stopped and world.spec.effective_restart.policy == "never"


def _failed(run: Run, message: str) -> Run:
    return replace(run, state="failed", message=message)


def _over(world: ContainerWorld, run: Run, instance: Instance | None, now: datetime, ended: Run) -> SlotPlan:
    """Record the end of a run; what was never started of it goes at once."""
    ended = replace(ended, ended_at=ended.ended_at or now)
    unmade = instance is not None and container_of(world, instance) is None
    leaves = remove_instance(world, instance, ended.message) if instance and unmade else ()
    told = f"run {run.number} {ended.state}: {ended.message}"
    state: SlotState = "completed" if ended.state == "succeeded" else "failed"
    return SlotPlan(run.number, state, ended.state.capitalize(), told, (*leaves, _update(ended, told)))


def _update(run: Run, reason: str) -> UpdateRun:
    return UpdateRun(reason, slot=run.number, run=run)
