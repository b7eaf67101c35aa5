"""A controller that runs on a simulated Docker daemon, in virtual time: the bench of every promise about the loop.

Time stands still until a test moves it (`pass_time`, `until`); then every sleeper wakes at its own
moment and everything that can happen at it happens, the store's thread included. So no test depends
on the machine's speed, and an hour of backoff takes a second.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
from anyio.abc import TaskGroup
from sqlmodel import Session

from container_ci.capability import Equip
from container_ci.probe_state import Outcome
from container_ci.target import Target
from controller.clock import VirtualClock, settle
from controller.companions import Sockets
from controller.postmortems import Judge
from controller.program import start_loop, wind_down
from controller.runtime import Runtime, build
from controller.service import Service
from desired_state.key import Key
from desired_state.probes import Probe
from engine.faults import Killed
from engine.protocol import Engine
from engine.simulated import Behaviour, SimulatedEngine
from engine.simulated.answers import Refusal
from store import drift, meta
from store.database import Store
from store.drift import DriftRow
from store.errors import StoreUnwritable

T = TypeVar("T")
Json = dict[str, Any]

IMAGE = "shop/web:1"
OTHER_IMAGE = "shop/web:2"


class Host:
    """What outlives a controller: the machine with its daemon and its time, and the state folder."""

    def __init__(self, state_dir: Path, *, api_version: tuple[int, int] = (1, 51)) -> None:
        self.state_dir = state_dir
        self.clock = VirtualClock()
        self.engine = SimulatedEngine(self.clock, api_version=api_version, random=Random(1))
        for image in (IMAGE, OTHER_IMAGE):
            self.engine.add_image(image)

    @property
    def docker(self) -> Any:
        """The hands of somebody at the host's docker command line."""
        return self.engine.docker

    def behave(self, name: str, behaviour: Behaviour) -> None:
        """Let containers made under this name from now on behave so."""
        self.engine.daemon.containers.behaviours[name] = behaviour

    def containers(self) -> dict[str, Json]:
        """Return the inspect of every container, by name, in alphabetical order."""
        inspects = (self.engine.daemon.inspect(record) for record in self.engine.daemon.containers.all())
        return dict(sorted((inspect["Name"].removeprefix("/"), inspect) for inspect in inspects))

    def states(self) -> dict[str, str]:
        """Return the state of every container, by name."""
        return {name: inspect["State"]["Status"] for name, inspect in self.containers().items()}

    def state(self, name: str) -> str:
        """Return the state of one container, "absent" when there is none."""
        return self.states().get(name, "absent")

    def inspect(self, name: str) -> Json:
        """Return what `docker inspect` shows of one container."""
        return self.containers()[name]

    def id_of(self, name: str) -> str:
        """Return the id of one container, "" when there is none."""
        return str(self.containers().get(name, {}).get("Id", ""))

    def networks(self) -> list[str]:
        """Return the names of the networks that somebody made."""
        mine = (network["Name"] for network in (one.inspect for one in self.engine.daemon.networks.all()))
        return sorted(name for name in mine if name not in ("bridge", "host", "none"))

    def volumes(self) -> list[str]:
        return sorted(volume["Name"] for volume in self.engine.daemon.volumes.all())

    def starts(self, name: str) -> list[float]:
        """Return when Ergon started a container, in seconds since the first time."""
        with suppress(Refusal):
            identity = self.docker.inspect(name)["Id"]
            calls = self.engine.calls.all
            times = [call.at for call in calls if call.method == "start_container" and call.subject == identity]
            return [round(time - times[0], 3) for time in times]
        return []


class WatchedStore(Store):
    """A store that knows whether its thread works, counts writes, and can be ordered to fail one."""

    waiting = 0
    writes = 0
    answered = anyio.Event()
    failing: Callable[[int], BaseException | None] = staticmethod(lambda _: None)

    async def write(self, function: Callable[[Session], T]) -> T:
        self.writes += 1
        if (error := self.failing(self.writes)) is not None:
            raise error
        return await self._watched(super().write(function))

    async def read(self, function: Callable[[Session], T]) -> T:
        return await self._watched(super().read(function))

    async def backup(self, now: datetime) -> None:
        await self._watched(super().backup(now))

    async def idle(self) -> None:
        """Return when its thread has nothing to do and everybody has their answer."""
        while self.waiting:
            await self.answered.wait()
            await settle()

    async def _watched(self, work: Awaitable[T]) -> T:
        self.waiting += 1
        try:
            return await work
        finally:
            self.waiting -= 1
            self.answered.set()
            self.answered = anyio.Event()


class Answers:
    """What containers answer to probes: all pass, but for the ports, and the containers, ordered to fail."""

    def __init__(self) -> None:
        self.failing: set[int] = set()
        self.failing_in: set[str] = set()
        self.asked: defaultdict[str, int] = defaultdict(int)

    async def ask(self, probe: Probe, target: Target) -> Outcome:
        self.asked[target.address] += 1
        declared = probe.http or probe.tcp
        failed = (declared is not None and declared.port in self.failing) or target.container_id in self.failing_in
        return Outcome(passed=not failed, message="connection refused" if failed else "")


class Running:
    """One life of a controller. Leaving the block ends it as `kill -9` does; `shut_down` ends it gracefully.

    Its companions can do nothing unless they are given `equipment`: most promises are not about them.
    """

    def __init__(
        self,
        host: Host,
        *,
        engine: Engine | None = None,
        answers: Answers | None = None,
        judge: Judge | None = None,
        sockets: Sockets | None = None,
        equipment: Sequence[Equip] = (),
    ) -> None:
        self.host = host
        self.clock = host.clock
        self.docker = host.docker
        self.calls = host.engine.calls
        self.answers = answers or Answers()
        self.store = WatchedStore.open(host.state_dir)
        self.runtime: Runtime = build(
            self.store,
            engine or host.engine,
            host.clock,
            Random(7),
            ask=self.answers.ask,
            judge=judge,
            equipment=equipment,
        )
        self.runtime.companions.reachable_by(sockets)
        self.service = Service(self.runtime, live=True)
        self.status_writes = 0
        self._count_status_writes()
        self._tasks: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self.runtime.load()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._live)
        await self.settle()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tasks.cancel_scope.cancel()
        try:
            await self._tasks.__aexit__(kind, error, traceback)
        finally:
            await self.store.aclose()

    async def _live(self) -> None:
        async with self.runtime.probing, self.runtime.companions, anyio.create_task_group() as loop:
            start_loop(self.runtime, loop)

    def _count_status_writes(self) -> None:
        flush = self.runtime.board.flush

        async def counted() -> None:
            before = self.store.writes
            await flush()
            self.status_writes += self.store.writes - before

        self.runtime.board.flush = counted  # type: ignore[method-assign]  # the board calls its own

    # time

    async def settle(self) -> None:
        """Let everything happen that can happen at this moment."""
        await settle()
        await self.store.idle()

    async def pass_time(self, seconds: float) -> None:
        """Let that much time pass, with everything that happens in it."""
        over = self.clock.monotonic() + seconds
        await self.settle()
        while (due := self.clock.next_due()) is not None and due <= over:
            self.clock.wake_next()
            await self.settle()
        await self.clock.advance(over - self.clock.monotonic())

    async def until(self, holds: Callable[[], bool], within_s: float = 300.0) -> float:
        """Let time pass until something holds; return the seconds it took, fail after `within_s`."""
        began = self.clock.monotonic()
        await self.settle()
        while not holds():
            due = self.clock.next_due()
            if due is None or due - began > within_s:
                raise AssertionError(f"{within_s:g} s passed: {self.explained()}")
            self.clock.wake_next()
            await self.settle()
        return self.clock.monotonic() - began

    async def until_ready(self, *names: str, within_s: float = 300.0) -> float:
        """Let time pass until these resources (all, when none is named) are ready as declared."""
        return await self.until(lambda: self.ready(*names), within_s)

    # what a person does

    async def apply(self, *documents: Json, **more: Any) -> Json:
        answer = await self.service.apply(documents=documents, **more)
        await self.settle()
        return answer

    async def act(self, verb: str, *names: str, **more: Any) -> Json:
        """Carry out one of the service's verbs on resources by name."""
        answer: Json = await getattr(self.service, verb)(names=names, **more)
        await self.settle()
        return answer

    async def shut_down(self, *, stop_containers: bool = False) -> None:
        """End gracefully: what the program does when it is told to stop."""
        over = anyio.Event()

        async def wind() -> None:
            await wind_down(self.runtime, stop_containers=stop_containers)
            over.set()

        self._tasks.start_soon(wind)
        await self.until(over.is_set)

    # what is seen

    def ready(self, *names: str) -> bool:
        rows = self.runtime.records
        keys = [key for key in rows.resources if not names or key.name in names]
        return bool(keys) and all(
            (status := rows.statuses.get(key)) is not None
            and status.ready
            and status.observed_generation == rows.resources[key].generation
            for key in keys
        )

    def phase(self, name: str, kind: str = "Container") -> str:
        """Return the phase of one resource of the namespace `shop`, "" when it has none."""
        status = self.runtime.records.statuses.get(Key(kind, "shop", name))
        return status.phase if status else ""

    async def row(self, name: str) -> Json:
        """Return one resource's row of `status`."""
        answer = await self.service.status(name=name)
        row: Json = answer["resources"][0]
        return row

    async def fields(self, *names: str) -> list[Json]:
        """Return the fields that `diff` shows."""
        answer = await self.service.diff(name=names)
        return [{"action": change["action"], **field} for change in answer["changes"] for field in change["fields"]]

    async def exits(self, name: str) -> list[Json]:
        """Return how the runs of a container resource ended, newest first."""
        found: list[Json] = (await self.service.describe(name=name))["exits"]
        return found

    async def events(self, name: str) -> list[tuple[str, str]]:
        """Return reason and message of what was recorded of a resource, oldest first."""
        answer = await self.service.events(name=name)
        return [(event["reason"], event["message"]) for event in answer["events"]]

    async def drift_history(self, name: str) -> list[DriftRow]:
        """Return every difference that was ever found on a container resource, ended ones too."""
        return await self.store.read(lambda session: drift.history(session, Key("Container", "shop", name)))

    def task_count(self) -> int:
        """Return how many tasks run on the event loop."""
        return len(anyio.get_running_tasks())

    async def resource_version(self) -> int:
        return await self.store.read(meta.resource_version)

    def explained(self) -> str:
        statuses = self.runtime.records.statuses.items()
        told = [f"{key}: {status.phase} {status.reason} {status.message}" for key, status in statuses]
        return "; ".join([*told, str(self.host.states())])


def is_kill(error: BaseException) -> bool:
    """Return whether this is how a controller ends that was killed on the way (`Faults.kill`)."""
    if isinstance(error, BaseExceptionGroup):
        return any(is_kill(one) for one in error.exceptions)
    return isinstance(error, Killed)


def unwritable() -> StoreUnwritable:
    """Return what a full disk looks like."""
    return StoreUnwritable("cannot write to the state store: the disk is full")


# declarations


def document(kind: str, name: str, spec: Mapping[str, Any], *, namespace: str = "shop", source: str = "") -> Json:
    return {
        "apiVersion": "ergon/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": dict(spec),
        "source": source,
    }


def container(name: str = "web", **spec: Any) -> Json:
    """Declare a container without a network of its own, unless one is given."""
    spec = {"image": IMAGE, **spec}
    if "networks" not in spec and "network_mode" not in spec:
        spec["network_mode"] = "bridge"
    return document("Container", name, spec)


def network(name: str = "back", **spec: Any) -> Json:
    return document("Network", name, spec)


def volume(name: str = "data", **spec: Any) -> Json:
    return document("Volume", name, spec)
