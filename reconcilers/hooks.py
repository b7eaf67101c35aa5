"""What is run inside a container when it has started and before it is stopped, and what a failure of that means."""

from dataclasses import replace

from desired_state.container import ContainerSpec
from desired_state.hooks import Hook
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.actions import RunHooks
from reconcilers.readiness import Readiness
from reconcilers.world import ContainerWorld


def due(world: ContainerWorld, instance: Instance, container: Container) -> RunHooks | None:
    """Return the hooks that this run of a container has not had yet, None when there are none."""
    if not waits_for_hooks(world, instance, container):
        return None
    hooks = _started_with(world, instance)
    reason = f"post_start: {'; '.join(hook.shown for hook in hooks)}"
    return RunHooks(reason, instance.uid, instance.slot, container.id, container.started_at, hooks)


def waits_for_hooks(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether a running container has hooks to be run before it counts as started."""
    had = instance.restarts.hooked == container.started_at
    return not had and container.state == "running" and bool(_started_with(world, instance))


def _started_with(world: ContainerWorld, instance: Instance) -> tuple[Hook, ...]:
    """Return the hooks that were declared when the container started: others wait for its next start."""
    if instance.generation == world.stored.generation or not instance.spec:
        return tuple(world.spec.post_start)
    return tuple(ContainerSpec.from_declared(dict(instance.spec)).post_start)


def judged(readiness: Readiness, world: ContainerWorld, instance: Instance) -> Readiness:
    """Return the readiness of a container whose hooks were run: as in Kubernetes, a failed one fails the container."""
    error = instance.restarts.hook_error
    if not world.spec.post_start or not error:
        return readiness
    return replace(readiness, ready=False, failing=True, message=error)


def before_stop(instance: Instance, container: Container) -> tuple[Hook, ...]:
    """Return the hooks of the spec that a container was made from, to be run before it is stopped."""
    if not instance.spec or container.state != "running":
        return ()
    return tuple(ContainerSpec.from_declared(dict(instance.spec)).pre_stop)
