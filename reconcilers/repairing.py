"""Turn the differences of one living container into the deeds that end them without replacing it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desired_state.limits import docker_limits, docker_restart_policy
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.actions import AcceptSpec, Action, Rename, Update
from reconcilers.decision import FieldChange
from reconcilers.effects import limit_of
from reconcilers.policies import is_mended, mended
from reconcilers.world import ContainerWorld


def repair(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> tuple[Action, ...]:
    """Return the rename and the update for those fields that are put right, then the new record of what is declared."""
    actions = [*_rename(world, instance, container, fields), *_update(world, instance, container, fields)]
    if instance.generation != world.stored.generation:
        reason = f"now at generation {world.stored.generation}"
        actions.append(AcceptSpec(reason, instance.uid, instance.slot, container_id=container.id))
    return tuple(actions)


def _rename(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> Iterable[Action]:
    name = naming.final_name(world.stored.key, world.spec, instance)
    interim = container.name == instance.name
    renamed_by_hand = any(field.path == "name" for field in mended(fields))
    if container.name == name or name in world.holders or not (interim or renamed_by_hand):
        return
    reason = f"named {container.name}, should be {name}"
    if name in world.siblings:
        # Two that are to swap their names would wait for each other: each steps aside first.
        name = naming.replacement_name(name, world.stored.generation)
    if container.name != name:
        yield Rename(reason, instance.uid, instance.slot, container_id=container.id, name=name)


def _update(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> Iterable[Action]:
    in_place = [field for field in mended(fields) if field.effect == "in-place" and field.path.startswith("spec.")]
    if not in_place:
        return
    changes: dict[str, Any] = {}
    for field in in_place:
        changes |= _wanted(world, instance, field)
    # Memory is sent together with swap; of the two, what is to stay as somebody set it is sent as it is.
    left = {limit_of(field.path.removeprefix("spec.")) for field in fields if not is_mended(field)}
    changes |= {name: value for name, value in container.resources.items() if name in left & changes.keys()}
    reason = "; ".join(f"{field.path} is {field.observed}, should be {field.declared}" for field in in_place)
    yield Update(reason, instance.uid, instance.slot, container_id=container.id, changes=changes)


def _wanted(world: ContainerWorld, instance: Instance, field: FieldChange) -> Mapping[str, Any]:
    limit = limit_of(field.path.removeprefix("spec."))
    if limit is None:
        return {"RestartPolicy": _restart_policy(world, instance, field)}
    restored = instance.baseline if field.cause == "drift" else None
    source = restored.resources if restored else docker_limits(world.spec)
    wanted = {limit: source.get(limit, 0)}
    if limit in ("Memory", "MemorySwap"):
        # A memory limit above the stored swap limit is refused unless both are sent.
        wanted |= {name: source[name] for name in ("Memory", "MemorySwap") if name in source}
    return wanted


def _restart_policy(world: ContainerWorld, instance: Instance, field: FieldChange) -> Mapping[str, Any]:
    if field.cause == "drift" and instance.baseline:
        policy = instance.baseline.restart_policy
        return {"Name": policy.name, "MaximumRetryCount": policy.maximum_retry_count}
    name, retries = docker_restart_policy(world.spec)
    return {"Name": name, "MaximumRetryCount": retries}
