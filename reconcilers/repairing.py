"""Turn the differences of one living container into the deeds that end them without replacing it."""

from collections.abc import Iterable, Sequence
from typing import Any

from desired_state.limits import docker_limits, docker_restart_policy
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import AcceptSpec, Action, Connect, Disconnect, Rename, Update
from reconcilers.decision import FieldChange
from reconcilers.effects import limit_of
from reconcilers.world import ContainerWorld


def repair(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> tuple[Action, ...]:
    """Return renames, updates and reconnections for the fields that differ, then the new record of what is declared."""
    actions = [
        *_rename(instance, container),
        *_update(world, instance, container, fields),
        *_reconnect(world, instance, container, fields),
    ]
    if instance.generation != world.stored.generation:
        reason = f"now at generation {world.stored.generation}"
        actions.append(AcceptSpec(reason, instance.uid, instance.slot, container_id=container.id))
    return tuple(actions)


def _rename(instance: Instance, container: Container) -> Iterable[Action]:
    if container.name != instance.final_name:
        reason = f"named {container.name}, should be {instance.final_name}"
        yield Rename(reason, instance.uid, instance.slot, container_id=container.id, name=instance.final_name)


def _update(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> Iterable[Action]:
    in_place = [change for change in fields if change.effect == "in-place" and change.path.startswith("spec.")]
    if not in_place:
        return
    changes: dict[str, Any] = {}
    for change in in_place:
        changes |= _wanted(world, instance, change)
    if "Memory" in changes or "MemorySwap" in changes:
        # A memory limit above the stored swap limit is refused unless both are sent.
        changes |= _memory_pair(world, instance, in_place)
    reason = "; ".join(f"{change.path} is {change.observed}, should be {change.declared}" for change in in_place)
    yield Update(reason, instance.uid, instance.slot, container_id=container.id, changes=changes)


def _wanted(world: ContainerWorld, instance: Instance, change: FieldChange) -> dict[str, Any]:
    path = change.path.removeprefix("spec.")
    limit = limit_of(path)
    if limit is None:
        name, retries = docker_restart_policy(world.spec)
        return {"RestartPolicy": {"Name": name, "MaximumRetryCount": retries}}
    source = _limit_source(world, instance, change)
    return {limit: source.get(limit, 0)}


def _limit_source(world: ContainerWorld, instance: Instance, change: FieldChange) -> dict[str, Any]:
    if change.cause == "spec" or instance.baseline is None:
        return dict(docker_limits(world.spec))
    return dict(instance.baseline.resources)


def _memory_pair(world: ContainerWorld, instance: Instance, in_place: Sequence[FieldChange]) -> dict[str, Any]:
    memory = next(change for change in in_place if (limit_of(change.path[5:]) or "").startswith("Memory"))
    source = _limit_source(world, instance, memory)
    return {name: source[name] for name in ("Memory", "MemorySwap") if name in source}


def _reconnect(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> Iterable[Action]:
    names = dict.fromkeys(change.path.split(".")[2] for change in fields if change.path.startswith("spec.networks."))
    reasons = {change.path.split(".")[2]: change for change in fields if change.effect == "reconnect"}
    for name in names:
        yield from _rejoin(world, instance, container, name, reasons[name])


def _rejoin(
    world: ContainerWorld, instance: Instance, container: Container, name: str, change: FieldChange
) -> Iterable[Action]:
    network = world.networks.get(name)
    join = world.spec.joins.get(name)
    docker_name = network.name if network else instance.resolved.get("networks", {}).get(name, name)
    reason = f"network {name}: {change.observed}, should be {change.declared or 'disconnected'}"
    attachment = container.networks.get(docker_name)
    if attachment is not None:
        yield Disconnect(
            reason,
            instance.uid,
            instance.slot,
            container_id=container.id,
            network=name,
            network_id=attachment.network_id or docker_name,
        )
    if join is not None and network is not None:
        yield Connect(
            reason,
            instance.uid,
            instance.slot,
            container_id=container.id,
            network=name,
            network_id=network.id,
            aliases=(world.stored.key.name,),
            join=join.declared(),
        )
