"""Decide how one container takes another's place, without losing what serves.

The successor is made beside its predecessor, under a name of its own. Stop-first, the predecessor then is
stopped and the successor started; start-first, the successor is started, and the predecessor stopped once that
is ready. A predecessor is kept, stopped, until the whole update has proven itself, and the name passes on then.
As long as the successor can't run, the predecessor does: an update that fails costs no more than its tries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import attachments, naming
from reconcilers.actions import Action, CreateInstance, Start
from reconcilers.comparing import compare_instance
from reconcilers.creating import creating, is_creation, lives_on
from reconcilers.decision import Change, FieldChange
from reconcilers.editions import edition_of, is_of, is_under_way, made_as
from reconcilers.effects import strongest
from reconcilers.endings import finished, how_it_ended
from reconcilers.inits import is_preparing
from reconcilers.living import as_made, living
from reconcilers.members import age, container_of, serving
from reconcilers.moved_images import is_taken
from reconcilers.policies import mended, shown
from reconcilers.proving import failed_before, failure_of, never_made, note_ready, proven_at, ready_since
from reconcilers.removing import grace_of, removal_change, remove_instance, stop
from reconcilers.slot_plan import SlotPlan, SlotState, earliest
from reconcilers.starting import restart_is_asked
from reconcilers.veiling import order_change, starts_veiled
from reconcilers.world import ContainerWorld


def replacing(
    world: ContainerWorld, instance: Instance, container: Container, fields: tuple[FieldChange, ...], now: datetime
) -> SlotPlan:
    """Return the first step of a replacement; until it can be taken, the present container lives on."""
    life = living(as_made(world, instance), instance, container, now)
    causes = ", ".join(dict.fromkeys(field.path for field in mended(fields) if field.effect == "recreate"))
    final = naming.final_name(world.stored.key, world.spec, instance)
    name = naming.replacement_name(final, world.stored.generation, (instance.name, container.name))
    veiled = life.available and starts_veiled(world)
    create = CreateInstance(f"changed: {causes}", "", instance.slot, name=name, final_name=final, veiled=veiled)
    planned = _awaited(world, instance.slot) or creating(world, create, now)
    change = Change(
        world.stored.key, "replace", "recreate", (*shown(fields), *order_change(world)), instance.final_name
    )
    if world.guard:
        guarded = SlotPlan(instance.slot, "held", "GCPaused", world.guard)
        return replace(lives_on(guarded, life), change=change)
    updates = not is_of(made_as(instance), edition_of(world))
    if not is_creation(planned):
        failure, due = never_made(world, planned, now) if updates else ("", None)
        waiting = replace(lives_on(planned, life), change=change, stage="waiting", updates=updates, failure=failure)
        return replace(waiting, retry_at=earliest(waiting.retry_at, due))
    # A restart that was asked for meanwhile is had with the replacement.
    meanwhile = () if life.step else life.actions
    return replace(
        planned,
        change=change,
        running=life.running,
        ready=life.available,
        undecided=life.undecided,
        step="begin",
        stage="waiting",
        meanwhile=meanwhile,
        updates=updates,
    )


def _awaited(world: ContainerWorld, slot: int) -> SlotPlan | None:
    """Return the wait for an image that a person took from its registry, and that is not here yet."""
    fact = world.image
    if not is_taken(world.stored, fact.offer) or fact.offer is None:
        return None
    message = fact.failure or f"{fact.offer.text} is fetched first"
    return SlotPlan(slot, "waiting", "ImageNotReady", message, retry_at=fact.retry_at if fact.failure else None)


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
    if failed_before(world, newest, container, now) and serving(world, older):
        removal = remove_instance(world, newest, "it failed, and is to be tried again")
        return replace(_stand_back(case, life), state="acting", reason="Replacing", actions=removal)
    plan = _start(case, life) if _may_run(case, life) else _stand_back(case, life)
    failure, due = failure_of(world, newest, container, now)
    updates = any(not is_of(made_as(one), edition_of(world)) for one in older)
    shown_fields = (*shown(fields), *order_change(world))
    rejoins = attachments.unveil(world, newest, container, ready=False)
    return replace(
        plan,
        actions=(*rejoins, *plan.actions),
        meanwhile=(*rejoins, *plan.meanwhile),
        change=Change(world.stored.key, "replace", "recreate", shown_fields, newest.final_name),
        stage="coming",
        updates=updates,
        failure=failure,
        proven=False,
        retry_at=earliest(plan.retry_at, due),
    )


def _outdated(case: Succession, life: SlotPlan) -> SlotPlan:
    """What was to succeed is no longer what is declared: whichever of the two does not serve goes."""
    reason = "what is declared has changed again"
    leaving = case.older if life.available else [case.newest]
    actions = [action for one in leaving for action in remove_instance(case.world, one, reason)]
    return SlotPlan(
        life.slot, "acting", "Replacing", reason, tuple(actions), running=life.running, ready=_serves_ready(case, life)
    )


def _serves_ready(case: Succession, life: SlotPlan) -> bool:
    if life.available:
        return True
    former = serving(case.world, case.older)
    return former is not None and living(as_made(case.world, former[0]), *former, case.now).available


def _succeed(case: Succession, life: SlotPlan) -> SlotPlan:
    """Pass the service on, and let the predecessor go once it is not needed any more to fall back on."""
    since = ready_since(case.newest, case.container, case.world) if life.state == "ready" else None
    noting = note_ready(case.newest, case.container) if life.state == "ready" and since is None else ()
    unveiling = attachments.unveil(case.world, case.newest, case.container, ready=True)
    updates = any(not is_of(made_as(one), edition_of(case.world)) for one in case.older)
    if stops := _stops(case, "its successor is ready"):
        return replace(
            life,
            actions=(*noting, *unveiling, *stops, *life.actions),
            meanwhile=(*noting, *life.actions),
            change=removal_change(case.world, case.older[-1]),
            step="switch",
            stage="ready",
            ready=True,
            updates=updates,
            ready_since=since,
            proven=False,
        )
    until = case.now if life.state != "ready" else proven_at(case.world, since, case.now)
    life = replace(life, actions=(*noting, *unveiling, *life.actions), stage="done", updates=updates, ready_since=since)
    if any(_served(case, one) for one in case.older) and (case.now < until or is_under_way(case.world)):
        leaves = removal_change(case.world, case.older[0])
        due = until if case.now < until else None
        return replace(life, change=leaves, retry_at=earliest(life.retry_at, due), proven=due is None)
    reason = f"replaced by generation {case.newest.generation}"
    removals = [action for one in case.older for action in remove_instance(case.world, one, reason)]
    return replace(life, state="acting", actions=(*removals, *life.actions), ready=True)


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
    """Return whether the successor has had its try, and its predecessor is back in service."""
    tried = case.container.started_at is not None or case.newest.restarts.held
    follows = all(age(one) < age(case.newest) for one in case.older)
    return bool(tried) and follows and bool(_running(case))


def _released(instance: Instance) -> bool:
    return bool(instance.restarts.held) and instance.restarts.retry_at is None


def _start(case: Succession, life: SlotPlan) -> SlotPlan:
    """Let the successor start, or come to be ready, beside its predecessor or after that has stopped."""
    former = serving(case.world, case.older)
    if former is None or not former[1].running:
        return life
    stops = _stops(case, f"replaced by generation {case.newest.generation}")
    service = living(as_made(case.world, former[0]), *former, case.now)
    both = replace(life, running=True, ready=service.available, undecided=service.undecided, meanwhile=service.actions)
    stops_first = case.world.pace.order == "stop-first"
    if not (service.available or service.undecided) and (stops_first or not case.container.running):
        return replace(life, actions=(*stops, *life.actions), ready=False)
    if stops_first:
        return replace(both, actions=(*stops, *life.actions), step="take-down")
    if case.container.running:
        return replace(both, actions=(*life.actions, *service.actions), meanwhile=())
    return replace(both, step="start")


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
        actions=(*halt, *(life.actions if life.reason == "Dead" or is_preparing(life) else ()), *service.actions),
        retry_at=earliest(life.retry_at, service.retry_at),
        running=service.running,
        ready=service.available,
        undecided=service.undecided,
        step="",
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
