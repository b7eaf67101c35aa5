"""What the end of a run means: a job that is done, somebody's deed, or a crash."""

from datetime import datetime

from desired_state.container import ContainerSpec
from desired_state.restart import Restart
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.backoff import counted_failures
from reconcilers.world import ContainerWorld


def finished(spec: ContainerSpec, instance: Instance, container: Container) -> bool:
    """Return whether the container has ended and is left so by its policy.

    What Ergon itself stopped has not finished, its run was cut short, unless it was ended for good.
    Under `delegated` it is Docker who starts a container again, or does not.
    """
    if container.state not in ("exited", "dead") or container.started_at is None:
        return False
    if instance.restarts.ended:
        return True
    return not instance.stop_expected and left_so(spec, container.exit_code)


def left_so(spec: ContainerSpec, exit_code: int) -> bool:
    """Return whether a run that ended by itself with this exit code is not to be followed by another."""
    restart = spec.effective_restart
    return restart.policy in ("never", "delegated") or (restart.policy == "on-failure" and exit_code == 0)


def over(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether nothing follows the end of this container: it is finished, or was tried often enough."""
    if finished(world.spec, instance, container):
        return True
    if container.state != "exited" or container.started_at is None or somebodys_deed(world, instance, container):
        return False
    return exhausted(world.spec.effective_restart, crashes(world, instance, container, container.finished_at))


def crashes(world: ContainerWorld, instance: Instance, container: Container, at: datetime | None) -> int:
    """Return the crash restarts that still count against a run that ended (or fails) `at`."""
    if instance.generation != world.stored.generation:
        return 0  # what crashed under another spec says nothing about this one
    return counted_failures(instance.restarts, container.started_at, at, world.spec.effective_restart.backoff)


def exhausted(restart: Restart, failures: int) -> bool:
    """Return whether so many crash restarts are all that the policy allows."""
    return restart.attempts is not None and failures >= restart.attempts


def somebodys_deed(world: ContainerWorld, instance: Instance, container: Container) -> str:
    """Return who ended the run when it did not end by itself, "" when it did."""
    if instance.stop_expected:
        return "stopped by Ergon and wanted again"
    if stopped_by_hand(world, instance, container):
        return f"stopped by hand (exit code {container.exit_code})"
    ended, outage = container.finished_at, world.outage
    if outage and ended and outage.lost_at <= ended <= outage.back_at:
        return "ended with the Docker daemon"
    return ""


def stopped_by_hand(world: ContainerWorld, instance: Instance, container: Container) -> bool:
    """Return whether a person ended the run, as seen when it happened and recorded with it."""
    if instance.stop_expected:
        return False
    started, stopped = container.started_at, world.hand_stopped.get(container.id)
    recorded = instance.restarts.last_exit_by_hand and instance.restarts.last_exit_at == container.finished_at
    return recorded or bool(stopped and started and stopped >= started)


def how_it_ended(container: Container) -> str:
    """Return the end of a run in words."""
    return f"exited with code {container.exit_code}" + (" (out of memory)" if container.oom_killed else "")
