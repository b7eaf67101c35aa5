"""The `Engine` of a simulated daemon: every call counted, failed where ordered, and translated as for a real one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from desired_state.container_parts import Join
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from engine import limits, observing
from engine.bodies import endpoint_body, network_body, volume_body
from engine.errors import Conflict, EngineUnreachable
from engine.faults import Faults
from engine.protocol import Archive, Command, Created, LogLine, NewContainer, Ran
from engine.simulated import creating, reading, usage
from engine.simulated.agenda import Clock
from engine.simulated.answers import Refusal
from engine.simulated.behaviour import Behaviour
from engine.simulated.calls import Calls
from engine.simulated.daemon import Daemon
from engine.simulated.events import RING_SIZE
from engine.simulated.hands import Hands
from engine.simulated.image_calls import ImageCalls
from engine.simulated.line import Line
from observed_state.container import Container, ContainerSummary
from observed_state.engine import EngineEvent, EngineInfo, PastEvents
from observed_state.network import Network
from observed_state.process import Process
from observed_state.usage import Counters
from observed_state.volume import Volume

_Answer = TypeVar("_Answer")
_VERSIONS = {(1, 41): "20.10.24", (1, 51): "28.5.2"}


class SimulatedEngine(ImageCalls):
    """Docker in memory.

    `docker` are the hands of somebody at its command line, `daemon` what can happen to the daemon
    (`stop`, `start`, `freeze`, `thaw`...), `faults` the failures ordered, `calls` what was asked.
    """

    def __init__(self, clock: Clock, *, api_version: tuple[int, int] = (1, 51), random: Random | None = None) -> None:
        self.api_version = api_version
        # The same seed makes the same ids, addresses and order.
        self.daemon = Daemon(clock, api_version, random or Random(0))  # noqa: S311
        self.docker = Hands(self.daemon)
        self.faults = Faults()
        self.calls = Calls()
        self._line = Line(self.daemon, self.calls, self.faults)

    def add_image(
        self,
        reference: str,
        behaviour: Behaviour | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        content: str = "",
    ) -> str:
        """Let the daemon have an image and return its id; other `content` of the same reference is another image."""
        config = {"Cmd": ["serve"], **(config or {})}
        return self.daemon.images.put(reference, content or reference, config, behaviour).id

    # the daemon
    async def info(self) -> EngineInfo:
        version = {"Version": _VERSIONS.get(self.api_version, "28.5.2"), "Os": "linux", "Arch": "amd64"}
        return await self._line.ask(
            "info",
            "ask Docker what it is",
            lambda: observing.engine_info(
                {"ID": self.daemon.id, "NCPU": 2},
                version,
                self.api_version,
                self.daemon.networks.find("bridge").inspect,
            ),
        )

    async def ping(self) -> None:
        await self._line.ask("ping", "reach Docker", lambda: None, deadline_s=limits.PING_S)

    async def events(self, since_ns: int | None = None) -> AsyncIterator[EngineEvent]:
        doing = "follow the events of Docker"
        subscriber = await self._line.ask("events", doing, lambda: self.daemon.events.subscribe(since_ns))
        yield EngineEvent("daemon", "subscribed", actor="", time_ns=since_ns or subscriber.since_ns)
        async for line in subscriber.events():
            if (event := observing.event(line)) is not None:
                yield event
        raise EngineUnreachable(f"cannot {doing}: the daemon ended the stream")

    async def past_events(self, since_ns: int) -> PastEvents:
        events = self.daemon.events
        return await self._line.ask(
            "past_events",
            "ask Docker what has happened",
            lambda: observing.past_events(events.kept(since_ns), events.now_ns(), RING_SIZE),
        )

    # containers
    async def list_containers(self) -> list[ContainerSummary]:
        daemon = self.daemon
        return await self._line.ask(
            "list_containers",
            "list containers",
            lambda: [observing.summary(daemon.row(record)) for record in daemon.containers.all()],
        )

    async def inspect_container(self, container: str) -> Container:
        daemon = self.daemon
        return await self._line.ask(
            "inspect_container",
            f"inspect container {_short(container)}",
            lambda: observing.container(daemon.inspect(daemon.containers.find(container))),
            subject=container,
        )

    async def create_container(self, new: NewContainer) -> Created:
        return await self._line.ask(
            "create_container",
            f'create container "{new.name}"',
            lambda: creating.create(self.daemon, new),
            subject=new.name,
        )

    async def start_container(self, container_id: str) -> None:
        daemon = self.daemon
        await self._line.ask(
            "start_container",
            f"start container {_short(container_id)}",
            lambda: daemon.running.start(daemon.containers.find(container_id)),
            subject=container_id,
            starting=True,
        )

    async def stop_container(self, container_id: str, grace_s: float, signal: str | None = None) -> None:
        async def stop() -> None:
            record = self.daemon.containers.find(container_id)
            await self.daemon.running.stop(record, limits.whole_seconds(grace_s), signal)

        await self._line.ask_slowly(
            "stop_container", f"stop container {_short(container_id)}", stop, subject=container_id
        )

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None:
        daemon = self.daemon
        await self._line.ask(
            "kill_container",
            f"kill container {_short(container_id)}",
            lambda: daemon.running.kill(daemon.containers.find(container_id), signal),
            subject=container_id,
        )

    async def unpause_container(self, container_id: str) -> None:
        daemon = self.daemon
        await self._line.ask(
            "unpause_container",
            f"unpause container {_short(container_id)}",
            lambda: daemon.running.unpause(daemon.containers.find(container_id)),
            subject=container_id,
        )

    async def rename_container(self, container_id: str, name: str) -> None:
        def rename() -> None:
            record = self.daemon.containers.find(container_id)
            if record.name != name:
                self.daemon.containers.rename(record, name)

        doing = f'rename container {_short(container_id)} to "{name}"'
        await self._line.ask("rename_container", doing, rename, subject=container_id)

    async def update_container(self, container_id: str, changes: Mapping[str, Any]) -> tuple[str, ...]:
        daemon = self.daemon
        return await self._line.ask(
            "update_container",
            f"update container {_short(container_id)}",
            lambda: tuple(daemon.containers.update(daemon.containers.find(container_id), changes)),
            subject=container_id,
        )

    async def remove_container(self, container_id: str, *, force: bool = False, volumes: bool = True) -> None:
        async def remove() -> None:
            record = self.daemon.containers.find(container_id)
            if record.being_removed:
                await self.daemon.agenda.wait(record.removed, limits.REMOVE_S)
                return
            await self.daemon.running.remove(record, force=force, volumes=volumes, takes_s=self.daemon.removal_s)

        doing = f"remove container {_short(container_id)}"
        await self._unless_gone(self._line.ask_slowly("remove_container", doing, remove, subject=container_id))

    async def logs(
        self,
        container_id: str,
        *,
        follow: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        tail: int | None = None,
    ) -> AsyncIterator[LogLine]:
        doing = f"read the log of container {container_id[:12]}"
        record = await self._line.ask(
            "logs", doing, lambda: self.daemon.containers.find(container_id), subject=container_id
        )
        async for line in reading.lines(self.daemon, record, reading.Span(since, until, tail), follow=follow):
            yield line

    async def put_archive(self, container_id: str, path: str, archive: bytes) -> None:
        daemon = self.daemon
        await self._line.ask(
            "put_archive",
            f"unpack an archive at {path} in container {_short(container_id)}",
            lambda: daemon.containers.find(container_id).archives.append((path, archive)),
            subject=container_id,
        )

    async def get_archive(self, container_id: str, path: str, limit: int = 1 << 20) -> Archive:
        daemon = self.daemon
        return await self._line.ask(
            "get_archive",
            f"read {path} in container {_short(container_id)}",
            lambda: reading.archive(daemon.containers.find(container_id), path, limit),
            subject=container_id,
        )

    async def top(self, container_id: str) -> list[Process]:
        daemon = self.daemon
        return await self._line.ask(
            "top",
            f"list the processes of container {_short(container_id)}",
            lambda: observing.processes(reading.top(daemon.containers.find(container_id))),
            subject=container_id,
        )

    async def run_command(self, container_id: str, command: Command) -> Ran:
        async def run() -> Ran:
            return await self.daemon.running.command(self.daemon.containers.find(container_id), command)

        doing = f'run "{command.words[0]}" in container {_short(container_id)}'
        return await self._line.ask_slowly("run_command", doing, run, subject=container_id)

    async def stats(self, container_id: str) -> Counters:
        daemon = self.daemon
        return await self._line.ask(
            "stats",
            f"measure container {_short(container_id)}",
            lambda: usage.counters(daemon, daemon.containers.find(container_id)),
            subject=container_id,
        )

    # networks
    async def list_networks(self) -> list[Network]:
        return await self._line.ask(
            "list_networks",
            "list networks",
            lambda: [observing.network(network.inspect) for network in self.daemon.networks.all()],
        )

    async def inspect_network(self, network: str) -> Network:
        daemon = self.daemon
        return await self._line.ask(
            "inspect_network",
            f"inspect network {_short(network)}",
            lambda: observing.network(daemon.inspect_network(daemon.networks.find(network))),
            subject=network,
        )

    async def create_network(self, name: str, spec: NetworkSpec, labels: Mapping[str, str]) -> str:
        body = network_body(name, spec, labels, self.api_version)
        return await self._line.ask(
            "create_network", f'create network "{name}"', lambda: self.daemon.networks.create(body), subject=name
        )

    async def remove_network(self, network_id: str) -> None:
        doing = f"remove network {_short(network_id)}"

        def remove() -> None:
            try:
                self.daemon.networks.remove(network_id)
            except Refusal as answer:
                if "has active endpoints" in answer.message:
                    raise Conflict(f"cannot {doing}: {answer.message}") from answer
                raise

        await self._unless_gone(self._line.ask("remove_network", doing, remove, subject=network_id))

    async def connect(
        self,
        network_id: str,
        container_id: str,
        *,
        aliases: Sequence[str] = (),
        join: Mapping[str, Any] | None = None,
    ) -> None:
        endpoint = endpoint_body(Join.from_declared(dict(join or {})), aliases, self.api_version)

        def connect() -> None:
            record = self.daemon.containers.find(container_id)
            with creating.satisfied_by("already exists in network"):
                self.daemon.containers.connect(record, network_id, endpoint)

        doing = f"connect container {_short(container_id)} to network {_short(network_id)}"
        await self._line.ask("connect", doing, connect, subject=container_id)

    async def disconnect(self, network_id: str, container_id: str, *, force: bool = False) -> None:  # noqa: ARG002  # only swarms differ
        def disconnect() -> None:
            record = self.daemon.containers.find(container_id)
            with creating.satisfied_by("is not connected to"):
                self.daemon.containers.disconnect(record, network_id)

        doing = f"disconnect container {_short(container_id)} from network {_short(network_id)}"
        await self._line.ask("disconnect", doing, disconnect, subject=container_id)

    # volumes
    async def list_volumes(self) -> list[Volume]:
        return await self._line.ask(
            "list_volumes",
            "list volumes",
            lambda: [observing.volume(volume) for volume in self.daemon.volumes.all()],
        )

    async def inspect_volume(self, name: str) -> Volume:
        return await self._line.ask(
            "inspect_volume",
            f'inspect volume "{name}"',
            lambda: observing.volume(self.daemon.volumes.find(name)),
            subject=name,
        )

    async def create_volume(self, name: str, spec: VolumeSpec, labels: Mapping[str, str]) -> Volume:
        body = volume_body(name, spec, labels)
        return await self._line.ask(
            "create_volume",
            f'create volume "{name}"',
            lambda: observing.volume(self.daemon.volumes.create(body)),
            subject=name,
        )

    async def remove_volume(self, name: str) -> None:
        removal = self._line.ask(
            "remove_volume", f'remove volume "{name}"', lambda: self.daemon.volumes.remove(name), subject=name
        )
        await self._unless_gone(removal)

    async def aclose(self) -> None:
        """Nothing is open."""


def _short(name_or_id: str) -> str:
    return name_or_id[:12] if len(name_or_id) == 64 else name_or_id
