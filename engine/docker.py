"""A real Docker daemon, through the docker SDK: which call runs where, and under which deadline.

The calls themselves are in `calls`; they block, so each runs in a worker thread with a connection
of its own, admitted by the limiter of its class. Reads are left behind when their caller is
cancelled; writes are waited for, because a deed that may have been done has to be recorded.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread

from desired_state.build import Build
from desired_state.container_parts import Join
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from engine import background, event_stream, limits, log_stream
from engine.calls import building, commands, containers, daemon, images, looking, networks, volumes
from engine.connection import Connection, Wire
from engine.errors import EngineUnreachable
from engine.hosts import Host, resolve_host
from engine.progress import Ears, Tell, silent
from engine.protocol import Archive, Command, Created, LogLine, NewContainer, Ran
from engine.translation import translated
from observed_state.container import Container, ContainerSummary
from observed_state.engine import EngineEvent, EngineInfo, PastEvents
from observed_state.image import Image
from observed_state.network import Network
from observed_state.process import Process
from observed_state.usage import Counters, Layer
from observed_state.volume import Volume

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")


class DockerEngine:
    """The `Engine` of one daemon. Making one sends nothing: the first call connects."""

    def __init__(self, host: str | None = None) -> None:
        self._connection = Connection(Host(host, "given") if host else resolve_host())
        self._reads = CapacityLimiter(limits.READS)
        self._writes = CapacityLimiter(limits.WRITES)
        self._pulls = CapacityLimiter(limits.PULLS)
        self._registry = CapacityLimiter(limits.REGISTRY)
        self._follows = CapacityLimiter(limits.FOLLOWS)
        self._commands = CapacityLimiter(limits.COMMANDS)
        self._pings = CapacityLimiter(1)
        self._info: EngineInfo | None = None

    # the daemon
    async def info(self) -> EngineInfo:
        if self._info is None:
            self._info = await self._read("ask Docker what it is", daemon.info)
        return self._info

    async def ping(self) -> None:
        await self._run("reach Docker", daemon.ping, limiter=self._pings, abandon=True)

    def events(self, since_ns: int | None = None) -> AsyncIterator[EngineEvent]:
        return event_stream.events(self._connection, since_ns)

    async def past_events(self, since_ns: int) -> PastEvents:
        ahead_ns = (await self.info()).ahead_ns
        return await self._read("ask Docker what has happened", daemon.past_events, since_ns, ahead_ns)

    # containers
    async def list_containers(self) -> list[ContainerSummary]:
        return await self._read("list containers", containers.listed)

    async def inspect_container(self, container: str) -> Container:
        return await self._read(f"inspect container {_short(container)}", containers.inspected, container)

    async def create_container(self, new: NewContainer) -> Created:
        return await self._write(f'create container "{new.name}"', containers.created, new)

    async def start_container(self, container_id: str) -> None:
        await self._write(f"start container {_short(container_id)}", containers.start, container_id, starting=True)

    async def stop_container(self, container_id: str, grace_s: float, signal: str | None = None) -> None:
        await self._write(f"stop container {_short(container_id)}", containers.stop, container_id, grace_s, signal)

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None:
        await self._write(f"kill container {_short(container_id)}", containers.kill, container_id, signal)

    async def unpause_container(self, container_id: str) -> None:
        await self._write(f"unpause container {_short(container_id)}", containers.unpause, container_id)

    async def rename_container(self, container_id: str, name: str) -> None:
        await self._write(f'rename container {_short(container_id)} to "{name}"', containers.rename, container_id, name)

    async def update_container(self, container_id: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
        return await self._write(f"update container {_short(container_id)}", containers.update, container_id, changes)

    async def remove_container(self, container_id: str, *, force: bool = False, volumes: bool = True) -> None:
        await self._write(f"remove container {_short(container_id)}", containers.remove, container_id, force, volumes)

    def logs(
        self,
        container_id: str,
        *,
        follow: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[LogLine]:
        lines = log_stream.Lines(container_id, follow=follow, since=since, until=until, tail=tail)
        return log_stream.read(self._connection, lines, self._follows if follow else self._reads)

    async def put_archive(self, container_id: str, path: str, archive: bytes) -> None:
        doing = f"unpack an archive at {path} in container {_short(container_id)}"
        await self._write(doing, containers.put_archive, container_id, path, archive)

    async def get_archive(self, container_id: str, path: str, limit: int = 1 << 20) -> Archive:
        doing = f"read {path} in container {_short(container_id)}"
        return await self._read(doing, containers.got_archive, container_id, path, limit)

    async def top(self, container_id: str) -> list[Process]:
        return await self._read(f"list the processes of container {_short(container_id)}", containers.top, container_id)

    async def run_command(self, container_id: str, command: Command) -> Ran:
        doing = f'run "{command.words[0]}" in container {_short(container_id)}'
        return await self._run(doing, commands.run, container_id, command, limiter=self._commands)

    async def stats(self, container_id: str) -> Counters:
        return await self._read(f"measure container {_short(container_id)}", containers.stats, container_id)

    # networks
    async def list_networks(self) -> list[Network]:
        return await self._read("list networks", networks.listed)

    async def inspect_network(self, network: str) -> Network:
        return await self._read(f"inspect network {_short(network)}", networks.inspected, network)

    async def create_network(self, name: str, spec: NetworkSpec, labels: Mapping[str, str]) -> str:
        return await self._write(f'create network "{name}"', networks.created, name, spec, labels)

    async def remove_network(self, network_id: str) -> None:
        await self._write(f"remove network {_short(network_id)}", networks.remove, network_id)

    async def connect(
        self,
        network_id: str,
        container_id: str,
        *,
        aliases: Sequence[str] = (),
        join: Mapping[str, Any] | None = None,
    ) -> None:
        doing = f"connect container {_short(container_id)} to network {_short(network_id)}"
        joined = Join.from_declared(dict(join or {}))
        await self._write(doing, networks.join, network_id, container_id, joined, aliases)

    async def disconnect(self, network_id: str, container_id: str, *, force: bool = False) -> None:
        doing = f"disconnect container {_short(container_id)} from network {_short(network_id)}"
        await self._write(doing, networks.disconnect, network_id, container_id, force)

    # volumes
    async def list_volumes(self) -> list[Volume]:
        return await self._read("list volumes", volumes.listed)

    async def inspect_volume(self, name: str) -> Volume:
        return await self._read(f'inspect volume "{name}"', volumes.inspected, name)

    async def create_volume(self, name: str, spec: VolumeSpec, labels: Mapping[str, str]) -> Volume:
        return await self._write(f'create volume "{name}"', volumes.created, name, spec, labels)

    async def remove_volume(self, name: str) -> None:
        await self._write(f'remove volume "{name}"', volumes.remove, name)

    # images
    async def list_images(self) -> list[Image]:
        return await self._read("list images", images.listed)

    async def inspect_image(self, reference: str) -> Image:
        return await self._read(f"inspect image {reference}", images.inspected, reference)

    async def image_history(self, reference: str) -> tuple[Layer, ...]:
        return await self._read(f"read the history of image {reference}", images.history, reference)

    async def pull_image(self, reference: str, platform: str | None = None, tell: Tell = silent) -> Image:
        return await self._fetch(f"pull {reference}", images.pulled, reference, platform, tell)

    async def build_image(
        self, tag: str, build: Build, labels: Mapping[str, str], tell: Tell = silent, log: Tell = silent
    ) -> Image:
        return await self._fetch(f"build {tag}", building.built, tag, build, labels, Ears(tell, log))

    async def push_image(self, reference: str, tell: Tell = silent) -> None:
        await self._fetch(f"push {reference}", images.pushed, reference, tell)

    async def tag_image(self, image: str, reference: str) -> None:
        await self._write(f"tag image {image} as {reference}", images.tag, image, reference)

    async def remove_image(self, image: str) -> None:
        await self._write(f"remove image {image}", images.remove, image)

    # registries
    async def offered_digest(self, reference: str) -> str:
        return await self._look(f"look up {reference}", looking.digest, reference)

    async def offered_tags(self, reference: str) -> list[str]:
        return await self._look(f"list the tags of {reference}", looking.tags, reference)

    async def offered_since(self, reference: str) -> datetime | None:
        return await self._look(f"look up {reference}", looking.created, reference)

    async def aclose(self) -> None:
        self._connection.close()

    async def _read(self, doing: str, call: Callable[[Wire, *_Arguments], _Answer], *args: *_Arguments) -> _Answer:
        return await self._run(doing, call, *args, limiter=self._reads, abandon=True)

    async def _write(
        self,
        doing: str,
        call: Callable[[Wire, *_Arguments], _Answer],
        *args: *_Arguments,
        starting: bool = False,
    ) -> _Answer:
        return await self._run(doing, call, *args, limiter=self._writes, starting=starting)

    async def _look(self, doing: str, call: Callable[[Wire, *_Arguments], _Answer], *args: *_Arguments) -> _Answer:
        return await self._run(doing, call, *args, limiter=self._registry, abandon=True)

    async def _fetch(self, doing: str, call: Callable[[Wire, *_Arguments], _Answer], *args: *_Arguments) -> _Answer:
        """Carry out what may take as long as it likes; nothing that ends waits for it."""
        try:
            with translated(doing, self._connection.host.url):
                return await background.run(self._connection.use, call, *args, limiter=self._pulls)
        except EngineUnreachable:
            self._info = None
            raise

    async def _run(
        self,
        doing: str,
        call: Callable[[Wire, *_Arguments], _Answer],
        *args: *_Arguments,
        limiter: CapacityLimiter,
        abandon: bool = False,
        starting: bool = False,
    ) -> _Answer:
        try:
            with translated(doing, self._connection.host.url, starting=starting):
                return await to_thread.run_sync(
                    self._connection.use, call, *args, limiter=limiter, abandon_on_cancel=abandon
                )
        except EngineUnreachable:
            # It may come back as another version.
            self._info = None
            raise


def _short(name_or_id: str) -> str:
    is_id = len(name_or_id) == 64
    return name_or_id[:12] if is_id else name_or_id
