"""Decide what one container's life needs: to be started, stopped, unpaused, restarted, or left alone."""

from dataclasses import replace
from datetime import datetime

from desired_state.container import ContainerSpec
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import hooks, inits, jobs
from reconcilers.actions import Action, Start, Unpause
from reconcilers.endings import finished
from reconcilers.following import behind_its_dependency
from reconcilers.gates import Wait, start_gate
from reconcilers.parents import left_behind
from reconcilers.readiness import Readiness, readiness
from reconcilers.removing import grace_of, remove_instance, stop
from reconcilers.slot_plan import SlotPlan
from reconcilers.starting import EXHAUSTED, restart_by_hand, restart_is_asked, restarting, starting
from reconcilers.world import ContainerWorld


def living(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    """Return what keeps one container in the state that is wanted, whatever else about it differs."""
    slot = instance.slot
    if world.stored.stopped:
        lives = container.running or container.state == "restarting"
        halt = (stop(instance, container, grace_of(instance), "a stop was asked for"),) if lives else ()
        return SlotPlan(slot, "stopped", "Stopped", actions=halt)
    if container.state == "paused":
        unpause = Unpause("paused by hand", instance.uid, slot, container_id=container.id)
        return SlotPlan(slot, "acting", "Paused", "paused by hand", (unpause,), running=True)
    if container.state == "restarting":
        return SlotPlan(slot, "crash-looping", "DockerRestarts", "Docker's own restart policy waits")
    if container.state == "removing":
        return SlotPlan(slot, "acting", "Removing", "Docker is removing it")
    if container.running:
        return _watch(world, instance, container, now)
    return _rest(world, instance, container, now)


def as_made(world: ContainerWorld, instance: Instance) -> ContainerWorld:
    """Return the world as the spec that an instance was made from sees it: it lives by its own rules to the end."""
    if instance.generation == world.stored.generation or not instance.spec:
        return world
    spec = ContainerSpec.from_declared(dict(instance.spec))
    resource = replace(world.stored.resource, spec=spec)
    asked = world.stored.restart_requested
    if asked and world.rollout and world.rollout.since >= asked:
        asked = None  # the update that has begun since is the answer
    stored = replace(world.stored, resource=resource, generation=instance.generation, restart_requested=asked)
    return replace(world, stored=stored)


def _watch(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    if end := jobs.cut_off(world, instance, container, now):
        return end
    return jobs.looks_again(_attend(world, instance, container, now), world, instance, container)


def _attend(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    if again := _with_others(world, instance, container):
        return SlotPlan(instance.slot, "acting", "Restarting", again[0].reason, again, running=True)
    judged = hooks.judged(readiness(world.spec, container, world.health), world, instance)
    if asked := restart_by_hand(world, instance, container):
        restart = SlotPlan(instance.slot, "acting", "Restarting", asked[0].reason, asked, running=True)
        protected = judged.ready or judged.undecided
        return replace(restart, ready=judged.ready, undecided=judged.undecided, step="take-down" if protected else "")
    if after := hooks.due(world, instance, container):
        return SlotPlan(instance.slot, "acting", "Starting", after.reason, (after,), running=True)
    return _stands(world, instance, container, judged, now)


def _stands(
    world: ContainerWorld, instance: Instance, container: Container, judged: Readiness, now: datetime
) -> SlotPlan:
    if judged.ready:
        return SlotPlan(instance.slot, "ready", running=True)
    if not judged.failing or world.spec.effective_restart.policy in ("never", "delegated"):
        running = SlotPlan(instance.slot, "running", "NotReady", judged.message, running=True)
        return replace(running, undecided=judged.undecided)
    deeds = restarting(world, instance, container, judged.message, now)
    if isinstance(deeds, Wait):
        return replace(_waiting(instance, deeds), running=True)
    return SlotPlan(instance.slot, "acting", "Restarting", judged.message, deeds, running=True)


def _with_others(world: ContainerWorld, instance: Instance, container: Container) -> tuple[Action, ...]:
    reason = left_behind(world, container) or behind_its_dependency(world, instance)
    if not reason or start_gate(world):
        return ()
    again = Start(reason, instance.uid, instance.slot, container_id=container.id, restart=True)
    return (stop(instance, container, grace_of(instance), reason), again)


def _rest(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    slot = instance.slot
    asked = restart_is_asked(world, instance, container)
    if finished(world.spec, instance, container) and not asked:
        return jobs.ended(world, instance, container, now)
    if container.state == "dead":
        reason = "Docker calls it dead: a removal failed half way, and it can't start again"
        return SlotPlan(slot, "acting", "Dead", reason, remove_instance(world, instance, reason))
    if not asked and container.started_at and (end := jobs.cut_off(world, instance, container, now)):
        return end
    return inits.preparing(world, instance, container, now) or _begin(world, instance, container, now)


def _begin(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    start = starting(world, instance, container, now)
    if isinstance(start, Wait):
        if start.reason == EXHAUSTED:
            gave_up = jobs.ended(world, instance, container, now)
            return replace(gave_up, state=start.state, reason=start.reason, message=start.message)
        return jobs.looks_again(_waiting(instance, start), world, instance, container)
    return SlotPlan(instance.slot, "acting", "Starting", start.reason, (start,))


def _waiting(instance: Instance, wait: Wait) -> SlotPlan:
    return SlotPlan(instance.slot, wait.state, wait.reason, wait.message, retry_at=wait.until)
