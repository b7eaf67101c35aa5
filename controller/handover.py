"""Leave the containers to Docker while no controller runs, and take them back without a restart."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import anyio
import structlog

from controller.hook_deeds import Hooks
from controller.records import owner_key
from controller.runtime import Runtime
from desired_state.container import ContainerSpec
from desired_state.limits import docker_restart_policy
from desired_state.resource import Stored
from engine.errors import EngineError
from observed_state.container import RestartPolicy
from observed_state.instance import Instance
from reconcilers import graph
from reconcilers.hooks import before_stop
from reconcilers.pausing import is_paused
from reconcilers.removing import grace_of
from store.errors import StoreError

log = structlog.get_logger()

_PER_GROUP_S = 10.0
_WHILE_AWAY = {"always": RestartPolicy("unless-stopped"), "unless-stopped": RestartPolicy("unless-stopped")}


async def hand_over(runtime: Runtime) -> None:
    """Give running containers that are neither held nor paused Docker's own restart policy.

    It is recorded as the new baseline first: whoever looks meanwhile sees no drift.
    """
    await _each(
        runtime, [(one, policy) for one, stored in _running(runtime) if (policy := _away(runtime, one, stored))]
    )


async def take_back(runtime: Runtime, instances: Iterable[Instance] | None = None) -> None:
    """Take Docker's restart policy from containers that were left to it: all, unless `instances` says which."""
    due = []
    for instance in runtime.records.instances() if instances is None else instances:
        stored = _owner(runtime, instance)
        if stored is None or instance.baseline is None or instance.role != "main":
            continue
        own = _own_policy(stored)
        if instance.baseline.restart_policy != own and not _is_docker_s(instance, stored):
            due.append((instance, own))
    await _each(runtime, due)


async def stop_all(runtime: Runtime) -> None:
    """Stop every running container, each within its own grace period and none before those that depend on it."""
    for group in _groups(runtime):
        async with anyio.create_task_group() as tasks:
            for instance in group:
                tasks.start_soon(_stop, runtime, instance)


def stopping_s(runtime: Runtime) -> float:
    """Return how long stopping everything may take at most: each group's longest grace, and some for Docker."""
    return sum(max(map(grace_of, group)) + _PER_GROUP_S for group in _groups(runtime))


def _groups(runtime: Runtime) -> list[list[Instance]]:
    """Return the running containers in the order in which they stop."""
    running = defaultdict(list)
    for instance, stored in _running(runtime):
        running[stored.key].append(instance)
    order = graph.leaving_order(runtime.records.resources.values())
    groups = ([one for key in keys for one in running.get(key, ())] for keys in order)
    return [group for group in groups if group]


async def _stop(runtime: Runtime, instance: Instance) -> None:
    container = runtime.observed.containers.get(instance.container_id or "")
    if container is None:
        return
    hooks, due, grace_s = Hooks(runtime.engine, runtime.clock), before_stop(instance, container), grace_of(instance)
    try:
        await runtime.records.save(replace(instance, stop_expected=True))
        if due:
            runs, grace_s = await hooks.run_all(container.id, due, grace_s)
            await runtime.store.write(hooks.told(instance, "pre_stop", runs))
        await runtime.engine.stop_container(container.id, grace_s)
    except (EngineError, StoreError) as error:
        log.warning("could not stop", instance=instance.name, reason=error.message)


def _running(runtime: Runtime) -> list[tuple[Instance, Stored]]:
    found = []
    for instance in runtime.records.instances():
        container = runtime.observed.containers.get(instance.container_id or "")
        stored = _owner(runtime, instance)
        if stored is not None and container is not None and container.running:
            found.append((instance, stored))
    return found


def _owner(runtime: Runtime, instance: Instance) -> Stored | None:
    stored = runtime.records.resources.get(owner_key(instance))
    return stored if stored is not None and stored.key.kind == "Container" else None


def _away(runtime: Runtime, instance: Instance, stored: Stored) -> RestartPolicy | None:
    """Return the policy while Ergon is away, None to leave the container as it is."""
    spec = stored.resource.spec
    kept = instance.restarts.held or stored.stopped or stored.deleting_since or is_paused(stored, runtime.clock.now())
    if kept or instance.role != "main" or instance.baseline is None or not isinstance(spec, ContainerSpec):
        return None
    restart = spec.effective_restart
    if restart.policy == "on-failure":
        return RestartPolicy("on-failure", restart.attempts or 0)
    return _WHILE_AWAY.get(restart.policy)


def _is_docker_s(instance: Instance, stored: Stored) -> bool:
    """Whether restarts were left to Docker by whoever made the container, and still are."""
    spec = stored.resource.spec
    return instance.adopted and isinstance(spec, ContainerSpec) and spec.effective_restart.policy == "delegated"


def _own_policy(stored: Stored) -> RestartPolicy:
    spec = stored.resource.spec
    return RestartPolicy(*docker_restart_policy(spec)) if isinstance(spec, ContainerSpec) else RestartPolicy()


async def _each(runtime: Runtime, due: list[tuple[Instance, RestartPolicy]]) -> None:
    async def change(asked: Instance, policy: RestartPolicy) -> None:
        instance = runtime.records.instance(asked.uid)
        if instance is None or instance.baseline is None or instance.container_id is None:
            return
        baseline = replace(instance.baseline, restart_policy=policy)
        body = {"RestartPolicy": {"Name": policy.name, "MaximumRetryCount": policy.maximum_retry_count}}
        try:
            await runtime.records.save(replace(instance, baseline=baseline))
            with runtime.observed.doing(instance.container_id):
                await runtime.engine.update_container(instance.container_id, body)
            await runtime.observed.inspect(instance.container_id)
        except (EngineError, StoreError) as error:
            log.warning("could not change the restart policy", instance=instance.name, reason=error.message)

    async with anyio.create_task_group() as tasks:
        for instance, policy in due:
            tasks.start_soon(change, instance, policy)
