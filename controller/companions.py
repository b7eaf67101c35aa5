"""One companion for each container: it begins with its container, is shown every change of it, and ends with it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import anyio
import structlog

from container_ci import shapes
from container_ci.capability import Equip
from container_ci.clock import Clock
from container_ci.companion import ContainerCI, Registry
from container_ci.conditions import statements
from container_ci.desk import Desk, Tools
from container_ci.equipment import EQUIPMENT
from container_ci.monitoring import probed_health, state_of
from container_ci.sizing.measurements import Measurements
from container_ci.subject import Memory, Subject
from container_ci.tending import Tending, at_once
from desired_state.key import Key
from engine.protocol import Engine
from observed_state.container import Container
from observed_state.finding import Finding
from observed_state.health import Health
from observed_state.instance import Instance
from observed_state.status import Condition
from reconcilers.living import as_made
from reconcilers.naming import COMPANION_ANNOTATION
from reconcilers.world import ContainerWorld

# A guest is the companion of a container that Ergon does not manage, for as long as somebody asks it.
GUEST_IDLE_S = 600.0
MOST_GUESTS = 50

SETTLED = ("healthy", "unhealthy", "starting")

_log = structlog.get_logger()
Json = dict[str, Any]


class Sockets(Protocol):
    """Where companions can be asked directly."""

    def open(self, companion: ContainerCI) -> str:
        """Let a companion be asked on a socket of its own; return the socket's path, "" when that can't be."""
        ...

    def close(self, companion: ContainerCI) -> None: ...


@dataclass(slots=True)
class _Guest:
    companion: ContainerCI
    asked_at: float


class Companions:
    """All companions of one process, and what each may know of the others.

    They look after their containers within `async with`, and can be asked without, too. Whatever goes wrong with
    one stays with it.
    """

    def __init__(
        self,
        engine: Engine,
        memory: Memory,
        clock: Clock,
        healths: Callable[[], Mapping[str, Health]],
        *,
        moved: Callable[[Key], None] = lambda _: None,
        seen: Callable[[], Mapping[str, Container]] = dict,
        equipment: Sequence[Equip] = EQUIPMENT,
        measurements: Measurements | None = None,
        ready: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        self._tools = Tools(engine, clock, memory, self, measurements)
        self._healths = healths
        self._moved = moved
        self._seen = seen
        self._equipment = equipment
        self._tending = Tending(clock, ready)
        self._sockets: Sockets | None = None
        self._registry: Registry | None = None
        self._companions: dict[str, ContainerCI] = {}
        self._down: dict[str, Subject] = {}
        self._of_key: dict[Key, frozenset[str]] = {}
        self._guests: dict[str, _Guest] = {}
        self._wishes: dict[str, str] = {}
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tending.start(self._tasks)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
        if (tasks := self._tasks) is not None:
            self._tasks = None
            tasks.cancel_scope.cancel()
            await tasks.__aexit__(None, None, None)

    def reachable_by(self, sockets: Sockets | None, registry: Registry | None = None) -> None:
        """Give each companion from now on a socket, and have it listed elsewhere."""
        self._sockets, self._registry = sockets, registry

    # whom they look after

    def follow(self, world: ContainerWorld) -> None:
        """Have a companion for exactly the containers of this resource, running or not."""
        key = world.stored.key
        seen = dict(_containers(world))
        wish = world.stored.resource.annotations.get(COMPANION_ANNOTATION, "")
        if wish == "off":
            seen = {}
        for gone in self._of_key.get(key, frozenset()) - seen.keys():
            self._drop(gone)
        for container_id, (container, instance) in seen.items():
            # A world's containers have sealed variables: nobody could take their values out of what is said.
            subject = Subject(self._seen().get(container_id, container), key, as_made(world, instance).spec)
            if self._wishes.get(container_id, "") != wish:
                # It learns nothing new: another takes its place.
                self._drop(container_id)
            self._wishes[container_id] = wish
            self._attend(subject, wish)
            self._guests.pop(container_id, None)
        self._of_key[key] = frozenset(seen)

    def end(self, key: Key) -> None:
        """Have none for this resource any more: it is gone."""
        for container_id in self._of_key.pop(key, ()):
            self._drop(container_id)

    def of(self, key: Key) -> list[ContainerCI]:
        """Return the companions of a resource's containers, by the containers' names."""
        return self._sorted(self._of_key.get(key, ()))

    def all(self) -> list[ContainerCI]:
        """Return every companion, by the containers' names."""
        return self._sorted(self._companions)

    def named(self, name: str) -> ContainerCI | None:
        """Return the companion of a container by its name or full id, or by its own name; None when it has none."""
        bare = name.removesuffix("-container-ci")
        known = self._companions.values()
        return self._companions.get(name) or next(
            (one for one in known if one.desk.subject.container.name == bare), None
        )

    def attach(self, container: Container) -> ContainerCI:
        """Return the companion of any container, as it was just seen; one that is not managed is a guest for a while.

        Nothing is ever changed for a guest: it is looked at, and asked.
        """
        known = self._companions.get(container.id)
        if known is not None and container.id not in self._guests:
            return known
        if known is None:
            self._make_room()
        companion, now = self._attend(Subject(container)), self._tools.clock.monotonic()
        if (guest := self._guests.get(container.id)) is not None:
            guest.asked_at = now
        else:
            self._guests[container.id] = guest = _Guest(companion, now)
            if self._tasks is not None:
                self._tasks.start_soon(self._see_off, container.id, guest)
        return companion

    # what they may know of each other (`Surroundings`)

    def others(self) -> Iterable[Subject]:
        """Return every container that has a companion."""
        return [one.desk.subject for one in self._companions.values()]

    def down(self) -> Collection[Subject]:
        """Return those of all containers with a companion that are not up."""
        return self._down.values()

    def top_finding(self, container_id: str) -> Finding | None:
        """Return the newest first finding of a container."""
        companion = self._companions.get(container_id)
        return next(iter(companion.desk.findings), None) if companion is not None else None

    def health(self, container_id: str) -> Health | None:
        """Return what a container's probes found."""
        return self._healths().get(container_id)

    def conditions(self, container_id: str) -> tuple[Condition, ...]:
        """Return what a container's companion has to say of it; () where nobody looks."""
        companion = self._companions.get(container_id)
        return statements(companion.desk.findings, companion.desk.discovery) if companion is not None else ()

    # what is shown of them

    def told(self, container_id: str) -> Json:
        """Return what a container's companion found out, in the words of `status`; {} where nobody looks."""
        companion = self._companions.get(container_id)
        if companion is None:
            return {}
        desk = companion.desk
        return {
            # What is settled only: a container that nobody probes is as Docker shows it.
            "health": settled if (settled := state_of(desk.subject, probed_health(desk))) in SETTLED else "",
            "services": [_service_in_short(one) for one in map(shapes.service, desk.services)],
            "finding": f"{desk.findings[0].rule}: {desk.findings[0].title}" if desk.findings else "",
        }

    async def aclose(self) -> None:
        """End every companion, its socket and its registration. Safe to call twice."""
        for container_id in list(self._companions):
            self._drop(container_id)
        self._of_key.clear()

    def _attend(self, subject: Subject, wish: str = "") -> ContainerCI:
        container = subject.container
        if subject.is_up:
            self._down.pop(container.id, None)
        else:
            self._down[container.id] = subject
        if (known := self._companions.get(container.id)) is not None:
            known.attend(subject)
            return known
        companion = ContainerCI(Desk(subject, self._tools, lambda: self._tell(container.id)), self._able_to(wish))
        self._companions[container.id] = companion
        if self._tasks is not None:
            if self._sockets is not None:
                companion.socket = self._sockets.open(companion)
            if self._registry is not None:
                companion.register_with_aish(self._registry)
            companion.start_health_monitoring(self._tending)
        return companion

    def _able_to(self, wish: str) -> Sequence[Equip]:
        """Return the equipment for the capabilities that a resource names, all of it where it names none."""
        named = {word.strip() for word in wish.split(",")} if wish else None
        return [one for one in self._equipment if named is None or getattr(one, "name", "") in named]

    def _drop(self, container_id: str) -> None:
        self._guests.pop(container_id, None)
        self._wishes.pop(container_id, None)
        self._down.pop(container_id, None)
        if (companion := self._companions.pop(container_id, None)) is None:
            return
        companion.stop()
        if self._registry is not None:
            self._registry.unregister(companion)
        if self._sockets is not None:
            self._sockets.close(companion)

    def _tell(self, container_id: str) -> None:
        companion = self._companions.get(container_id)
        if companion is not None and companion.desk.subject.key is not None:
            self._moved(companion.desk.subject.key)

    def _make_room(self) -> None:
        while len(self._guests) >= MOST_GUESTS:
            self._drop(min(self._guests, key=lambda one: self._guests[one].asked_at))

    async def _see_off(self, container_id: str, guest: _Guest) -> None:
        """Drop a guest when nobody has asked it for a while."""
        clock = self._tools.clock
        while self._guests.get(container_id) is guest:
            left = guest.asked_at + GUEST_IDLE_S - clock.monotonic()
            if left <= 0:
                self._drop(container_id)
                return
            await clock.sleep(left)

    def _sorted(self, container_ids: Iterable[str]) -> list[ContainerCI]:
        return sorted((self._companions[one] for one in container_ids), key=lambda one: one.name)


def _containers(world: ContainerWorld) -> Iterator[tuple[str, tuple[Container, Instance]]]:
    for instance in (*world.instances, *world.helpers):
        container = world.containers.get(instance.container_id or "")
        if container is not None:
            yield container.id, (container, instance)


def _service_in_short(service: Json) -> Json:
    return {name: service[name] for name in ("type", "server", "port", "status")}
