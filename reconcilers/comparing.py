"""What differs about one container of ours: three comparisons, none of which can see an engine's defaults.

1. The spec declared now against the spec it was made from: what the user changed.
2. Its inspect right after create against its inspect now, over what can change on a living
   container: what someone else changed.
3. What its names meant then against what they mean now: image, networks, the container it shares
   namespaces with.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from desired_state.drift import LIFE
from desired_state.limits import docker_limits
from observed_state.container import Container, RestartPolicy
from observed_state.instance import Instance
from reconcilers import attachments, contents, fixed, moved_images, naming, parents
from reconcilers.decision import Cause, Effect, FieldChange
from reconcilers.effects import LIMIT_OF, effect_of_field, effect_of_limit, is_under, limit_of
from reconcilers.endings import finished, over, stopped_by_hand
from reconcilers.policies import govern
from reconcilers.revision import Revision, revision
from reconcilers.world import ContainerWorld


def compare_instance(world: ContainerWorld, instance: Instance, container: Container) -> tuple[FieldChange, ...]:
    """Return every field of one living container that differs from what it should be, with what becomes of it."""
    changed = revision(world, instance)
    found = (
        *_state_change(world, instance, container),
        *_spec_changes(changed, container),
        *_name_change(world, instance, container),
        *_limit_drift(world, instance, container, changed.limits),
        *_policy_drift(instance, container, changed),
        *attachments.compare(world, instance, container),
        *_referent_changes(world, instance, container),
        *fixed.compare(world, instance, container),
    )
    return _by_restart_policy(world, instance, container, govern(world, instance.final_name, found))


def name_to_take(
    world: ContainerWorld, instance: Instance, container: Container, told: Collection[FieldChange]
) -> tuple[FieldChange, ...]:
    """Return the name that a container is still to take, unless what is `told` already says so.

    A successor is made under a name of its own, and the final one is free only when its predecessor is gone.
    """
    final = naming.final_name(world.stored.key, world.spec, instance)
    if container.name == final or any(field.effect == "rename" for field in told):
        return ()
    return (FieldChange("name", final, container.name, "spec", "rename"),)


def _by_restart_policy(
    world: ContainerWorld, instance: Instance, container: Container, fields: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """Leave what ended by itself to its restart policy: a drift policy is about what somebody did."""
    if container.state == "paused" or stopped_by_hand(world, instance, container):
        return fields
    return tuple(replace(field, policy="enforce", verdict="") if field.path == LIFE else field for field in fields)


def _state_change(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    if world.stored.stopped:
        if container.running or container.state == "restarting":
            yield FieldChange("status.state", "stopped", container.state, "spec", "restart")
    elif container.state == "paused":
        yield FieldChange("status.state", "running", "paused", "drift", "in-place")
    elif not container.running and not over(world, instance, container):
        cause: Cause = "missing" if container.state == "created" else "drift"
        yield FieldChange("status.state", "running", container.state, cause, "restart")


def _spec_changes(changed: Revision, container: Container) -> Iterator[FieldChange]:
    for path, declared, observed in changed.fields:
        effect = _spec_effect(path, changed, container)
        if effect != "none":
            yield FieldChange(f"spec.{path}", declared, observed, "spec", effect)


def _spec_effect(path: str, changed: Revision, container: Container) -> Effect:
    if is_under(path, ("restart",)):
        return "in-place" if changed.restart_policy else "none"
    limit = limit_of(path)
    if limit is None:
        return effect_of_field(path)
    if limit not in changed.limits:
        return "none"
    return effect_of_limit(limit, changed.wanted.get(limit), {*changed.before, *container.resources})


def _name_change(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    final = naming.final_name(world.stored.key, world.spec, instance)
    if container.name not in (instance.name, final):
        yield FieldChange("name", final, container.name, "drift", "rename")


def _limit_drift(
    world: ContainerWorld, instance: Instance, container: Container, changed: Collection[str]
) -> Iterator[FieldChange]:
    baseline = instance.baseline
    if baseline is None:
        return
    for name in sorted(baseline.resources.keys() | container.resources.keys()):
        then, now = baseline.resources.get(name), container.resources.get(name)
        if then == now or name in changed or _follows(name, baseline, container):
            continue
        path = _limit_path(world, name)
        declared = name in docker_limits(world.spec) or _has(world.spec.declared(), path.removeprefix("spec."))
        effect = effect_of_limit(name, then, container.resources)
        yield FieldChange(path, then, now, "drift", effect, unmanaged=not declared)


def _follows(limit: str, then: Container, now: Container) -> bool:
    """Return whether this is memory with swap, at Docker's own double of a memory limit that changed as well."""
    return limit == "MemorySwap" and all(
        seen.resources.get("MemorySwap", 0) == 2 * int(seen.resources.get("Memory", 0)) for seen in (then, now)
    )


def _limit_path(world: ContainerWorld, limit: str) -> str:
    """Return the field that the user wrote for this limit, else its short Compose name."""
    declared = world.spec.declared()
    names = [name for name, docker in LIMIT_OF.items() if docker == limit]
    written = next((name for name in names if _has(declared, name)), names[0] if names else limit)
    return f"spec.{written}"


def _has(declared: object, path: str) -> bool:
    for part in path.split("."):
        if not isinstance(declared, dict) or declared.get(part) is None:
            return False
        declared = declared[part]
    return True


def _policy_drift(instance: Instance, container: Container, changed: Revision) -> Iterator[FieldChange]:
    baseline = instance.baseline
    if baseline is None or changed.restart_policy or baseline.restart_policy == container.restart_policy:
        return
    then, now = baseline.restart_policy, container.restart_policy
    yield FieldChange("spec.restart", _policy_text(then), _policy_text(now), "drift", "in-place")


def _policy_text(policy: RestartPolicy) -> str:
    return f"{policy.name}:{policy.maximum_retry_count}" if policy.maximum_retry_count else policy.name


def _referent_changes(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    if finished(world.spec, instance, container):
        return  # a job that is done is not run again because its image moved
    yield from moved_images.compare(world, instance)
    yield from parents.compare(world, container)
    for name, parent in world.parents.items():
        before = instance.resolved.get("parents", {}).get(name)
        if parent is not None and before is not None and parent != before:
            yield FieldChange(f"spec.{name}", parent[:12], str(before)[:12], "dependency", "recreate")
    yield from contents.compare(world, instance)
