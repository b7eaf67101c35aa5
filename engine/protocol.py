"""The interface every engine offers. Documented here, implemented in `docker.py` and `simulated.py`.

Every call has a deadline and raises only `engine.errors`. Ids are full 64-character ids, names have
no leading slash.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from desired_state.build import Build
from desired_state.container import ContainerSpec
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from engine.progress import Tell, silent
from observed_state.container import Container, ContainerSummary
from observed_state.engine import EngineEvent, EngineInfo, PastEvents
from observed_state.image import Image
from observed_state.network import Network
from observed_state.process import Process
from observed_state.usage import Counters, Layer
from observed_state.volume import Volume


@dataclass(frozen=True, slots=True)
class NewContainer:
    """Everything Docker needs to make one container: the declared spec, and what its names mean now.

    `image` is what to create from (reference or id). `networks` maps the spec's network names
    to Docker's names, in joining order; `aliases` are given on each of them beside the declared ones.
    `volumes` maps the spec's volume names to Docker's. `parent` is the container id behind
    `network_mode: service:X` (`ipc`, `pid` likewise by name in `parents`). `environment` holds the values
    looked up for this container; they win over the declared ones. `scratch` are folders that get an
    anonymous volume each, so that files can be put there. `labels` are Ergon's own, added to the spec's.
    """

    name: str
    spec: ContainerSpec
    image: str
    labels: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    aliases: Sequence[str] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    scratch: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Created:
    """A new container's id, and what the daemon warned of while making it."""

    id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run inside a container; what is None or empty is as for the container itself."""

    words: tuple[str, ...]
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    privileged: bool = False
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command inside a container went: its exit code, None when it did not end in time; the end of its output."""

    exit_code: int | None
    output: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """Files out of a container by their path in the archive, and what its links point to, which is not followed.

    `complete` is False when it was larger than was asked for, or broken: what came before that is here.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a container's log. `stream` is stdout or stderr."""

    container_id: str
    time: datetime
    stream: str
    text: str


class Engine(Protocol):
    """Docker, as Ergon uses it."""

    # the daemon
    async def info(self) -> EngineInfo:
        """Return what the daemon is. Connects when needed; cached until the connection is lost."""
        ...

    async def ping(self) -> None:
        """Return if the daemon answers within 3 s."""
        ...

    def events(self, since_ns: int | None = None) -> AsyncIterator[EngineEvent]:
        """Yield events as they happen, from `since_ns` of the daemon's clock when given.

        The first item is an event of type `daemon`, action `subscribed`, so that a caller who lists
        after it misses nothing; its time is from when on events are told. Ends or raises
        EngineUnreachable when the stream breaks.
        """
        ...

    async def past_events(self, since_ns: int) -> PastEvents:
        """Return what has happened from `since_ns` of the daemon's clock until now, without waiting for more."""
        ...

    # containers
    async def list_containers(self) -> list[ContainerSummary]:
        """Return all containers, running or not, whoever made them."""
        ...

    async def inspect_container(self, container: str) -> Container:
        """Return one container by id or name. Raises NotFound."""
        ...

    async def create_container(self, new: NewContainer) -> Created:
        """Make a container without starting it, on all its networks.

        Raises NameTaken, NotFound (image, network), Refused, NotSupported. When it raises after the
        container was made (a later network could not be joined), the container has been removed.
        """
        ...

    async def start_container(self, container_id: str) -> None:
        """Start it; already running is fine. Raises StartFailed, NotFound."""
        ...

    async def stop_container(self, container_id: str, grace_s: float, signal: str | None = None) -> None:
        """Send the stop signal, kill after `grace_s`; already stopped is fine."""
        ...

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None: ...

    async def unpause_container(self, container_id: str) -> None: ...

    async def rename_container(self, container_id: str, name: str) -> None:
        """Raises NameTaken, NotFound."""
        ...

    async def update_container(self, container_id: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
        """Change limits (Docker's names) or `RestartPolicy` ({"Name", "MaximumRetryCount"}) in place; return warnings.

        Raises Refused when the limits contradict each other or the ones that stay.
        """
        ...

    async def remove_container(self, container_id: str, *, force: bool = False, volumes: bool = True) -> None:
        """Remove it and its anonymous volumes; already gone is fine. A removal in progress is waited for."""
        ...

    def logs(
        self,
        container_id: str,
        *,
        follow: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[LogLine]:
        """Yield log lines, oldest first; `tail` None means all."""
        ...

    async def put_archive(self, container_id: str, path: str, archive: bytes) -> None:
        """Unpack a tar archive at `path` inside the container."""
        ...

    async def get_archive(self, container_id: str, path: str, limit: int = 1 << 20) -> Archive:
        """Return a file, or a folder with what is in it, of at most `limit` bytes; the container may be stopped.

        Raises NotFound (the container, or the path in it).
        """
        ...

    async def top(self, container_id: str) -> list[Process]:
        """Return its processes, listed by the daemon's own `ps`: nothing runs in the container.

        Raises NotFound, Conflict (it does not run), ServerError (the daemon's host has no `ps`).
        """
        ...

    async def run_command(self, container_id: str, command: Command) -> Ran:
        """Run a command inside a running container and return when it has ended, or its time is up.

        Docker can't end it: past its time it goes on unheeded. Raises NotFound, Conflict (it does not run), Refused.
        """
        ...

    async def stats(self, container_id: str) -> Counters:
        """Return what a running container has used so far. Raises NotFound, Conflict (it does not run)."""
        ...

    # networks
    async def list_networks(self) -> list[Network]:
        """Return all networks. `containers` may be empty here; `inspect_network` fills it."""
        ...

    async def inspect_network(self, network: str) -> Network: ...

    async def create_network(self, name: str, spec: NetworkSpec, labels: Mapping[str, str]) -> str:
        """Make a network and return its id. Raises Conflict when the name is taken, Refused."""
        ...

    async def remove_network(self, network_id: str) -> None:
        """Remove it; already gone is fine. Raises Conflict while containers are on it."""
        ...

    async def connect(
        self,
        network_id: str,
        container_id: str,
        *,
        aliases: Sequence[str] = (),
        join: Mapping[str, Any] | None = None,
    ) -> None:
        """Join a container to a network; `join` is a declared `Join`. Already joined is fine."""
        ...

    async def disconnect(self, network_id: str, container_id: str, *, force: bool = False) -> None:
        """Take it off the network; not on it is fine."""
        ...

    # volumes
    async def list_volumes(self) -> list[Volume]: ...

    async def inspect_volume(self, name: str) -> Volume: ...

    async def create_volume(self, name: str, spec: VolumeSpec, labels: Mapping[str, str]) -> Volume:
        """Return the volume of that name: a new one, or the one that exists already (compare its labels)."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Remove it; already gone is fine. Raises Conflict while in use. Never forced."""
        ...

    # images
    async def list_images(self) -> list[Image]: ...

    async def inspect_image(self, reference: str) -> Image:
        """Return one image by reference or id. Raises NotFound."""
        ...

    async def image_history(self, reference: str) -> tuple[Layer, ...]:
        """Return the steps an image was made by, oldest first. Raises NotFound."""
        ...

    async def pull_image(self, reference: str, platform: str | None = None, tell: Tell = silent) -> Image:
        """Fetch an image; `tell` is given how far it is, from another thread. Raises PullFailed."""
        ...

    async def build_image(
        self, tag: str, build: Build, labels: Mapping[str, str], tell: Tell = silent, log: Tell = silent
    ) -> Image:
        """Build from a folder; `tell` is given each step, `log` every line of output, from another thread.

        Raises Refused, BuildFailed with the failing step, NotSupported where BuildKit is needed and not there, or
        can't build for a platform.
        """
        ...

    async def push_image(self, reference: str, tell: Tell = silent) -> None:
        """Give an image to its registry. Raises PullFailed, NotFound (there is no such image here)."""
        ...

    async def tag_image(self, image: str, reference: str) -> None:
        """Let a reference mean this image, whatever it meant before. Raises NotFound."""
        ...

    async def remove_image(self, image: str) -> None:
        """Remove a reference, and the image with its last one; already gone is fine. Raises Conflict while in use."""
        ...

    # registries; all raise PullFailed
    async def offered_digest(self, reference: str) -> str:
        """Return the digest that a tag has in its registry now. Fetches nothing."""
        ...

    async def offered_tags(self, reference: str) -> list[str]:
        """Return the tags of a reference's repository."""
        ...

    async def offered_since(self, reference: str) -> datetime | None:
        """Return when an image in its registry says it was made, None when it does not say."""
        ...

    async def aclose(self) -> None:
        """Close every connection. Safe to call twice."""
        ...
