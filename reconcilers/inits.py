"""Decide what comes before a container's first start: the steps of `pre_start`, one after another, each to its end.

A step is a container of its own and a job. It is run again when what it runs with has changed, when it failed, and,
if it is run for each replica, when the replica's container is another one.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from desired_state.container import ContainerSpec
from desired_state.pre_start import PreStart, spec_of_step
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import Action, CreateInstance, Forget
from reconcilers.creating import creating, is_creation
from reconcilers.endings import how_it_ended, over
from reconcilers.gates import Wait, start_gate
from reconcilers.removing import grace_of, remove_instance, stop
from reconcilers.slot_plan import SlotPlan
from reconcilers.starting import restart_is_asked, starting
from reconcilers.world import ContainerWorld

PREPARING = "Preparing"
FAILED = "PreStartFailed"


def preparing(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan | None:
    """Return what has to be done before a container starts for the first time, None when nothing has (any more)."""
    if container.started_at is not None or not world.spec.pre_start or start_gate(world):
        return None
    plans = (_step(world, instance, number, now) for number in range(1, len(world.spec.pre_start) + 1))
    return next((plan for plan in plans if plan is not None), None)


def is_preparing(plan: SlotPlan) -> bool:
    """Return whether a plan is about what comes before a start."""
    return plan.reason in (PREPARING, FAILED)


def world_of_step(world: ContainerWorld, number: int) -> ContainerWorld:
    """Return the world in which one step (from 1) is a resource of its own."""
    spec = ContainerSpec.from_declared(spec_of_step(world.spec.declared(), world.spec.pre_start[number - 1]))
    resource = replace(world.stored.resource, spec=spec)
    image = world.step_images.get(number, world.image)
    return replace(world, stored=replace(world.stored, resource=resource), image=image, dependencies={})


def abandoned(world: ContainerWorld) -> tuple[Action, ...]:
    """Return what ends steps that come before nothing any more, and stops those of what is stopped."""
    slots = {one.slot for one in (*world.instances, *world.helpers) if one.role != "init"}
    steps = {number: declared.per_replica for number, declared in enumerate(world.spec.pre_start, start=1)}
    inits = [one for one in world.helpers if one.role == "init"]
    return tuple(action for one in inits for action in _abandoned(world, one, slots, steps))


def _abandoned(world: ContainerWorld, one: Instance, slots: set[int], steps: dict[int, bool]) -> Iterator[Action]:
    belongs = one.slot in slots if steps.get(one.step) else one.slot == 0
    if one.step not in steps or not belongs:
        yield from remove_instance(world, one, "it comes before nothing any more")
    elif world.stored.stopped and (container := world.containers.get(one.container_id or "")) and container.running:
        yield stop(one, container, grace_of(one), "a stop was asked for")


def _step(world: ContainerWorld, main: Instance, number: int, now: datetime) -> SlotPlan | None:
    """Return what one step needs, None when it has ended well."""
    declared = world.spec.pre_start[number - 1]
    slot = main.slot if declared.per_replica else 0
    own = world_of_step(world, number)
    record = next((one for one in world.helpers if (one.role, one.slot, one.step) == ("init", slot, number)), None)
    told = f"pre_start {number} of {len(world.spec.pre_start)} (`{declared.shown}`)"
    create = _create(world, main, number, declared)
    if record is None:
        return _made(own, main, create, told, now)
    if record.phase == "removing" or _is_outdated(own, main, record, declared):
        return _acting(main, told, remove_instance(world, record, "it is to be run anew"))
    own = replace(own, stored=replace(own.stored, generation=record.generation))
    if record.phase == "pending":
        return _made(own, main, replace(create, instance=record.uid, name=record.name), told, now)
    return _run(own, main, record, told, now)


def _is_outdated(own: ContainerWorld, main: Instance, record: Instance, declared: PreStart) -> bool:
    if dict(record.spec) != own.spec.declared():
        return True
    image, then = own.image.image, record.resolved.get("image_id")
    moved = image is not None and then and image.id != then
    replaced = declared.per_replica and record.created_at and main.created_at and record.created_at < main.created_at
    return bool(moved or replaced)


def _create(world: ContainerWorld, main: Instance, number: int, declared: PreStart) -> CreateInstance:
    key = world.stored.key
    slot = main.slot if declared.per_replica else 0
    base = main.final_name if declared.per_replica else f"{key.namespace}-{key.name}"
    name, reason = f"{base}-init-{number}", f"pre_start {number}: {declared.shown}"
    return CreateInstance(
        reason, "", slot, name=name, final_name=name, start=True, role="init", step=number, veiled=True
    )


def _made(own: ContainerWorld, main: Instance, create: CreateInstance, told: str, now: datetime) -> SlotPlan:
    plan = creating(own, create, now)
    if is_creation(plan):
        return _acting(main, told, plan.actions)
    told = f"{told}: {plan.message}"
    return _acting(main, told, plan.actions) if plan.state == "acting" else replace(plan, slot=main.slot, message=told)


def _run(own: ContainerWorld, main: Instance, record: Instance, told: str, now: datetime) -> SlotPlan | None:
    container = own.containers.get(record.container_id or "")
    if container is None:
        return _gone(main, record, told)
    if container.running:
        return _acting(main, told, ())
    if over(own, record, container) and not restart_is_asked(own, record, container):
        if container.exit_code == 0 and not record.restarts.ended:
            return None
        return SlotPlan(main.slot, "failed", FAILED, f"{told} {how_it_ended(container)}")
    start = starting(own, record, container, now)
    if isinstance(start, Wait):
        return SlotPlan(main.slot, start.state, FAILED, f"{told}: {start.message}", retry_at=start.until)
    return _acting(main, f"{told}: {start.reason}", (start,))


def _gone(main: Instance, record: Instance, told: str) -> SlotPlan | None:
    """A step that ended well has done its work, whether or not its container is still there."""
    if record.restarts.last_exit_code == 0 and not record.stop_expected:
        return None
    reason = f"container {(record.container_id or '')[:12]} is gone"
    return _acting(main, told, (Forget(reason, record.uid, record.slot, container_id=record.container_id or ""),))


def _acting(main: Instance, told: str, actions: tuple[Action, ...]) -> SlotPlan:
    return SlotPlan(main.slot, "waiting", PREPARING, told, actions)
