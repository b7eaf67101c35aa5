"""Somebody at the docker command line of the simulated host. What these hands do is neither counted nor failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.simulated import usage
from engine.simulated.daemon import Daemon
from engine.simulated.record import Record


class Hands:
    """The docker command, by its own names; containers, networks and images by name or id.

    Everything happens at once, also a stop, which kills when the process does not end. Raises
    `answers.Refusal` where the real command prints an error.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    # containers

    def run(self, name: str, image: str, *, labels: Mapping[str, str] | None = None, **body: Any) -> str:
        """Create and start a container; `body` is more of the create body (`HostConfig`...). Return its id."""
        created = self.create(name, image, labels=labels, **body)
        self.start(name)
        return created

    def create(self, name: str, image: str, *, labels: Mapping[str, str] | None = None, **body: Any) -> str:
        self._daemon.agenda.catch_up()
        return self._daemon.containers.create(name, {"Image": image, "Labels": dict(labels or {}), **body}).id

    def start(self, container: str) -> None:
        self._daemon.running.start(self._find(container))

    def stop(self, container: str) -> None:
        record = self._find(container)
        if record.alive:
            self._daemon.running.kill(record, "SIGTERM")
        if record.alive:
            self._daemon.running.kill(record, "SIGKILL")
        self._daemon.events.emit("container", "stop", record.id, record.attributes)

    def kill(self, container: str, signal: str = "SIGKILL") -> None:
        self._daemon.running.kill(self._find(container), signal)

    def pause(self, container: str) -> None:
        self._daemon.running.pause(self._find(container))

    def unpause(self, container: str) -> None:
        self._daemon.running.unpause(self._find(container))

    def rename(self, container: str, name: str) -> None:
        self._daemon.containers.rename(self._find(container), name)

    def update(self, container: str, **changes: Any) -> None:
        """Change limits or the policy, by Docker's API names: `update("web", Memory=64 << 20)`."""
        self._daemon.containers.update(self._find(container), changes)

    def rm(self, container: str) -> None:
        """Remove by force, with anonymous volumes."""
        record = self._find(container)
        if record.alive:
            self._daemon.running.kill(record, "SIGKILL")
        self._daemon.containers.remove(record, volumes=True)

    def inspect(self, container: str) -> dict[str, Any]:
        return self._daemon.inspect(self._find(container))

    # what happens inside and below

    def crash(self, container: str, code: int = 137) -> None:
        """Let the main process end by itself, as when it fails or somebody kills its pid."""
        self._daemon.running.end(self._find(container), code)

    def use(self, container: str, *, cores: float = 0.0, memory: int = 1 << 20) -> None:
        """Let it use so much of the host from now on, as far as its limits allow."""
        usage.want(self._daemon, self._find(container), cores, memory)

    def set_health(self, container: str, status: str, output: str = "") -> None:
        self._daemon.running.set_health(self._find(container), status, output)

    def say(self, container: str, text: str, stream: str = "stdout") -> None:
        self._daemon.running.say(self._find(container), text, stream)

    # networks, volumes, images

    def connect(self, network: str, container: str, aliases: Sequence[str] = ()) -> None:
        self._daemon.containers.connect(self._find(container), network, {"Aliases": list(aliases)})

    def disconnect(self, network: str, container: str) -> None:
        self._daemon.containers.disconnect(self._find(container), network)

    def network_create(self, name: str, **body: Any) -> str:
        return self._daemon.networks.create({"Name": name, **body})

    def network_rm(self, network: str) -> None:
        self._daemon.networks.remove(network)

    def volume_create(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        self._daemon.volumes.create({"Name": name, "Labels": dict(labels or {})})

    def volume_rm(self, name: str) -> None:
        self._daemon.volumes.remove(name)

    def tag(self, image: str, reference: str) -> None:
        """Let another reference mean this image."""
        self._daemon.images.tag(self._daemon.images.find(image), reference)

    def rmi(self, image: str) -> None:
        self._daemon.remove_image(image)

    def _find(self, container: str) -> Record:
        self._daemon.agenda.catch_up()
        return self._daemon.containers.find(container)
