"""Whether a successor has failed, and since when and for how long it has to stay ready until it has proven itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import Action, NoteReady
from reconcilers.editions import current_record, edition_of, is_of, is_under_way, made_as
from reconcilers.endings import finished, how_it_ended, somebodys_deed
from reconcilers.gates import start_gate
from reconcilers.readiness import readiness
from reconcilers.slot_plan import SlotPlan, earliest
from reconcilers.world import ContainerWorld

Verdict = tuple[str, datetime | None]


def ready_since(instance: Instance, container: Container, world: ContainerWorld) -> datetime | None:
    """Return since when a container that is ready has been so in its present run; None: not recorded yet.

    What nothing asks whether it is ready is ready from its start.
    """
    if world.spec.probes is None and container.health == "none":
        return container.started_at
    noted, started = instance.ready_at, container.started_at
    return noted if noted and started and noted >= started else None


def note_ready(instance: Instance, container: Container) -> tuple[Action, ...]:
    """Return the action that records that a container is ready from now on."""
    return (NoteReady("it is ready", instance.uid, instance.slot, container_id=container.id),)


def proven_at(world: ContainerWorld, since: datetime | None, now: datetime) -> datetime:
    """Return when a container that has been ready since then has been so for long enough."""
    return (since or now) + timedelta(seconds=world.pace.monitor_s)


def on_probation(
    world: ContainerWorld, instance: Instance, container: Container, life: SlotPlan, now: datetime
) -> SlotPlan:
    """Return the plan of a container without a predecessor, judged like a successor while it is made by an update."""
    record = current_record(world)
    if record is None or not is_under_way(world) or instance.created_at is None or instance.created_at < record.since:
        return life
    if life.state != "ready":
        failure, due = failure_of(world, instance, container, now)
        return replace(life, failure=failure, proven=False, retry_at=earliest(life.retry_at, due))
    since = ready_since(instance, container, world)
    until = proven_at(world, since, now)
    return replace(
        life,
        actions=(*life.actions, *(note_ready(instance, container) if since is None else ())),
        ready_since=since,
        proven=now >= until,
        retry_at=earliest(life.retry_at, until if now < until else None),
    )


def failure_of(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> Verdict:
    """Return why a successor that is not ready counts as failed, "" while it does not; and when that may change.

    It has failed when it can't start, when it ends by itself or fails its checks before it has proven
    itself, and when it is not ready within the progress deadline.
    """
    if instance.restarts.held:
        return instance.restarts.last_reason or instance.restarts.held, None
    if container.state in ("exited", "dead"):
        return _how_it_failed(world, instance, container), None
    if container.running:
        judged = readiness(world.spec, container, world.health)
        if judged.failing:
            return judged.message, None
        return _overdue(world, container.started_at or now, judged.message, now)
    gate = start_gate(world)
    return _overdue(world, instance.created_at or now, gate.message, now) if gate else ("", None)


def _how_it_failed(world: ContainerWorld, instance: Instance, container: Container) -> str:
    """Return how a run ended that ended by itself before it was proven, "" for any other end."""
    if finished(world.spec, instance, container) or somebodys_deed(world, instance, container):
        return ""
    if container.started_at is None or container.finished_at is None:
        return ""
    since = ready_since(instance, container, world)
    proven = since is not None and container.finished_at >= proven_at(world, since, since)
    return "" if proven else how_it_ended(container)


def _overdue(world: ContainerWorld, began: datetime, message: str, now: datetime) -> Verdict:
    """Return the failure of what should have been ready by now, or when that will be so."""
    began = max(began, world.watching_since or began)
    limit = world.pace.deadline_s
    due = began + timedelta(seconds=limit)
    return (f"not ready within {limit:g} s: {message}", None) if now >= due else ("", due)


def never_made(world: ContainerWorld, planned: SlotPlan, now: datetime) -> Verdict:
    """Return why a successor that can't even be made counts as failed: as one that is not ready in time."""
    if planned.state not in ("waiting", "held", "conflict"):
        return "", None
    target, record = edition_of(world), current_record(world)
    moments = [one.created_at for one in world.instances if one.created_at and is_of(made_as(one), target)]
    return _overdue(world, max([record.since if record else world.stored.updated_at, *moments]), planned.message, now)


def failed_before(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> bool:
    """Return whether a successor failed in an earlier try of the update that has been asked for again."""
    record = current_record(world)
    if record is None or not is_under_way(world) or record.state == "paused":
        return False
    tried_before = instance.created_at is not None and instance.created_at < record.since
    return tried_before and bool(failure_of(world, instance, container, now)[0])
