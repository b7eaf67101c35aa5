"""Decide how one container takes another's place, without losing what serves.

The successor is made beside its predecessor, under a name of its own. Then the predecessor is stopped and
the successor started; a short while after that is ready, the predecessor is removed and the name passes on.
As long as the successor can't run, the predecessor does: an update that fails costs no more than its tries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.actions import Action, CreateInstance, Start
from reconcilers.comparing import compare_instance
from reconcilers.creating import creating, is_creation, lives_on
from reconcilers.decision import Change, FieldChange
from reconcilers.effects import strongest
from reconcilers.endings import finished, how_it_ended
from reconcilers.living import as_made, living
from reconcilers.members import container_of, serving
from reconcilers.policies import mended, shown
from reconcilers.removing import grace_of, removal_change, remove_instance, stop
from reconcilers.slot_plan import SlotPlan, SlotState, earliest
from reconcilers.starting import restart_is_asked
from reconcilers.world import ContainerWorld

# How long a successor has to stay up before its stopped predecessor is given up (Swarm's update monitor).
MONITOR_S = 5.0


def replacing(
    world: ContainerWorld, instance: Instance, container: Container, fields: tuple[FieldChange, ...], now: datetime
) -> SlotPlan:
    """Return the first step of a replacement; until it can be taken, the present container lives on."""
    life = living(as_made(world, instance), instance, container, now)
    causes = ", ".join(dict.fromkeys(field.path for field in mended(fields) if field.effect == "recreate"))
    final = naming.final_name(world.stored.key, world.spec, instance)
    name = naming.replacement_name(final, world.stored.generation, (instance.name, container.name))
    create = CreateInstance(f"changed: {causes}", "", instance.slot, name=name, final_name=final)
    planned = creating(world, create, now)
    change = Change(world.stored.key, "replace", "recreate", shown(fields), instance.final_name)
    if world.guard:
        planned = SlotPlan(instance.slot, "held", "GCPaused", world.guard)
    if not is_creation(planned):
        return replace(lives_on(planned, life), change=change)
    return replace(planned, change=change, running=life.running, replaces=True, meanwhile=life.actions)


@dataclass(frozen=True, slots=True)
class Succession:
    """A successor and those whose place it takes, the newest last."""

    world: ContainerWorld
    newest: Instance
    container: Container
    older: Sequence[Instance]
    now: datetime


def taking_over(
    world: ContainerWorld, newest: Instance, container: Container, older: Sequence[Instance], now: datetime
) -> SlotPlan:
    """Return the next step of a replacement whose successor exists."""
    case = Succession(world, newest, container, older, now)
    fields = compare_instance(world, newest, container)
    life = living(world, newest, container, now)
    if strongest(field.effect for field in mended(fields)) == "recreate":
        return _outdated(case, life)
    if world.stored.stopped:
        return replace(life, actions=(*_stops(case, "a stop was asked for"), *life.actions))
    if life.state == "ready" or finished(world.spec, newest, container):
        return _succeed(case, life)
    plan = _start(case, life) if _may_run(case, life) else _stand_back(case, life)
    return replace(plan, change=Change(world.stored.key, "replace", "recreate", shown(fields), newest.final_name))


def _outdated(case: Succession, life: SlotPlan) -> SlotPlan:
    """What was to succeed is no longer what is declared: whichever of the two does not serve goes."""
    reason = "what is declared has changed again"
    leaving = case.older if life.state == "ready" else [case.newest]
    actions = [action for one in leaving for action in remove_instance(case.world, one, reason)]
    return SlotPlan(life.slot, "acting", "Replacing", reason, tuple(actions), running=life.running)


def _succeed(case: Succession, life: SlotPlan) -> SlotPlan:
    """Let the predecessor go once it is not needed any more to fall back on."""
    stops = _stops(case, "its successor is ready")
    started = case.container.started_at
    proven = started + timedelta(seconds=MONITOR_S) if started and life.state == "ready" else case.now
    if case.now < proven and any(_served(case, one) for one in case.older):
        leaves = removal_change(case.world, case.older[0])
        return replace(life, actions=(*stops, *life.actions), change=leaves, retry_at=earliest(life.retry_at, proven))
    reason = f"replaced by generation {case.newest.generation}"
    removals = [action for one in case.older for action in remove_instance(case.world, one, reason)]
    return replace(life, state="acting", actions=(*removals, *life.actions))


def _served(case: Succession, instance: Instance) -> bool:
    """Return whether an older container ran well enough to be worth falling back on: Ergon had to stop it."""
    container = container_of(case.world, instance)
    return container is not None and (container.running or instance.stop_expected)


def _may_run(case: Succession, life: SlotPlan) -> bool:
    """Return whether the successor runs or starts now; else it is its predecessor's turn.

    Once it has failed and the predecessor is back in service, only a person, or the end of what held
    it, gives it another try: trying by itself would interrupt the service each time.
    """
    if life.state in ("held", "crash-looping", "failed"):
        return False
    starts = any(isinstance(action, Start) for action in life.actions)
    if case.container.running or not starts or not _failed_before(case):
        return case.container.running or starts
    return restart_is_asked(case.world, case.newest, case.container) or _released(case.newest)


def _failed_before(case: Succession) -> bool:
    tried = case.container.started_at is not None or case.newest.restarts.held
    return bool(tried) and bool(_running(case))


def _released(instance: Instance) -> bool:
    return bool(instance.restarts.held) and instance.restarts.retry_at is None


def _start(case: Succession, life: SlotPlan) -> SlotPlan:
    return replace(life, actions=(*_stops(case, f"replaced by generation {case.newest.generation}"), *life.actions))


def _stand_back(case: Succession, life: SlotPlan) -> SlotPlan:
    """Let the predecessor serve, and say why it still does."""
    former = serving(case.world, case.older)
    if former is None:
        return life
    instance, container = former
    service = living(as_made(case.world, instance), instance, container, case.now)
    halt: tuple[Action, ...] = ()
    if case.container.running:
        halt = (stop(case.newest, case.container, grace_of(case.newest), life.message),)
    plan = replace(
        life,
        actions=(*halt, *(life.actions if life.reason == "Dead" else ()), *service.actions),
        retry_at=earliest(life.retry_at, service.retry_at),
        running=service.running,
    )
    return plan if life.state == "waiting" else _failed_update(case, plan)


def _failed_update(case: Succession, plan: SlotPlan) -> SlotPlan:
    why = case.newest.restarts.last_reason if case.newest.restarts.held else how_it_ended(case.container)
    message = (
        f"its replacement does not stay up ({plan.message or why}); the former container serves until "
        "the spec changes or a restart is asked for"
    )
    state: SlotState = "held" if case.newest.restarts.held else "crash-looping"
    return replace(plan, state=state, reason="UpdateFailed", message=message)


def _running(case: Succession) -> list[tuple[Instance, Container]]:
    pairs = [(one, container_of(case.world, one)) for one in case.older]
    return [(one, container) for one, container in pairs if container and container.running]


def _stops(case: Succession, reason: str) -> list[Action]:
    return [stop(one, container, grace_of(one), reason) for one, container in _running(case)]
