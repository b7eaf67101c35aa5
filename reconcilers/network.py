"""Decide what one network needs. Docker fixes a network at creation: any change makes a new one.

Its containers stay: they are taken off the old network here, and join the new one by themselves.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from observed_state.network import Network
from observed_state.status import Status
from reconcilers import naming, subnets
from reconcilers.actions import AcceptResource, Action, CreateNetwork, Disconnect, FinishDeletion, RemoveNetwork
from reconcilers.decision import Cause, Change, Decision, FieldChange
from reconcilers.differences import differences
from reconcilers.ends import end_of
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.seen import network_as_declared
from reconcilers.summary import single_status
from reconcilers.world import NetworkWorld


def plan(world: NetworkWorld, now: datetime) -> Decision:
    """Return what brings one network to what is declared."""
    return hands_off(of_single(_plan(world)), world.stored, now)


def chosen(found: Iterable[Network], ours: Iterable[str], recorded_id: str | None) -> Network | None:
    """Return the one of several networks of a name that counts: the recorded one, else our lowest id."""
    mine = [network for network in found if network.id in ours]
    recorded = next((network for network in mine if network.id == recorded_id), None)
    return recorded or min(mine, key=lambda one: one.id, default=None)


def _plan(world: NetworkWorld) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    if world.spec.external:
        return _external(world)
    if world.refused:
        return Decision(
            _status(world, "Held", "NotSupported", "; ".join(f"{path}: {why}" for path, why in world.refused))
        )
    ours = _ours(world)
    fields = tuple(_compare(world, ours))
    return _replace_or_make(world, ours, fields) if fields else _keep(world, ours)


def _ours(world: NetworkWorld) -> Network | None:
    return chosen(world.found, world.ours, world.record.container_id if world.record else None)


def _external(world: NetworkWorld) -> Decision:
    name = naming.network_name(world.stored.key, world.spec)
    if len(world.found) > 1:
        return Decision(_status(world, "Conflict", "AmbiguousName", _ambiguous(name, world.found)))
    if world.found:
        return Decision(_status(world, "Ready", "External"))
    message = f'network "{name}" is declared external and does not exist; make it, or remove `external`'
    return Decision(_status(world, "Pending", "ExternalMissing", message))


# staying as it is


def _keep(world: NetworkWorld, ours: Network | None) -> Decision:
    """Record what is not recorded yet; another network of the name is told of and let be, whatever its labels."""
    actions: tuple[Action, ...] = ()
    if ours is not None and _unrecorded(world, ours):
        actions = (AcceptResource("it is as declared", docker_id=ours.id, name=ours.name),)
    others = [one for one in world.found if ours and one.id != ours.id and one.name == ours.name]
    if ours is not None and others:
        message = _ambiguous(ours.name, [ours, *others])
        return Decision(_status(world, "Conflict", "AmbiguousName", message), actions)
    return Decision(_status(world, "Ready"), actions)


def _unrecorded(world: NetworkWorld, ours: Network) -> bool:
    record = world.record
    return record is None or record.container_id != ours.id or record.generation != world.stored.generation


def _ambiguous(name: str, found: Iterable[Network]) -> str:
    ids = " and ".join(sorted(network.id[:12] for network in found))
    return f'several networks are named "{name}" ({ids}), and Docker starts no container on any of them; keep one'


# becoming another


def _compare(world: NetworkWorld, ours: Network | None) -> Iterator[FieldChange]:
    if ours is None:
        cause: Cause = "drift" if world.record else "missing"
        yield FieldChange("status.state", "present", "absent", cause, "recreate")
        return
    declared = world.spec.declared()
    record = world.record
    recorded = record is not None and record.container_id == ours.id
    made_from = record.spec if record and recorded else network_as_declared(declared, ours)
    cause = "spec" if recorded or record is None else "drift"
    for path, wanted, observed in differences(_shape(declared), _shape(made_from)):
        yield FieldChange(f"spec.{path}", wanted, observed, cause, "recreate")


def _shape(declared: Any) -> dict[str, Any]:
    return {name: value for name, value in declared.items() if value not in (None, {}, [], False)}


def _replace_or_make(world: NetworkWorld, ours: Network | None, fields: tuple[FieldChange, ...]) -> Decision:
    shown = (*fields, *_reconnected(world, ours))
    changes = (Change(world.stored.key, "create" if ours is None else "replace", "recreate", shown),)
    if ours is None and world.found:
        name = world.found[0].name
        message = f'a network named "{name}" exists and is not managed here; declare it external or remove it'
        return Decision(_status(world, "Conflict", "NameTaken", message), changes=changes)
    if ours is not None and (message := _foreign_members(world, [ours])):
        return Decision(_status(world, "Held", "InUse", f"can't be made anew: {message}"), changes=changes)
    if message := subnets.taken(world.spec, (one for one in world.others if ours is None or one.id != ours.id)):
        return Decision(_status(world, "Held", "SubnetTaken", message), changes=changes)
    status = _status(world, "Progressing", "Creating" if ours is None else "Replacing")
    return Decision(status, tuple(_bring_about(world, ours, fields)), changes)


def _reconnected(world: NetworkWorld, ours: Network | None) -> Iterator[FieldChange]:
    """Name the containers that are taken off the old network and join the new one, without a restart."""
    if ours is not None and world.joined:
        yield FieldChange("status.containers", "reconnected", list(world.joined), "dependency", "reconnect")


def _bring_about(world: NetworkWorld, ours: Network | None, fields: tuple[FieldChange, ...]) -> Iterator[Action]:
    reason = "; ".join(f"{field.path} is {field.observed}, should be {field.declared}" for field in fields)
    if ours is not None:
        yield from _clear(world, ours, reason)
    name = naming.network_name(world.stored.key, world.spec)
    yield CreateNetwork(reason, name=name, spec=world.spec)


def _clear(world: NetworkWorld, network: Network, reason: str) -> Iterator[Action]:
    for container_id, instance in world.members.items():
        if container_id in network.containers:
            yield Disconnect(reason, instance, container_id=container_id, network=network.name, network_id=network.id)
    yield RemoveNetwork(reason, network_id=network.id, name=network.name)


# ending


def _delete(world: NetworkWorld) -> Decision:
    if world.stored.orphans:
        return Decision(_status(world, "Deleting"), (FinishDeletion("its resource was deleted; it stays as it is"),))
    ours = [] if world.spec.external else _to_remove(world)
    changes = (end_of(world.stored.key),) if ours else ()
    if world.used_by:
        message = f"still used by {', '.join(world.used_by)}"
        return Decision(_status(world, "Deleting", "InUse", message), changes=changes)
    if message := _foreign_members(world, ours):
        return Decision(_status(world, "Deleting", "InUse", message), changes=changes)
    reason = "its resource was deleted"
    removals = [action for network in ours for action in _clear(world, network, reason)]
    return Decision(_status(world, "Deleting"), (*removals, FinishDeletion(reason)), changes)


def _to_remove(world: NetworkWorld) -> list[Network]:
    """Return the recorded network; without a record, those that bear our labels. Others may be copies of it."""
    labelled = [network for network in world.found if network.id in world.ours]
    recorded_id = world.record.container_id if world.record else None
    return [network for network in labelled if network.id == recorded_id] or labelled


def _foreign_members(world: NetworkWorld, networks: Iterable[Network]) -> str:
    """Return who is on these networks and is not ours to take off them, "" for nobody."""
    members = (member for network in networks for member in network.containers.items())
    foreign = [name for container_id, name in members if container_id not in world.members]
    return f"containers not managed here are on it: {', '.join(foreign)}" if foreign else ""


def _status(world: NetworkWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
