"""Have the probes of running containers asked, and hand what they find to planners."""

from collections.abc import Callable, Iterator, Mapping
from typing import Self

from container_ci.probes import Probers
from container_ci.questions import Asks
from container_ci.target import Target
from controller.clock import Clock
from desired_state.key import Key
from desired_state.probes import Probes
from observed_state.container import Container
from observed_state.health import Health
from reconcilers.living import as_made
from reconcilers.world import ContainerWorld


class Probing:
    """One prober per running container that declares probes.

    Probes are asked within `async with`. `moved` is called with the owner's key when a verdict moves; `seen` returns
    a container by its id, as it was last seen.
    """

    def __init__(
        self,
        clock: Clock,
        moved: Callable[[Key], None],
        asks: Asks,
        seen: Callable[[str], Container | None] = lambda _: None,
    ) -> None:
        self._moved = moved
        self._seen = seen
        self._probers = Probers(clock, self._take, asks)
        self._owners: dict[str, Key] = {}
        self._health: dict[str, Health] = {}

    def reports(self) -> Mapping[str, Health]:
        """Return the newest health report of each probed container, by id."""
        return self._health

    def follow(self, world: ContainerWorld) -> None:
        """Probe exactly the running containers of this resource."""
        key = world.stored.key
        due = {container.id: (container, probes) for container, probes in _probed(world)}
        for gone in [one for one, owner in self._owners.items() if owner == key and one not in due]:
            self._drop(gone)
        for container, probes in due.values():
            self._owners[container.id] = key
            address = address_of(self._sharing_with(container))
            self._probers.ensure(Target(container.id, container.started_at, address, probes))

    def end(self, key: Key) -> None:
        """Probe nothing of this resource any more: it is gone."""
        for container_id in [one for one, owner in self._owners.items() if owner == key]:
            self._drop(container_id)

    async def __aenter__(self) -> Self:
        await self._probers.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._probers.__aexit__(None, None, None)

    def _sharing_with(self, container: Container) -> Container:
        """Return the container whose network this one uses: itself, or the one it was made to share with."""
        kind, _, other = container.network_mode.partition(":")
        return self._seen(other) or container if kind == "container" else container

    def _drop(self, container_id: str) -> None:
        del self._owners[container_id]
        self._health.pop(container_id, None)
        self._probers.drop(container_id)

    def _take(self, health: Health) -> None:
        if owner := self._owners.get(health.container_id):
            self._health[health.container_id] = health
            self._moved(owner)


def _probed(world: ContainerWorld) -> Iterator[tuple[Container, Probes]]:
    """Yield the running containers with the probes of the spec that each was made from."""
    for instance in world.instances:
        container = world.containers.get(instance.container_id or "")
        if container is None or container.state != "running":
            continue
        probes = as_made(world, instance).spec.probes
        if probes is not None:
            yield container, probes


def address_of(container: Container) -> str:
    """Return the address at which a container's ports answer: its own on some network, or the host's; "" for none."""
    if container.network_mode == "host":
        return "127.0.0.1"
    return next((one.ipv4 or one.ipv6 for one in container.networks.values() if one.ipv4 or one.ipv6), "")
