"""What Docker was last seen to hold: the informer's cache.

Kept on the event loop alone. Containers of ours are held as inspected; of everybody else's only the list
row is known. A container marked *stale* is inspected again before anybody plans with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

import anyio

from controller.clock import Clock
from controller.evidence import Evidence
from engine.errors import EngineError, NotFound
from engine.protocol import Engine
from observed_state.container import Container, ContainerSummary
from observed_state.network import Network
from observed_state.volume import Volume
from reconcilers.naming import INSTANCE_LABEL

# An event may arrive after the call that caused it has returned.
_ECHO_S = 1.0


class Observed:
    """Containers, networks and volumes by id and name."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self.containers: dict[str, Container] = {}
        self.summaries: dict[str, ContainerSummary] = {}
        self._by_name: dict[str, str] = {}
        self._by_instance: defaultdict[str, set[str]] = defaultdict(set)
        self.networks: dict[str, Network] = {}
        self.volumes: dict[str, Volume] = {}
        self.evidence = Evidence()
        # Looks and marks are counted together: a look ends only the marks that were set before it began.
        self._count = count(1)
        self._stale: dict[str, int] = {}
        self._shown: dict[str, int] = {}
        self._dropped: dict[str, int] = {}
        self._doing: dict[str, tuple[float, frozenset[str]]] = {}
        self.lists_stale = False
        # Another number whenever something else is shown than before, or something shown is doubted.
        self.revision = 0

    # containers

    def begin_list(self) -> int:
        """Return what `take_list` needs to know about a list that is about to be read."""
        return next(self._count)

    def take_list(self, rows: Iterable[ContainerSummary], began: int) -> None:
        """Show the full list just read: what is not in it is gone; what went since it began does not come back."""
        listed = {row.id: row for row in rows if self._dropped.get(row.id, 0) < began}
        self._dropped = {one: when for one, when in self._dropped.items() if when > began}
        for gone in self.summaries.keys() - listed.keys():
            self._remove(gone)
        for row in listed.values():
            self.take_row(row)

    def outdated(self, container_id: str) -> bool:
        """Return whether the list row of a container tells something else than its last inspect."""
        row, seen = self.summaries.get(container_id), self.containers.get(container_id)
        if row is None or seen is None:
            return row is not None
        networks = {name: one.network_id for name, one in seen.networks.items()}
        moved = any(networks.get(name) not in (None, "", network_id) for name, network_id in row.networks.items())
        return (
            (row.state, row.name, row.health) != (seen.state, seen.name, seen.health)
            or row.networks.keys() != networks.keys()
            or moved
        )

    def mark_stale(self, container_id: str) -> None:
        """Let the next look at this container begin with an inspect."""
        self._stale[container_id] = next(self._count)
        self.revision += 1

    async def refresh(self, container_ids: Iterable[str]) -> None:
        """Inspect those of these containers that are stale or unknown, at the same time.

        Raises:
            EngineError: at least one could not be inspected; it stays stale.
        """
        due = [one for one in container_ids if one in self._stale or one not in self.containers]
        if len(due) == 1:
            await self.inspect(due[0])
        elif due:
            errors: list[EngineError] = []
            async with anyio.create_task_group() as tasks:
                for one in due:
                    tasks.start_soon(self._inspect_noting, one, errors)
            if errors:
                raise errors[0]

    async def _inspect_noting(self, container_id: str, errors: list[EngineError]) -> None:
        try:
            await self.inspect(container_id)
        except EngineError as error:
            errors.append(error)

    async def inspect(self, container_id: str) -> Container | None:
        """Look at one container now; None when it is gone. Until the answer is there, it stays as stale as it was.

        Of several looks at the same time the one that began last is shown, whichever is answered last.
        """
        began = next(self._count)
        try:
            container = await self._engine.inspect_container(container_id)
        except NotFound:
            self.drop(container_id)
            return None
        except BaseException:
            self.mark_stale(container_id)
            raise
        if self._stale.get(container_id, began) < began:
            del self._stale[container_id]
        if self._dropped.get(container_id, 0) > began:
            return None
        if self._shown.get(container_id, 0) < began:
            self._shown[container_id] = began
            self.take(container)
        return container

    def take(self, container: Container) -> None:
        """Show a container as just inspected."""
        if self.containers.get(container.id) != container:
            self.containers[container.id] = container
            self.revision += 1
        self.take_row(summary_of(container))

    def drop(self, container_id: str) -> None:
        """Show that a container is gone, whatever looks that began before will still say."""
        self._dropped[container_id] = next(self._count)
        self._remove(container_id)

    def _remove(self, container_id: str) -> None:
        self._drop_row(container_id)
        for known in (self.containers, self._stale, self._shown):
            known.pop(container_id, None)

    def by_name(self, name: str) -> ContainerSummary | None:
        """Return the container that bears a name, whoever made it."""
        return self.summaries.get(self._by_name.get(name, ""))

    def of_instance(self, uid: str) -> list[ContainerSummary]:
        """Return the containers that bear the label of an instance, whoever made them."""
        return [self.summaries[one] for one in self._by_instance.get(uid, ())]

    def take_row(self, row: ContainerSummary) -> None:
        """Show one list row as just read."""
        if self.summaries.get(row.id) == row:
            return
        self._drop_row(row.id)
        self.revision += 1
        self.summaries[row.id] = row
        self._by_name[row.name] = row.id
        if uid := row.labels.get(INSTANCE_LABEL):
            self._by_instance[uid].add(row.id)

    def _drop_row(self, container_id: str) -> None:
        row = self.summaries.pop(container_id, None)
        if row is None:
            return
        self.revision += 1
        if self._by_name.get(row.name) == container_id:
            del self._by_name[row.name]
        if uid := row.labels.get(INSTANCE_LABEL):
            self._by_instance[uid].discard(container_id)

    # whose deed it was

    @contextmanager
    def doing(self, container_id: str, echoes: frozenset[str] = frozenset()) -> Iterator[None]:
        """Within the block, and a moment after it, what happens to this container is Ergon's own doing.

        `echoes` are the events the deed will cause; the deed inspects the container when it is
        done, so they tell nothing new.
        """
        self._doing[container_id] = (float("inf"), echoes)
        try:
            yield
        finally:
            self._doing[container_id] = (self._clock.monotonic() + _ECHO_S, echoes)

    def is_own_doing(self, container_id: str) -> bool:
        """Return whether an event of this container, arriving now, comes from Ergon's own deed."""
        until, _ = self._doing.get(container_id, (0.0, frozenset()))
        if until <= self._clock.monotonic():
            self._doing.pop(container_id, None)
            return False
        return True

    def is_echo(self, container_id: str, action: str) -> bool:
        """Return whether an event, arriving now, only repeats what Ergon's own deed will show or has shown."""
        return self.is_own_doing(container_id) and action in self._doing[container_id][1]

    # networks and volumes

    async def refresh_lists(self) -> None:
        """List networks and volumes again if one came or went."""
        if self.lists_stale:
            self.lists_stale = False
            self.take_networks(await self._engine.list_networks())
            self.take_volumes(await self._engine.list_volumes())

    def take_networks(self, networks: Iterable[Network]) -> None:
        """Show the networks just listed."""
        now = {network.id: network for network in networks}
        self.revision += now != self.networks
        self.networks = now

    def take_volumes(self, volumes: Iterable[Volume]) -> None:
        """Show the volumes just listed."""
        now = {volume.name: volume for volume in volumes}
        self.revision += now != self.volumes
        self.volumes = now

    async def refresh_members(self, name: str) -> None:
        """Inspect the networks of one name again: only an inspect tells who is on them."""
        for network in self.networks_named(name):
            self.revision += 1
            try:
                self.networks[network.id] = await self._engine.inspect_network(network.id)
            except NotFound:
                self.networks.pop(network.id, None)

    def networks_named(self, name: str) -> tuple[Network, ...]:
        """Return the networks of one name: old engines allow several."""
        return tuple(network for network in self.networks.values() if network.name == name)


def summary_of(container: Container) -> ContainerSummary:
    """Return the list row that an inspected container would have."""
    return ContainerSummary(
        id=container.id,
        name=container.name,
        image=container.image,
        image_id=container.image_id,
        state=container.state,
        labels=container.labels,
        health=container.health,
        networks={name: one.network_id for name, one in container.networks.items()},
        created_at=container.created_at,
    )
