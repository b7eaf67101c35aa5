"""Keep the cache true: subscribe, list, replay, and list again whenever anything could have been missed.

An event only says which object to look at again. Docker's stream forgets after 256 events, skips slow
readers and ends with the daemon, so every reconnect lists everything, and a list every 30 s bounds
what a lost event can cost.
"""

from collections.abc import Iterable, Sequence
from random import Random

import anyio

from controller.at_once import at_once
from controller.clock import Clock
from controller.engine_link import EngineLink
from controller.images import Images
from controller.observed import Observed
from controller.records import Records, owner_key
from controller.taken_events import TakenEvents
from controller.workqueue import Priority, WorkQueue
from desired_state.key import Key
from engine.errors import EngineError, EngineUnreachable
from engine.protocol import Engine
from observed_state.container import ContainerState, ContainerSummary
from observed_state.engine import EngineEvent
from observed_state.network import Network
from observed_state.volume import Volume
from reconcilers import naming

_RELIST_S = 30.0
_PING_S = 5.0
_MISSES = 2
_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 10.0

_STATE_AFTER: dict[str, ContainerState] = {
    "create": "created",
    "start": "running",
    "die": "exited",
    "pause": "paused",
    "unpause": "running",
}
_QUIET = ("exec_create", "exec_start", "exec_die", "exec_detach", "top", "resize", "attach", "detach", "copy")


class Informer:
    """Feeds the cache from one engine and the queue with keys. Decides nothing."""

    def __init__(
        self,
        *,
        engine: Engine,
        records: Records,
        observed: Observed,
        images: Images,
        link: EngineLink,
        queue: WorkQueue[Key],
        clock: Clock,
        random: Random,
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._images = images
        self._link = link
        self._queue = queue
        self._clock = clock
        self._random = random
        self._lost_touch = anyio.Event()
        self._taken = TakenEvents()
        self.events_seen = 0

    async def run(self) -> None:
        """Watch until cancelled, through every outage."""
        wait = _FIRST_RETRY_S
        while True:
            began = self._clock.monotonic()
            reason = "its event stream ended"
            try:
                await self._watch()
            except* EngineError as errors:
                reason = _first_message(errors)
            self._link.down(reason)
            if self._clock.monotonic() - began > 2 * _LONGEST_RETRY_S:
                wait = _FIRST_RETRY_S
            await self._clock.sleep(wait * self._random.uniform(0.75, 1.25))
            wait = min(wait * 2, _LONGEST_RETRY_S)

    async def _watch(self) -> None:
        self._lost_touch = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._ping_until_lost, tasks.cancel_scope)
            tasks.start_soon(self._relist_for_ever)
            async for event in self._engine.events():
                if event.type == "daemon" and event.action == "subscribed":
                    self._taken.begin(event.time_ns)
                    await self.list_everything()
                    self._link.up(await self._engine.info())
                    self.ask_for_all(Priority.RESYNC)
                else:
                    self._take(event)
            tasks.cancel_scope.cancel()
        if self._lost_touch.is_set():
            raise EngineUnreachable("the Docker daemon stopped answering")

    async def _ping_until_lost(self, scope: anyio.CancelScope) -> None:
        misses = 0
        while misses < _MISSES:
            await self._clock.sleep(_PING_S)
            try:
                await self._engine.ping()
                misses = 0
            except EngineError:
                misses += 1
        self._lost_touch.set()
        scope.cancel()

    # listing

    async def _relist_for_ever(self) -> None:
        while True:
            await self._clock.sleep(_RELIST_S * self._random.uniform(0.9, 1.1))
            if self._link.reachable:
                for key in await self.list_everything(inspect_all=False):
                    self._queue.add(key, Priority.RESYNC)

    async def list_everything(self, *, inspect_all: bool = True) -> set[Key]:
        """Read the full lists, inspect ours, and return the keys whose containers look different now.

        With `inspect_all` every container of ours is inspected; else those that an event names, those on
        their way included, and those whose list row tells something new. A list that fails raises, and
        never counts as "no containers".
        """
        before, began = set(self._observed.containers), self._observed.begin_list()
        async with at_once() as block:
            caught_up = block.begin(self._catch_up)
            containers = block.begin(self._engine.list_containers)
            networks = block.begin(self._engine.list_networks)
            volumes = block.begin(self._engine.list_volumes)
            images = block.begin(self._engine.list_images)
        inspect_all = inspect_all or not caught_up.result
        self._take_networks_and_volumes(networks.result, volumes.result)
        self._take_moved(self._images.outdated(images.result))
        freed = self._observed.summaries.keys() - {row.id for row in containers.result}
        self._observed.take_list(containers.result, began)
        if freed:
            # Whose end no event told, or was listed as it went: a name or a port may be free.
            self._ask_troubled()
        changed: set[Key] = set()
        due = []
        for instance in self._records.instances():
            container_id = instance.container_id or ""
            if instance.kind != "Container" or container_id not in self._observed.summaries:
                if container_id in before:
                    changed.add(owner_key(instance))
                continue
            if inspect_all or self._observed.outdated(container_id):
                self._observed.mark_stale(container_id)
                due.append(container_id)
                changed.add(owner_key(instance))
        await self._observed.refresh(due)
        return changed

    def _take_networks_and_volumes(self, networks: Sequence[Network], volumes: Sequence[Volume]) -> None:
        """Show both lists; have looked at what came or went, also when an older look hid that before."""
        before = set(self._observed.networks), set(self._observed.volumes)
        self._observed.take_networks(networks)
        self._observed.take_volumes(volumes)
        if before[0] != set(self._observed.networks):
            self._ask_kind("Network")
        if before[1] != set(self._observed.volumes):
            self._ask_kind("Volume")

    async def _catch_up(self) -> bool:
        """Take the events that are still on their way; return whether the daemon remembers all there were.

        A list does not show everything that can change: limits, the restart policy, aliases.
        """
        if self._taken.since_ns is None:
            return False
        past = await self._engine.past_events(self._taken.since_ns)
        for event in past.events:
            self._take(event)
        return past.complete

    def ask_for_all(self, priority: Priority) -> None:
        """Ask for a look at every resource, in the order in which they depend on each other."""
        for key in self._records.in_order():
            self._queue.add(key, priority)

    # events

    def _take(self, event: EngineEvent) -> None:
        if not self._taken.is_new(event):
            return
        self.events_seen += 1
        if event.action in _QUIET:
            return
        match event.type:
            case "container":
                self._take_container(event.actor, event)
            case "network":
                self._take_network(event)
            case "volume":
                self._note_name(event)
                self._take_volume()
            case "image":
                self._note_name(event)
                self._take_image(event)

    def _take_container(self, container_id: str, event: EngineEvent) -> None:
        if self._observed.is_echo(container_id, event.action):
            return
        instance = self._records.instance_of_container(container_id)
        if instance is None:
            self._take_foreign(container_id, event)
            return
        self._note_hand(container_id, event)
        if event.action == "destroy":
            self._observed.drop(container_id)
        else:
            self._observed.mark_stale(container_id)
        self._queue.add(owner_key(instance), Priority.OBSERVED)

    def _note_hand(self, container_id: str, event: EngineEvent) -> None:
        """Remember what happened to a container of ours. Echoes of Ergon's own deeds never get here."""
        seen = self._observed.containers.get(container_id)
        self._observed.evidence.note(container_id, event, self._clock.now(), seen.started_at if seen else None)

    def _note_name(self, event: EngineEvent) -> None:
        """Remember what happened to a network, a volume or an image, unless it is what Ergon does right now."""
        names = {event.actor, event.attributes.get("name", "")} - {""}
        if not any(self._observed.is_own_doing(name) for name in names):
            self._observed.evidence.note_name(event, self._clock.now())
            self._observed.revision += 1

    def _take_foreign(self, container_id: str, event: EngineEvent) -> None:
        """Keep the row of a container that isn't ours: it may hold or free a name, a port, or be a copy of ours."""
        if event.action == "destroy":
            self._observed.drop(container_id)
        elif event.action in _STATE_AFTER or event.action == "rename":
            self._observed.take_row(self._foreign_row(container_id, event))
        original = self._records.instance(event.attributes.get(naming.INSTANCE_LABEL, ""))
        if original is not None and original.container_id is not None:
            self._queue.add(owner_key(original), Priority.OBSERVED)
        if event.action in ("destroy", "rename", "die", "stop"):
            self._ask_troubled()

    def _foreign_row(self, container_id: str, event: EngineEvent) -> ContainerSummary:
        known = self._observed.summaries.get(container_id)
        attributes = event.attributes
        state = _STATE_AFTER.get(event.action, known.state if known else "created")
        return ContainerSummary(
            id=container_id,
            name=attributes.get("name", known.name if known else ""),
            image=attributes.get("image", known.image if known else ""),
            image_id=known.image_id if known else "",
            state=state,
            labels=known.labels if known else attributes,
        )

    def _ask_troubled(self, kind: str = "") -> None:
        """Something was freed: whoever waits for a name, a port or a network without strangers may try at once."""
        self._records.release_holds("PortInUse")
        for key, status in self._records.statuses.items():
            if status.phase in ("Conflict", "Held", "Deleting") and kind in ("", key.kind):
                self._queue.add(key, Priority.OBSERVED)

    def _take_network(self, event: EngineEvent) -> None:
        if event.action not in ("connect", "disconnect"):
            self._note_name(event)
            self._observed.lists_stale = True
            self._ask_kind("Network")
            return
        container_id = event.attributes.get("container", "")
        instance = self._records.instance_of_container(container_id)
        if instance is None and event.action == "disconnect":
            self._ask_troubled("Network")
        if instance is None or self._observed.is_echo(container_id, event.action):
            return
        self._note_hand(container_id, event)
        self._observed.mark_stale(container_id)
        self._queue.add(owner_key(instance), Priority.OBSERVED)

    def _take_volume(self) -> None:
        self._observed.lists_stale = True
        self._ask_kind("Volume")

    def _take_image(self, event: EngineEvent) -> None:
        """A tag was set or taken away, or an image came or went: only its references and their users are concerned."""
        name = event.attributes.get("name", "")
        by_name = event.actor if event.action == "pull" else "" if name.startswith("sha256:") else name
        references = {reference for reference in (by_name, *self._images.meaning(event.actor)) if reference}
        if not references or event.action in ("load", "import"):
            references.update(self._images.unknown())
        self._take_moved(references)

    def _take_moved(self, references: Iterable[str]) -> None:
        """Have references looked up again, and those who use them."""
        for reference in references:
            self._images.mark_stale([reference])
            self._observed.revision += 1
            for user in self._records.users_of_image(reference):
                self._queue.add(user.key, Priority.OBSERVED)
                for dependent in self._records.dependents_of(user.key):
                    self._queue.add(dependent, Priority.OBSERVED)

    def _ask_kind(self, kind: str) -> None:
        for key in self._records.resources:
            if key.kind == kind:
                self._queue.add(key, Priority.OBSERVED)


def _first_message(errors: BaseExceptionGroup[EngineError]) -> str:
    first = errors.exceptions[0]
    return _first_message(first) if isinstance(first, BaseExceptionGroup) else first.message
