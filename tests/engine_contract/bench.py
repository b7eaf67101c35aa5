"""What a contract test works with: one engine, programs to run in it, and the hands of somebody else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio

from desired_state.container import ContainerSpec
from engine.protocol import Engine, NewContainer
from observed_state.container import Container
from observed_state.engine import EngineEvent

PATIENCE_S = 20.0

# Programs by what they do. Each is an image of this name in every engine under test.
SLEEPER = "sleeper"  # runs until SIGTERM, then exits 0
STUBBORN = "stubborn"  # ignores SIGTERM
FAILING = "failing"  # exits 3 at once
TALKER = "talker"  # prints one, two, three; ends with 0 after half a second
BROKEN = "broken"  # its command does not exist
CHECKED = "checked"  # a sleeper whose health check passes
RICH = "rich"  # a sleeper whose image sets USER, ENV, VOLUME, EXPOSE, LABEL and WORKDIR

# No engine has this on its host.
MISSING_PATH = "/no/such/path"


class Bench(Protocol):
    """One engine under test. `prefix` begins the name of everything a test makes; what bears it is removed after."""

    prefix: str

    @property
    def engine(self) -> Engine: ...

    def image(self, program: str) -> str:
        """Return the reference of a program's image."""
        ...

    async def pause(self, container_id: str) -> None:
        """Pause a container, as a person would."""
        ...


@dataclass
class Made:
    """Short ways to make things on a bench."""

    bench: Bench

    @property
    def engine(self) -> Engine:
        return self.bench.engine

    def name(self, name: str) -> str:
        return f"{self.bench.prefix}-{name}"

    def new(
        self,
        name: str,
        program: str = SLEEPER,
        *,
        on: Sequence[str] = (),
        aliases: Sequence[str] = (),
        parents: Mapping[str, str] | None = None,
        **spec: Any,
    ) -> NewContainer:
        """Return a container to be made on the networks `on`; `spec` holds further fields of its spec.

        Networks and volumes are those of the test: "front" means the one named `made.name("front")`.
        """
        image = self.bench.image(program)
        declared = ContainerSpec.model_validate({"image": image, **spec})
        return NewContainer(
            self.name(name),
            declared,
            image,
            networks={network: self.name(network) for network in on},
            aliases=aliases,
            volumes={mount.source: self.name(mount.source) for mount in declared.volumes if mount.source},
            parents=parents or {},
        )

    async def created(self, name: str, program: str = SLEEPER, **given: Any) -> str:
        """Make a container and return its id."""
        return (await self.engine.create_container(self.new(name, program, **given))).id

    async def running(self, name: str, program: str = SLEEPER, **given: Any) -> str:
        """Make a container, start it and return its id."""
        container_id = await self.created(name, program, **given)
        await self.engine.start_container(container_id)
        return container_id

    async def until(self, container_id: str, *states: str) -> Container:
        """Return the container once it is in one of these states."""
        with anyio.fail_after(PATIENCE_S):
            while True:
                container = await self.engine.inspect_container(container_id)
                if container.state in states:
                    return container
                await anyio.sleep(0.02)


@dataclass
class Watch:
    """Events seen since it began."""

    seen: list[EngineEvent] = field(default_factory=list)
    _more: anyio.Event = field(default_factory=anyio.Event)

    def note(self, event: EngineEvent) -> None:
        self.seen.append(event)
        self._more.set()

    async def until(self, kind: str, action: str, actor: str) -> EngineEvent:
        """Return the first such event; `actor` may also be its `name` attribute."""
        with anyio.fail_after(PATIENCE_S):
            while True:
                more = self._more = anyio.Event()
                for event in self.seen:
                    about = (event.actor, event.attributes.get("name"))
                    if (event.type, event.action) == (kind, action) and actor in about:
                        return event
                await more.wait()

    def actions(self, actor: str) -> list[str]:
        """Return what happened to one object so far, in order."""
        return [event.action for event in self.seen if event.actor == actor]


@asynccontextmanager
async def watching(engine: Engine) -> AsyncIterator[Watch]:
    """Collect the events from here on."""
    watch = Watch()

    async def collect() -> None:
        async for event in engine.events():
            watch.note(event)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect)
        await watch.until("daemon", "subscribed", "")
        yield watch
        tasks.cancel_scope.cancel()
