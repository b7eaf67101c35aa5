"""Say in one word, and in conditions, how a Container resource stands."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from observed_state.status import Condition, ConditionStatus, Status
from reconcilers.decision import Change
from reconcilers.pausing import is_paused
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld

# The worst first: one slot in trouble names the whole resource.
_PHASES = {
    "conflict": "Conflict",
    "held": "Held",
    "crash-looping": "CrashLooping",
    "failed": "Failed",
    "waiting": "Pending",
    "acting": "Progressing",
    "running": "Progressing",
    "stopped": "Stopped",
    "completed": "Completed",
    "ready": "Ready",
}


def summarise(world: ContainerWorld, slots: Sequence[SlotPlan], changes: Sequence[Change], now: datetime) -> Status:
    """Return the status that these slot plans amount to."""
    worst = min(slots, key=lambda plan: list(_PHASES).index(plan.state), default=None)
    phase = _PHASES[worst.state] if worst else "Ready"
    paused = is_paused(world.stored, now)
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
    status = replace(status, conditions=(*_always(status), *_when_so(world, status, paused)))
    return replace(status, phase="Paused", reason=_pause_reason(world)) if paused else status


def single_status(generation: int, phase: str, reason: str = "", message: str = "") -> Status:
    """Return the status of a resource that is one thing, there or not."""
    ready = phase == "Ready"
    condition = _condition("Ready", ready, reason or phase, message, generation)
    return Status(generation, phase, ready, reason or phase, message, conditions=(condition,))


def _pause_reason(world: ContainerWorld) -> str:
    return world.stored.pause.reason if world.stored.pause else ""


def _always(status: Status) -> Iterator[Condition]:
    generation = status.observed_generation
    yield _condition("Ready", status.ready, status.reason, status.message, generation)
    progressing = status.phase in ("Progressing", "Pending")
    yield _condition("Progressing", progressing, status.reason if progressing else "Settled", "", generation)
    drifted = status.drift > 0
    message = f"{status.drift} fields" if drifted else ""
    yield _condition("Drifted", drifted, "OutOfBand" if drifted else "InSync", message, generation)


def _when_so(world: ContainerWorld, status: Status, paused: bool) -> Iterator[Condition]:
    generation = status.observed_generation
    if status.phase in ("CrashLooping", "Held", "Conflict"):
        yield _condition(status.phase, True, status.reason, status.message, generation)
    if world.guard:
        yield _condition("GCPaused", True, "Unasked", world.guard, generation)
    if paused:
        yield _condition("Paused", True, "Paused", _pause_reason(world), generation)
    warnings = sorted({warning for instance in world.instances for warning in instance.warnings})
    if warnings:
        yield _condition("NotHonoured", True, "EngineWarned", "; ".join(warnings), generation)
    if world.refused:
        refused = "; ".join(f"{path}: {why}" for path, why in world.refused)
        yield _condition("Accepted", False, "NotSupported", refused, generation)


def _condition(kind: str, holds: bool, reason: str, message: str, generation: int) -> Condition:
    status: ConditionStatus = "True" if holds else "False"
    return Condition(kind, status, reason, message, generation)
