"""What the demonstration stands on: the `ergon` command in a private state folder, and an engine swept afterwards."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
from docker.errors import APIError, DockerException
from docker.models.containers import Container
from docker.models.networks import Network
from docker.models.volumes import Volume

from tools.messages import Impossible

ERGON = Path(sys.executable).with_name("ergon")
NAMESPACE = "shop"
PATIENCE_S = 60.0


class Ergon:
    """The command, as a user types it; its state lives in `state_dir`."""

    def __init__(self, state_dir: Path) -> None:
        self._environment = {**os.environ, "ERGON_STATE_DIR": str(state_dir)}

    def show(self, *arguments: str, expect: int = 0) -> None:
        """Run it before the audience.

        Raises:
            Impossible: it did not exit with `expect`.
        """
        print(f"\n$ ergon {shlex.join(arguments)}", flush=True)
        status = subprocess.run([ERGON, *arguments], env=self._environment, check=False).returncode
        if status != expect:
            raise Impossible(f"`ergon {' '.join(arguments)}` exited {status} instead of {expect}")

    def ask(self, *arguments: str) -> int:
        """Run it behind the scenes and return its exit status."""
        return subprocess.run([ERGON, *arguments], env=self._environment, capture_output=True, check=False).returncode


@contextlib.contextmanager
def swept(client: docker.DockerClient, ergon: Ergon) -> Iterator[None]:
    """Leave nothing of the shop behind, whatever happens.

    Raises:
        Impossible: somebody's shop is there already; it is not touched.
    """
    if _containers(client) or _others(client):
        raise Impossible("this engine already has a namespace `shop`; remove it, or name another engine by DOCKER_HOST")
    try:
        yield
    finally:
        ergon.ask("shutdown")
        for container in _containers(client):
            with contextlib.suppress(DockerException):
                container.remove(force=True, v=True)
        for other in _others(client):
            with contextlib.suppress(DockerException):
                other.remove()


def _containers(client: docker.DockerClient) -> list[Container]:
    return client.containers.list(all=True, filters={"name": f"^/?{NAMESPACE}-"})


def _others(client: docker.DockerClient) -> list[Network | Volume]:
    networks = client.networks.list(names=[f"{NAMESPACE}_"])
    volumes = client.volumes.list(filters={"name": f"{NAMESPACE}_"})
    # The filters match anywhere in the name.
    ours = [network for network in networks if str(network.name).startswith(f"{NAMESPACE}_")]
    return [*ours, *(volume for volume in volumes if volume.name.startswith(f"{NAMESPACE}_"))]


def seconds_until(holds: Callable[[], bool]) -> float:
    """Return how long it took until something holds.

    Raises:
        Impossible: it did not within a minute.
    """
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > PATIENCE_S:
            raise Impossible(f"nothing happened for {PATIENCE_S:.0f} s")
        time.sleep(0.005)
    return time.monotonic() - began


def kill_main_process(client: docker.DockerClient, name: str) -> int:
    """Kill -9 a container's main process and return its pid; through Docker where it is not this machine's process."""
    victim = main_process(client, name)
    container = client.containers.get(name)
    try:
        if str(container.id) not in Path(f"/proc/{victim}/cgroup").read_text():
            raise ProcessLookupError(f"{victim} is a process of another machine")
        os.kill(victim, signal.SIGKILL)
    except OSError:
        container.kill("SIGKILL")
    return victim


def main_process(client: docker.DockerClient, name: str) -> int:
    """Return the host's pid of a container's main process, 0 while there is none."""
    try:
        state = client.api.inspect_container(name)["State"]
    except APIError:
        return 0
    return int(state["Pid"]) if state["Running"] else 0
