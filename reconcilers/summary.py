"""Say in one word, and in conditions, how a Container resource stands."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from observed_state.status import Condition, ConditionStatus, Status
from reconcilers import image_conditions
from reconcilers.decision import Change, FieldChange
from reconcilers.policies import is_asked
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld

# Fields that a condition names; more are counted.
_NAMED = 4
# The worst first: one slot in trouble names the whole resource.
_PHASES = {
    "conflict": "Conflict",
    "held": "Held",
    "crash-looping": "CrashLooping",
    "failed": "Failed",
    "waiting": "Pending",
    "left": "Degraded",
    "acting": "Progressing",
    "running": "Progressing",
    "stopped": "Stopped",
    "completed": "Completed",
    "ready": "Ready",
}


def summarise(world: ContainerWorld, slots: Sequence[SlotPlan], changes: Sequence[Change]) -> Status:
    """Return the status that these slot plans amount to."""
    worst = min(slots, key=lambda plan: list(_PHASES).index(plan.state), default=None)
    phase = _PHASES[worst.state] if worst else "Ready"
    status = Status(
        observed_generation=world.stored.generation,
        phase=phase,
        ready=all(plan.state in ("ready", "completed") for plan in slots),
        reason=(worst.reason if worst else "") or phase,
        message=worst.message if worst else "",
        desired=world.spec.replica_count,
        running=sum(plan.running for plan in slots),
        restarts=sum(instance.restarts.total for instance in world.instances),
        drift=sum(field.cause == "drift" for change in changes for field in change.fields),
    )
    conditions = (*_always(status), *_of_drift(world, status, changes), *_of_ports(world), *_when_so(world, status))
    conditions = (*conditions, *_of_image(world))
    said = {one.type for one in conditions}
    return replace(status, conditions=(*conditions, *(one for one in _of_companions(world) if one.type not in said)))


def single_status(generation: int, phase: str, reason: str = "", message: str = "") -> Status:
    """Return the status of a resource that is one thing, there or not."""
    ready = phase == "Ready"
    said = condition("Ready", ready, reason or phase, message, generation)
    return Status(generation, phase, ready, reason or phase, message, conditions=(said,))


def _always(status: Status) -> Iterator[Condition]:
    generation = status.observed_generation
    yield condition("Ready", status.ready, status.reason, status.message, generation)
    progressing = status.phase in ("Progressing", "Pending")
    yield condition("Progressing", progressing, status.reason if progressing else "Settled", "", generation)


def _of_drift(world: ContainerWorld, status: Status, changes: Sequence[Change]) -> Iterator[Condition]:
    generation = status.observed_generation
    fields = [field for change in changes for field in change.fields]
    drifted = [field for field in fields if field.cause == "drift"]
    yield condition("Drifted", bool(drifted), "OutOfBand" if drifted else "InSync", _paths(drifted), generation)
    if asked := [field for field in fields if is_asked(field)]:
        key = world.stored.key
        message = f"{_paths(asked)}; `ergon approve {key.name} -n {key.namespace}` lets it be put right"
        yield condition("AwaitingApproval", True, "PolicyAsks", message, generation)


def _paths(fields: Sequence[FieldChange]) -> str:
    paths = list(dict.fromkeys(field.path for field in fields))
    return ", ".join(paths[:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")


def _of_ports(world: ContainerWorld) -> Iterator[Condition]:
    """Yield whether what is published answers, once that is settled for all that runs."""
    running = [
        one for one in (world.containers.get(i.container_id or "") for i in world.instances) if one and one.running
    ]
    settled = [known for one in running if (known := world.reach.get(one.id)) and known.started_at == one.started_at]
    silent = [one for one in settled if one.reason]
    if silent:
        message = "; ".join(one.message for one in silent[:_NAMED])
        yield condition("PortsReachable", False, silent[0].reason, message, world.stored.generation)
    elif settled and len(settled) == len(running):
        yield condition("PortsReachable", True, "Answering", "", world.stored.generation)


def _of_companions(world: ContainerWorld) -> Iterator[Condition]:
    """Yield what the companions say, each kind once: of several containers the first that has something to say."""
    told = [one for instance in world.instances for one in world.companions.get(instance.container_id or "", ())]
    for kind, first in {one.type: one for one in reversed(told)}.items():
        messages = dict.fromkeys(one.message for one in told if one.type == kind and one.message)
        message = "; ".join(list(messages)[:_NAMED])
        yield replace(first, message=message, observed_generation=world.stored.generation)


def _when_so(world: ContainerWorld, status: Status) -> Iterator[Condition]:
    generation = status.observed_generation
    if status.phase in ("CrashLooping", "Held", "Conflict"):
        yield condition(status.phase, True, status.reason, status.message, generation)
    if world.guard:
        yield condition("GCPaused", True, "Unasked", world.guard, generation)
    warnings = sorted({warning for instance in world.instances for warning in instance.warnings})
    if warnings:
        yield condition("NotHonoured", True, "EngineWarned", "; ".join(warnings), generation)
    if exceeds := world.exceeds:
        reason = "Denied" if exceeds.denied else "Warned"
        yield condition("PolicyViolated", True, reason, f"{exceeds.profile}: {'; '.join(exceeds.why)}", generation)
    if world.refused:
        refused = "; ".join(f"{path}: {why}" for path, why in world.refused)
        yield condition("Accepted", False, "NotSupported", refused, generation)


def _of_image(world: ContainerWorld) -> Iterator[Condition]:
    for kind, holds, reason, message in image_conditions.statements(world):
        yield condition(kind, holds, reason, message, world.stored.generation)


def condition(kind: str, holds: bool, reason: str, message: str, generation: int) -> Condition:
    """Return one statement about a resource."""
    status: ConditionStatus = "True" if holds else "False"
    return Condition(kind, status, reason, message, generation)
