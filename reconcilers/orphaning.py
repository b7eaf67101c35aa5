"""End a declaration and leave what was made for it as it is: nobody's, and cared for by Docker alone."""

from collections.abc import Iterator

from desired_state.container import ContainerSpec
from observed_state.instance import Instance
from reconcilers.actions import Action, Release, Update
from reconcilers.world import ContainerWorld

_REASON = "its resource was deleted, and it is to stay"
# Ergon's words for restarting, in Docker's.
_POLICIES = {"always": "always", "unless-stopped": "unless-stopped", "on-failure": "on-failure"}


def let_go(world: ContainerWorld, instance: Instance) -> tuple[Action, ...]:
    """Return what leaves one container to Docker: its declared policy for restarts, then no record of it."""
    return (*_own_restarts(world, instance), Release(_REASON, instance.uid, instance.slot))


def _own_restarts(world: ContainerWorld, instance: Instance) -> Iterator[Action]:
    container = world.containers.get(instance.container_id or "")
    spec = ContainerSpec.from_declared(dict(instance.spec)) if instance.spec else world.spec
    restart = spec.effective_restart
    policy = _POLICIES.get(restart.policy)
    if container is not None and policy is not None and container.restart_policy.name != policy:
        retries = restart.attempts or 0 if policy == "on-failure" else 0
        changes = {"RestartPolicy": {"Name": policy, "MaximumRetryCount": retries}}
        yield Update(_REASON, instance.uid, instance.slot, container_id=container.id, changes=changes)
