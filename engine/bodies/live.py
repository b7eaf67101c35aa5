"""The part of a spec that can change on a living container (`POST /containers/{id}/update`)."""

from typing import Any

from desired_state.container import ContainerSpec
from desired_state.limits import docker_limits, docker_restart_policy


def live_changes(spec: ContainerSpec) -> dict[str, Any]:
    """Return the declared limits and the restart policy, under the names of Docker's update body.

    What is not declared is absent: Docker reads 0 and "" as "leave it", so no update can say "none"
    (except `PidsLimit`, which 0 lifts).
    """
    return {**docker_limits(spec), "RestartPolicy": restart_policy(spec)}


def restart_policy(spec: ContainerSpec) -> dict[str, Any]:
    """Return Docker's own policy for this spec: `no` unless restarts are delegated to Docker."""
    name, retries = docker_restart_policy(spec)
    return {"Name": name, "MaximumRetryCount": retries}
