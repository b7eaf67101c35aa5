"""What differs about one container of ours: three comparisons, none of which can see an engine's defaults.

1. The spec declared now against the spec it was made from: what the user changed.
2. Its inspect right after create against its inspect now, over what can change on a living
   container: what someone else changed.
3. What its names meant then against what they mean now: image, networks, the container it shares
   namespaces with.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from desired_state.container import ContainerSpec
from desired_state.limits import docker_limits, docker_restart_policy
from observed_state.container import Attachment, Container, RestartPolicy
from observed_state.instance import Instance
from reconcilers.decision import Cause, Effect, FieldChange
from reconcilers.differences import differences
from reconcilers.effects import LIMIT_OF, effect_of_field, effect_of_limit, is_under, limit_of
from reconcilers.world import ContainerWorld


def compare_instance(world: ContainerWorld, instance: Instance, container: Container) -> tuple[FieldChange, ...]:
    """Return every field of one living container that differs from what it should be, ignored drift left out."""
    found = (
        *_state_change(world, container),
        *_spec_changes(world, instance),
        *_name_change(instance, container),
        *_limit_drift(world, instance, container),
        *_policy_drift(instance, container),
        *_network_changes(world, instance, container),
        *_referent_changes(world, instance),
    )
    return tuple(change for change in found if change.cause != "drift" or not ignored(world, change.path))


def ignored(world: ContainerWorld, path: str) -> bool:
    """Return whether the user asked not to look at drift of this path."""
    drift = world.spec.drift
    if drift is None:
        return False
    return drift.default == "ignore" or any(fnmatchcase(path, pattern) for pattern in drift.ignore)


def _state_change(world: ContainerWorld, container: Container) -> Iterator[FieldChange]:
    if world.stored.stopped:
        if container.running:
            yield FieldChange("status.state", "stopped", container.state, "spec", "restart")
    elif container.state == "paused":
        yield FieldChange("status.state", "running", "paused", "drift", "in-place")
    elif not container.running and not finished(world.spec, container):
        cause: Cause = "missing" if container.state == "created" else "drift"
        yield FieldChange("status.state", "running", container.state, cause, "restart")


def finished(spec: ContainerSpec, container: Container) -> bool:
    """Return whether the container has ended and its policy is to leave it so."""
    if container.state not in ("exited", "dead") or container.started_at is None:
        return False
    restart = spec.effective_restart
    if restart.policy == "never":
        return True
    return restart.policy == "on-failure" and container.exit_code == 0


def _spec_changes(world: ContainerWorld, instance: Instance) -> Iterator[FieldChange]:
    if instance.generation == world.stored.generation:
        return
    made_from = ContainerSpec.from_declared(dict(instance.spec))
    for path, declared, observed in differences(world.spec.declared(), dict(instance.spec)):
        effect = _spec_effect(path, made_from, world.spec)
        if effect != "none":
            yield FieldChange(f"spec.{path}", declared, observed, "spec", effect)


def _spec_effect(path: str, made_from: ContainerSpec, wanted: ContainerSpec) -> Effect:
    if is_under(path, ("restart",)):
        return "none" if docker_restart_policy(made_from) == docker_restart_policy(wanted) else "in-place"
    limit = limit_of(path)
    if limit is None:
        return effect_of_field(path)
    before, after = docker_limits(made_from), docker_limits(wanted)
    return "none" if before.get(limit) == after.get(limit) else effect_of_limit(limit, after.get(limit), before)


def _name_change(instance: Instance, container: Container) -> Iterator[FieldChange]:
    if container.name not in (instance.name, instance.final_name):
        yield FieldChange("name", instance.final_name, container.name, "drift", "rename")


def _limit_drift(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    baseline = instance.baseline
    if baseline is None:
        return
    for name in sorted(baseline.resources.keys() | container.resources.keys()):
        then, now = baseline.resources.get(name), container.resources.get(name)
        if then != now:
            effect = effect_of_limit(name, then, container.resources)
            yield FieldChange(_limit_path(world, name), then, now, "drift", effect)


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


def _policy_drift(instance: Instance, container: Container) -> Iterator[FieldChange]:
    baseline = instance.baseline
    if baseline is None or baseline.restart_policy == container.restart_policy:
        return
    then, now = baseline.restart_policy, container.restart_policy
    yield FieldChange("spec.restart", _policy_text(then), _policy_text(now), "drift", "in-place")


def _policy_text(policy: RestartPolicy) -> str:
    return f"{policy.name}:{policy.maximum_retry_count}" if policy.maximum_retry_count else policy.name


def _network_changes(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    spec = world.spec
    if spec.network_mode is not None:
        return
    joined = dict(container.networks)
    for name in spec.joins:
        network = world.networks.get(name)
        path = f"spec.networks.{name}"
        if network is None:
            yield FieldChange(path, "connected", "no such network", "dependency", "reconnect")
            continue
        attachment = joined.pop(network.name, None)
        if attachment is None:
            yield FieldChange(path, "connected", "disconnected", _absence_cause(instance, name), "reconnect")
        elif attachment.network_id not in ("", network.id):
            yield FieldChange(path, network.id[:12], attachment.network_id[:12], "dependency", "reconnect")
        else:
            yield from _alias_changes(path, instance, attachment)
    for name in sorted(joined):
        if name not in instance.resolved.get("networks", {}).values():
            yield FieldChange(f"spec.networks.{name}", None, "connected", "drift", "reconnect")


def _absence_cause(instance: Instance, network: str) -> Cause:
    return "drift" if network in instance.resolved.get("networks", {}) else "spec"


def _alias_changes(path: str, instance: Instance, attachment: Attachment) -> Iterator[FieldChange]:
    baseline = instance.baseline.networks.get(attachment.network) if instance.baseline else None
    if baseline and set(baseline.aliases) != set(attachment.aliases):
        yield FieldChange(f"{path}.aliases", sorted(baseline.aliases), sorted(attachment.aliases), "drift", "reconnect")


def _referent_changes(world: ContainerWorld, instance: Instance) -> Iterator[FieldChange]:
    now = world.image.image
    made_from = instance.resolved.get("image_id", "")
    if now is not None and made_from and now.id != made_from and instance.generation == world.stored.generation:
        yield FieldChange("spec.image", _image_text(world, now.id), _image_text(world, made_from), "image", "recreate")
    for name, parent in world.parents.items():
        before = instance.resolved.get("parents", {}).get(name)
        if parent is not None and before is not None and parent != before:
            yield FieldChange(f"spec.{name}", parent[:12], str(before)[:12], "dependency", "recreate")


def _image_text(world: ContainerWorld, image_id: str) -> str:
    return f"{world.image.reference}@{image_id.removeprefix('sha256:')[:12]}"
