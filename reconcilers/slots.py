"""Decide what one slot needs: the place of one container among a resource's replicas."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.actions import Action, CreateInstance, Forget, Pull, Unpause
from reconcilers.comparing import compare_instance, finished
from reconcilers.decision import Change, FieldChange, Verb
from reconcilers.effects import strongest
from reconcilers.gates import Wait, creation_gate, start_gate
from reconcilers.readiness import readiness
from reconcilers.removing import grace_of, removal_change, remove_instance, stop
from reconcilers.repairing import repair
from reconcilers.starting import restart_by_hand, restarting, starting
from reconcilers.world import ContainerWorld

SlotState = Literal[
    "ready", "running", "acting", "waiting", "crash-looping", "held", "conflict", "completed", "failed", "stopped"
]


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What one slot needs, and how it stands. `replaces` marks the first step of a replacement, which a rollout may
    hold back; `running` says whether it serves meanwhile."""

    slot: int
    state: SlotState
    reason: str = ""
    message: str = ""
    actions: tuple[Action, ...] = ()
    change: Change | None = None
    retry_at: datetime | None = None
    running: bool = False
    replaces: bool = False


def plan_slot(world: ContainerWorld, slot: int, now: datetime) -> SlotPlan:
    """Return what brings one slot to its desired state."""
    members = members_of(world, slot)
    if not members:
        return _fill(world, slot, now)
    leaving = [instance for instance in members if instance.phase == "removing"]
    if leaving:
        actions = tuple(a for instance in leaving for a in remove_instance(world, instance, "its removal was begun"))
        return SlotPlan(slot, "acting", "Removing", actions=actions)
    newest = members[-1]
    if newest.phase == "pending":
        return _carry_on(world, newest)
    container = world.containers.get(newest.container_id or "")
    if container is None:
        return _lost(world, newest)
    if len(members) > 1:
        return _take_over(world, newest, container, members[:-1], now)
    return _tend(world, newest, container, now)


def members_of(world: ContainerWorld, slot: int) -> list[Instance]:
    """Return a slot's instances, oldest first; more than one only while a replacement is under way."""
    members = [instance for instance in world.instances if instance.slot == slot]
    return sorted(
        members, key=lambda one: (one.generation, one.created_at.timestamp() if one.created_at else 0.0, one.uid)
    )


def plan_surplus(world: ContainerWorld) -> list[SlotPlan]:
    """Return the removal of the slots beyond the declared number of replicas, the highest first."""
    surplus = [instance for instance in world.instances if instance.slot > world.spec.replica_count]
    reason = f"{world.spec.replica_count} replicas are declared"
    return [
        SlotPlan(
            instance.slot,
            "acting",
            "ScalingDown",
            actions=remove_instance(world, instance, reason),
            change=removal_change(world, instance),
        )
        for instance in sorted(surplus, key=lambda one: -one.slot)
    ]


def _fill(world: ContainerWorld, slot: int, now: datetime) -> SlotPlan:
    if world.stored.stopped:
        return SlotPlan(slot, "stopped", "Stopped")
    name = naming.container_name(world.stored.key, world.spec, slot)
    field = FieldChange("status.state", "running", "absent", "missing", "recreate")
    change = Change(world.stored.key, "create", "recreate", (field,), name)
    at_once = start_gate(world) is None
    create = CreateInstance("declared but absent", "", slot, name=name, final_name=name, start=at_once)
    return replace(_create(world, create, now), change=change)


def _create(world: ContainerWorld, create: CreateInstance, now: datetime) -> SlotPlan:
    gate = creation_gate(world, create.name, now)
    if isinstance(gate, Wait):
        return SlotPlan(create.slot, gate.state, gate.reason, gate.message, retry_at=gate.until)
    if isinstance(gate, Pull):
        return SlotPlan(create.slot, "acting", "Pulling", gate.reason, (gate,))
    return SlotPlan(create.slot, "acting", "Creating", create.reason, (create,))


def _carry_on(world: ContainerWorld, instance: Instance) -> SlotPlan:
    reason = "its creation was begun and not recorded as done"
    if instance.generation != world.stored.generation:
        # What it was to be made from is no longer declared: end it and begin anew.
        return SlotPlan(instance.slot, "acting", "Removing", actions=remove_instance(world, instance, reason))
    create = CreateInstance(reason, instance.uid, instance.slot, name=instance.name, final_name=instance.final_name)
    return SlotPlan(instance.slot, "acting", "Creating", reason, (create,))


def _lost(world: ContainerWorld, instance: Instance) -> SlotPlan:
    restarts = instance.restarts
    if world.spec.effective_restart.policy == "never" and restarts.last_exit_code is not None:
        state: SlotState = "completed" if restarts.last_exit_code == 0 else "failed"
        return SlotPlan(instance.slot, state, state.capitalize(), f"exited with code {restarts.last_exit_code}")
    reason = f"container {(instance.container_id or '')[:12]} is gone"
    field = FieldChange("status.state", "running", "absent", "drift", "recreate")
    return SlotPlan(
        instance.slot,
        "acting",
        "Removed",
        reason,
        (Forget(reason, instance.uid, instance.slot, container_id=instance.container_id or ""),),
        Change(world.stored.key, "create", "recreate", (field,), instance.final_name),
    )


def _take_over(
    world: ContainerWorld, newest: Instance, container: Container, older: list[Instance], now: datetime
) -> SlotPlan:
    """Bring a replacement into service: stop the former, start the new one, remove the former once that is ready."""
    fields = compare_instance(world, newest, container)
    if strongest(field.effect for field in fields if field.cause == "spec") == "recreate":
        reason = "a newer generation is declared"
        return SlotPlan(newest.slot, "acting", "Replacing", reason, remove_instance(world, newest, reason))
    plan = _run(world, newest, container, now)
    reason = f"replaced by generation {newest.generation}"
    if plan.state == "ready" or world.stored.stopped:
        actions = tuple(action for instance in older for action in remove_instance(world, instance, reason))
        return replace(plan, state="acting", actions=(*actions, *plan.actions))
    if container.started_at is None and plan.actions:
        plan = replace(plan, actions=(*_stop_all(world, older, reason), *plan.actions))
    return replace(plan, change=Change(world.stored.key, "replace", "recreate", fields, newest.final_name))


def _stop_all(world: ContainerWorld, instances: list[Instance], reason: str) -> list[Action]:
    pairs = [(instance, world.containers.get(instance.container_id or "")) for instance in instances]
    return [stop(one, container, grace_of(one), reason) for one, container in pairs if container and container.running]


def _tend(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    fields = compare_instance(world, instance, container)
    enforced = [field for field in fields if _enforced(world, field)]
    if strongest(field.effect for field in enforced) == "recreate":
        return _replace(world, instance, container, fields, now)
    plan = _run(world, instance, container, now)
    repairs = repair(world, instance, container, enforced)
    change = Change(world.stored.key, _verb(fields), strongest(f.effect for f in fields), fields, instance.final_name)
    return replace(plan, actions=(*repairs, *plan.actions), change=change if fields else None)


def _enforced(world: ContainerWorld, field: FieldChange) -> bool:
    drift = world.spec.drift
    only_told = drift is not None and drift.default == "alert"
    return field.cause != "drift" or not only_told or field.path == "status.state"


def _replace(
    world: ContainerWorld, instance: Instance, container: Container, fields: tuple[FieldChange, ...], now: datetime
) -> SlotPlan:
    causes = ", ".join(dict.fromkeys(field.path for field in fields if field.effect == "recreate"))
    name = naming.replacement_name(instance.final_name, world.stored.generation)
    if instance.generation == world.stored.generation:
        name = f"{name}-{len(world.instances)}"
    change = Change(world.stored.key, "replace", "recreate", fields, instance.final_name)
    final = naming.container_name(world.stored.key, world.spec, instance.slot)
    create = CreateInstance(f"changed: {causes}", "", instance.slot, name=name, final_name=final)
    return replace(_create(world, create, now), change=change, running=container.running, replaces=True)


def _run(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    """Return what its life needs: started, stopped, unpaused, restarted, or left alone."""
    slot = instance.slot
    if world.stored.stopped:
        halt = (stop(instance, container, grace_of(instance), "a stop was asked for"),) if container.running else ()
        return SlotPlan(slot, "stopped", "Stopped", actions=halt)
    if container.state == "paused":
        unpause = Unpause("paused by hand", instance.uid, slot, container_id=container.id)
        return SlotPlan(slot, "acting", "Paused", "paused by hand", (unpause,), running=True)
    if container.state in ("restarting", "removing"):
        return SlotPlan(slot, "crash-looping" if container.state == "restarting" else "acting", "DockerRestarts")
    if container.running:
        return _watch(world, instance, container, now)
    return _rest(world, instance, container, now)


def _rest(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    slot = instance.slot
    if finished(world.spec, container):
        state: SlotState = "completed" if container.exit_code == 0 else "failed"
        return SlotPlan(slot, state, state.capitalize(), f"exited with code {container.exit_code}")
    start = starting(world, instance, container, now)
    if isinstance(start, Wait):
        return SlotPlan(slot, start.state, start.reason, start.message, retry_at=start.until)
    return SlotPlan(slot, "acting", "Starting", start.reason, (start,))


def _watch(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    if asked := restart_by_hand(world, instance, container):
        return SlotPlan(instance.slot, "acting", "Restarting", asked[0].reason, asked, running=True)
    judged = readiness(world.spec, container, world.health)
    if judged.ready:
        return SlotPlan(instance.slot, "ready", running=True)
    if not judged.failing or world.spec.effective_restart.policy == "never":
        return SlotPlan(instance.slot, "running", "NotReady", judged.message, running=True)
    restart = restarting(world, instance, container, judged.message, now)
    if isinstance(restart, Wait):
        return SlotPlan(
            instance.slot, restart.state, restart.reason, restart.message, retry_at=restart.until, running=True
        )
    return SlotPlan(instance.slot, "acting", "Restarting", judged.message, restart, running=True)


def _verb(fields: tuple[FieldChange, ...]) -> Verb:
    state = next((field for field in fields if field.path == "status.state"), None)
    if state is None:
        return "update"
    if state.declared == "stopped":
        return "stop"
    return "unpause" if state.observed == "paused" else "start"
