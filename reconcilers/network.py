"""Decide what one network needs. Docker fixes a network at creation: any change makes a new one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from observed_state.network import Network
from observed_state.status import Status
from reconcilers import naming
from reconcilers.actions import Action, CreateNetwork, Disconnect, FinishDeletion, RemoveNetwork
from reconcilers.decision import Cause, Change, Decision, FieldChange
from reconcilers.differences import differences
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.summary import single_status
from reconcilers.world import NetworkWorld


def plan(world: NetworkWorld, now: datetime) -> Decision:
    """Return what brings one network to what is declared."""
    return hands_off(of_single(_plan(world)), world.stored, now)


def _plan(world: NetworkWorld) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    if world.spec.external:
        return _external(world)
    ours = _chosen(world)
    fields = tuple(_compare(world, ours))
    if not fields:
        return Decision(_status(world, "Ready"))
    changes = (Change(world.stored.key, "create" if ours is None else "replace", "recreate", fields),)
    if ours is None and world.found:
        name = world.found[0].name
        message = f'a network named "{name}" exists and is not managed here; declare it external or remove it'
        return Decision(_status(world, "Conflict", "NameTaken", message), changes=changes)
    if ours is not None and (message := _foreign_members(world, [ours])):
        return Decision(_status(world, "Held", "InUse", f"can't be made anew: {message}"), changes=changes)
    status = _status(world, "Progressing", "Creating" if ours is None else "Replacing")
    return Decision(status, tuple(_bring_about(world, ours, fields)), changes)


def _chosen(world: NetworkWorld) -> Network | None:
    """Of several with our name and label (old engines allow that), the lowest id counts."""
    return min((network for network in world.found if network.id in world.ours), key=lambda one: one.id, default=None)


def _external(world: NetworkWorld) -> Decision:
    if world.found:
        return Decision(_status(world, "Ready", "External"))
    name = naming.network_name(world.stored.key, world.spec)
    return Decision(
        _status(world, "Pending", "ExternalMissing", f'network "{name}" is declared external and does not exist')
    )


def _compare(world: NetworkWorld, ours: Network | None) -> Iterator[FieldChange]:
    if ours is None:
        cause: Cause = "drift" if world.record else "missing"
        yield FieldChange("status.state", "present", "absent", cause, "recreate")
    elif world.record is not None and world.record.generation != world.stored.generation:
        for path, declared, observed in differences(_shape(world.spec.declared()), _shape(world.record.spec)):
            yield FieldChange(f"spec.{path}", declared, observed, "spec", "recreate")


def _shape(declared: Any) -> dict[str, Any]:
    return {name: value for name, value in declared.items() if value not in (None, {}, [], False)}


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


def _delete(world: NetworkWorld) -> Decision:
    if world.used_by:
        message = f"still used by {', '.join(world.used_by)}"
        return Decision(_status(world, "Deleting", "InUse", message))
    ours = [network for network in world.found if network.id in world.ours and not world.spec.external]
    if message := _foreign_members(world, ours):
        return Decision(_status(world, "Deleting", "InUse", message))
    reason = "its resource was deleted"
    removals = [action for network in ours for action in _clear(world, network, reason)]
    return Decision(_status(world, "Deleting"), (*removals, FinishDeletion(reason)))


def _foreign_members(world: NetworkWorld, networks: Iterable[Network]) -> str:
    """Return who is on these networks and is not ours to take off them, "" for nobody."""
    members = (member for network in networks for member in network.containers.items())
    foreign = [name for container_id, name in members if container_id not in world.members]
    return f"containers not managed here are on it: {', '.join(foreign)}" if foreign else ""


def _status(world: NetworkWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
