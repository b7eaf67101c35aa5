"""Give resources up without touching what they are in Docker: the opposite of adopting."""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from controller.errors import ServiceError
from controller.runtime import Runtime
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.limits import docker_restart_policy
from desired_state.resource import Stored
from engine.errors import NotFound
from observed_state.container import RestartPolicy
from observed_state.instance import Instance
from store import resources

_DOCKERS_OWN = {"always": "always", "unless-stopped": "unless-stopped", "on-failure": "on-failure"}


async def release(runtime: Runtime, keys: Sequence[Key], *, actor: str) -> list[Stored]:
    """Stop managing resources. Containers keep running, under the restart policy they had or were declared with.

    A cut on the way leaves what is not released yet managed as before.

    Raises:
        ServiceError: others that stay still need one of them.
        EngineError, StoreError
    """
    _refuse_needed(runtime, keys)
    stored = [runtime.records.resources[key] for key in keys]
    for one in stored:
        for instance in runtime.records.instances_of(one.key):
            await _give_back(runtime, one, instance)
        now = runtime.clock.now()

        def write(session: Session, one: Stored = one) -> None:
            resources.release(session, one.key, now, actor=actor)  # noqa: B023 - run before the next round

        await runtime.store.write(write)
        runtime.records.drop_resource(one.key)
    return stored


def _refuse_needed(runtime: Runtime, keys: Sequence[Key]) -> None:
    for key in keys:
        users = [user for user in runtime.records.dependents_of(key) if user not in keys]
        if users:
            listed = ", ".join(str(user) for user in sorted(users))
            raise ServiceError(f"{key} is needed by {listed}", "release them together", 409)


async def _give_back(runtime: Runtime, stored: Stored, instance: Instance) -> None:
    """Give a container the restart policy of its life without Ergon, recorded first, so that it is no drift."""
    spec = stored.resource.spec
    if not isinstance(spec, ContainerSpec) or instance.container_id is None or instance.baseline is None:
        return
    policy = _policy_of_its_own(spec, instance)
    body = {"RestartPolicy": {"Name": policy.name, "MaximumRetryCount": policy.maximum_retry_count}}
    await runtime.records.save(replace(instance, baseline=replace(instance.baseline, restart_policy=policy)))
    try:
        with runtime.observed.doing(instance.container_id):
            await runtime.engine.update_container(instance.container_id, body)
    except NotFound:
        return


def _policy_of_its_own(spec: ContainerSpec, instance: Instance) -> RestartPolicy:
    found = (instance.resolved.get("found") or {}).get("restart_policy")
    if found:
        return RestartPolicy(str(found[0]), int(found[1]))
    restart = spec.effective_restart
    if restart.policy == "delegated":
        return RestartPolicy(*docker_restart_policy(spec))
    attempts = (restart.attempts or 0) if restart.policy == "on-failure" else 0
    return RestartPolicy(_DOCKERS_OWN.get(restart.policy, "no"), attempts)
