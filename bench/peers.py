"""Whom Ergon is measured against: the bare SDK, and Docker Compose."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
from docker.types import NetworkingConfig

from bench.workload import SLEEPS
from tools import programs
from tools.messages import Impossible

# Where the docker command looks for its plugins; called directly, Compose is spared the detour.
_PLUGIN_FOLDERS = (
    "~/.docker/cli-plugins",
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


class BareSdk:
    """The low-level SDK and nothing else: containers on one network, under an alias each, as the others make them."""

    def __init__(self, clients: Sequence[docker.APIClient], project: str, image: str) -> None:
        """Each client serves one thread, and there are as many threads as clients."""
        self._clients = clients
        self._project = project
        self._image = image
        self._network = f"{project}_default"

    def make_network(self) -> None:
        self._clients[0].create_network(self._network)

    def container(self, name: str) -> str:
        """Return Docker's name of a container."""
        return f"{self._project}-{name}"

    def run(self, names: Iterable[str], **more: Any) -> None:
        """Create and start containers; `more` goes into each one's HostConfig."""
        left = iter(list(names))
        with ThreadPoolExecutor(len(self._clients)) as pool:
            for done in [pool.submit(self._run_each, client, left, more) for client in self._clients]:
                done.result()

    def _run_each(self, client: docker.APIClient, left: Iterator[str], more: dict[str, Any]) -> None:
        # The threads share one list iterator: taking the next item of it is one step.
        for name in left:
            self._run(client, name, more)

    def _run(self, client: docker.APIClient, name: str, more: dict[str, Any]) -> None:
        endpoint = client.create_endpoint_config(aliases=[name])
        made = client.create_container(
            self._image,
            list(SLEEPS),
            name=self.container(name),
            labels={"project": self._project},
            host_config=client.create_host_config(network_mode=self._network, **more),
            networking_config=NetworkingConfig({self._network: endpoint}),  # type: ignore[arg-type]  # the stub is wrong
        )
        client.start(made["Id"])


class Compose:
    """`docker compose` on one project."""

    def __init__(self, program: Path, host: str, project: str, file: Path) -> None:
        self._up = [str(program), "--project-name", project, "--file", str(file), "up", "--detach"]
        self._environment = {**os.environ, "DOCKER_HOST": host}
        self._project = project

    def container(self, name: str) -> str:
        """Return Docker's name of a service's only container."""
        return f"{self._project}-{name}-1"

    def up(self) -> None:
        """Run `docker compose up -d` to its end.

        Raises:
            Impossible: it failed.
        """
        ran = subprocess.run(self._up, env=self._environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise Impossible(f"docker compose up failed: {ran.stderr.strip().splitlines()[-1:]}")


def compose_program() -> Path:
    """Return Docker Compose v2: the installed plugin, else one fetched into the cache.

    Raises:
        Impossible: it can't be had here.
    """
    for folder in _PLUGIN_FOLDERS:
        program = Path(folder).expanduser() / "docker-compose"
        if os.access(program, os.X_OK):
            return program
    return programs.compose()
