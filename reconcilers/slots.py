"""Decide what one slot needs: the place of one container among a resource's replicas."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import attachments, contents, naming
from reconcilers.actions import CreateInstance, Forget
from reconcilers.comparing import compare_instance, name_to_take
from reconcilers.creating import creating, is_creation, lives_on
from reconcilers.decision import Change, FieldChange, Verb
from reconcilers.editions import edition_of, is_of, made_as
from reconcilers.effects import strongest
from reconcilers.gates import NAMES_PASS, name_taken, start_gate, still_borne
from reconcilers.jobs import remembered
from reconcilers.leaving import left_alone
from reconcilers.living import as_made, living
from reconcilers.members import container_of, serving
from reconcilers.policies import govern, is_mended, left_as_it_is, mended, shown, unshown
from reconcilers.proving import on_probation
from reconcilers.removing import removal_change, remove_instance
from reconcilers.repairing import repair
from reconcilers.replacing import replacing, taking_over
from reconcilers.slot_plan import SlotPlan, earliest
from reconcilers.starting import held_back, restart_is_asked
from reconcilers.world import ContainerWorld


def plan_slot(world: ContainerWorld, slot: int, members: Sequence[Instance], now: datetime) -> SlotPlan:
    """Return what brings one slot to its desired state; `members` are its instances, oldest first."""
    if any(instance.phase == "removing" for instance in members):
        return _see_off(world, slot, members, now)
    if not members:
        return _fill(world, slot, now)
    newest, older = _succession(world, members)
    if newest.phase == "pending":
        return _carry_on(world, newest, older, now)
    container = container_of(world, newest)
    if container is None:
        return _lost(world, newest, older)
    if older:
        return taking_over(world, newest, container, older, now)
    return _tend(world, newest, container, now)


def _succession(world: ContainerWorld, members: Sequence[Instance]) -> tuple[Instance, Sequence[Instance]]:
    """Return who is to serve in the end, and the others: the newest, unless only an older one is as declared."""
    if len(members) == 1:
        return members[0], ()
    heir = next((one for one in reversed(members) if _is_as_declared(world, one)), members[-1])
    return heir, [one for one in members if one is not heir]


def _is_as_declared(world: ContainerWorld, instance: Instance) -> bool:
    if instance.phase == "pending":
        return instance.generation == world.stored.generation
    container = container_of(world, instance)
    if container is None:
        return False
    fields = mended(compare_instance(world, instance, container))
    return strongest(field.effect for field in fields) != "recreate"


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


def _see_off(world: ContainerWorld, slot: int, members: Sequence[Instance], now: datetime) -> SlotPlan:
    """Carry on removals that were begun, after what keeps the others alive: a removal may be stuck for long."""
    leaving = [instance for instance in members if instance.phase == "removing"]
    removals = [action for one in leaving for action in remove_instance(world, one, "its removal was begun")]
    plan = SlotPlan(slot, "acting", "Removing", "its removal was begun")
    stays = serving(world, [instance for instance in members if instance.phase == "created"])
    if stays is None:
        return replace(plan, actions=tuple(removals))
    life = living(as_made(world, stays[0]), *stays, now)
    return replace(plan, actions=(*life.actions, *removals), running=life.running)


def _fill(world: ContainerWorld, slot: int, now: datetime) -> SlotPlan:
    if world.stored.stopped:
        return SlotPlan(slot, "stopped", "Stopped")
    name = naming.container_name(world.stored.key, world.spec, slot)
    field = FieldChange("status.state", "running", "absent", "missing", "recreate")
    change = Change(world.stored.key, "create", "recreate", (field,), name)
    at_once = start_gate(world) is None and not world.spec.pre_start
    create = CreateInstance("declared but absent", "", slot, name=name, final_name=name, start=at_once)
    return replace(creating(world, create, now), change=change)


def _carry_on(world: ContainerWorld, instance: Instance, older: Sequence[Instance], now: datetime) -> SlotPlan:
    """Carry out a creation that was begun and is not recorded as done; what serves until then lives on."""
    reason = "its creation was begun and not recorded as done"
    if instance.generation != world.stored.generation:
        # What it was to be made from is no longer declared: end it and begin anew.
        return SlotPlan(instance.slot, "acting", "Removing", reason, remove_instance(world, instance, reason))
    if held := held_back(instance, now):
        planned = SlotPlan(instance.slot, held.state, held.reason, held.message, retry_at=held.until)
    else:
        create = CreateInstance(reason, instance.uid, instance.slot, name=instance.name, final_name=instance.final_name)
        planned = creating(world, create, now)
    if older:
        updates = any(not is_of(made_as(one), edition_of(world)) for one in older)
        planned = replace(planned, stage="coming", updates=updates, failure=held.message if held else "")
    former = serving(world, older)
    if former is None:
        return planned
    life = living(as_made(world, former[0]), *former, now)
    if is_creation(planned):
        return replace(planned, running=life.running, ready=life.available, undecided=life.undecided)
    return lives_on(planned, life)


def _lost(world: ContainerWorld, instance: Instance, older: Sequence[Instance]) -> SlotPlan:
    if not older and (done := remembered(world, instance)):
        return done
    reason = f"container {(instance.container_id or '')[:12]} is gone"
    field = FieldChange("status.state", "running", "absent", "drift", "recreate")
    [field] = govern(world, instance.final_name, [field])
    if not older and not is_mended(field):
        return left_alone(world, instance, field)
    change = Change(world.stored.key, "create", "recreate", (field,), instance.final_name)
    if world.guard:
        return SlotPlan(instance.slot, "held", "GCPaused", world.guard, change=change)
    forget = Forget(reason, instance.uid, instance.slot, container_id=instance.container_id or "")
    return SlotPlan(instance.slot, "acting", "Removed", reason, (forget,), change)


def _tend(world: ContainerWorld, instance: Instance, container: Container, now: datetime) -> SlotPlan:
    """Keep the one container of a slot as declared, or begin its replacement."""
    found = compare_instance(world, instance, container)
    fields = (*found, *name_to_take(world, instance, container, found))
    repairs = mended(fields)
    effect = strongest(field.effect for field in repairs)
    hidden = _change(world, instance, unshown(fields))
    if effect == "recreate" and not world.stored.stopped:
        return replace(replacing(world, instance, container, fields, now), unshown=hidden)
    change = _change(world, instance, shown(fields))
    life = _life(world, instance, container, fields, now)
    if effect == "recreate" or container.state in ("removing", "dead"):
        return replace(life, change=change, unshown=hidden)
    # A container whose network is gone can't start before it has left it; one whose limits can't be
    # changed can, and must.
    before = attachments.reconnect(world, instance, container, repairs)
    before += contents.refresh(world, instance, container, repairs)
    after = repair(world, instance, container, fields)
    life = on_probation(world, instance, container, life, now)
    actions = (*before, *life.actions, *after)
    named = _named(world, instance, container, life, now)
    if not (actions or change or hidden or named.actions):
        return named
    return replace(named, actions=actions, change=change, unshown=hidden)


def _change(world: ContainerWorld, instance: Instance, fields: tuple[FieldChange, ...]) -> Change | None:
    """Return how these differences are shown, with what is done about those of them that are put right."""
    repairs = mended(fields)
    effect = strongest(field.effect for field in repairs)
    return Change(world.stored.key, _verb(repairs), effect, fields, instance.final_name) if fields else None


def _life(
    world: ContainerWorld, instance: Instance, container: Container, fields: tuple[FieldChange, ...], now: datetime
) -> SlotPlan:
    """Keep the container alive, unless somebody ended or froze it and that is to stay so until a person speaks."""
    left = left_as_it_is(fields)
    if left is None or restart_is_asked(world, instance, container):
        return living(world, instance, container, now)
    return replace(left_alone(world, instance, left), running=container.running)


def _named(world: ContainerWorld, instance: Instance, container: Container, life: SlotPlan, now: datetime) -> SlotPlan:
    """Return the plan, in conflict or waiting when another container has the name that this one is to end with."""
    name = naming.final_name(world.stored.key, world.spec, instance)
    if container.name == name or life.state not in ("ready", "running", "completed"):
        return life
    if holder := world.holders.get(name):
        return replace(life, state="conflict", reason="NameTaken", message=name_taken(holder))
    if sibling := world.siblings.get(name):
        later = earliest(life.retry_at, now + NAMES_PASS)
        message = still_borne(name, sibling)
        return replace(life, state="waiting", reason="NameTaken", message=message, retry_at=later)
    return life


def _verb(fields: tuple[FieldChange, ...]) -> Verb:
    """Return what is done about the fields that are not only told."""
    state = next((field for field in fields if field.path == "status.state"), None)
    if any(field.effect == "recreate" for field in fields):
        return "replace"
    if state is None:
        restarts = any(field.effect == "restart" for field in fields)
        updates = any(field.effect != "none" or field.cause == "spec" for field in fields)
        return "restart" if restarts else "update" if updates else "none"
    if state.declared == "stopped":
        return "stop"
    return "unpause" if state.observed == "paused" else "start"
