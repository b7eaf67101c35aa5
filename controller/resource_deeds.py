"""The deeds done for networks, volumes and images, and the last one of every resource."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from controller.clock import Clock
from controller.fetching import Fetching
from controller.journal import Journal
from controller.observed import Observed
from controller.records import Records
from desired_state.resource import Stored
from engine.errors import Conflict, EngineError
from engine.protocol import Engine
from observed_state.instance import Instance
from reconcilers import actions as act
from reconcilers import naming
from store import resources

Deed = Callable[[Stored, Any], Awaitable[Instance | None]]


class ResourceDeeds:
    """What Ergon does for resources that are one thing each. Raises `engine.errors`; everything is recorded."""

    def __init__(
        self,
        engine: Engine,
        records: Records,
        observed: Observed,
        fetching: Fetching,
        clock: Clock,
        *,
        journal: Journal,
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._fetching = fetching
        self._clock = clock
        self._journal = journal
        self._deeds: Mapping[type[act.Action], Deed] = {
            act.CreateNetwork: self._create_network,
            act.RemoveNetwork: self._remove_network,
            act.AcceptResource: self._accept,
            act.CreateVolume: self._create_volume,
            act.RemoveVolume: self._remove_volume,
        }

    async def do(self, stored: Stored, action: act.Action) -> None:
        """Carry out one action; a new thing gets a record, which says what it was made from."""
        if isinstance(action, act.FinishDeletion):
            await self._finish(stored)
            return
        if isinstance(action, act.Pull | act.BuildImage | act.PushImage):
            await self._fetching.begin(stored, action)
            return
        ids: list[int] = []
        await self._records.store.write(self._journal.intent(stored.key, action, stored.generation, ids))
        try:
            made = await self._deeds[type(action)](stored, action)
        except EngineError as error:
            await self._records.store.write(self._journal.result(stored.key, action, ids, error=error))
            raise
        result = self._journal.result(stored.key, action, ids)
        if made is None:
            await self._records.store.write(result)
        else:
            await self._records.save(made, result)

    async def _create_network(self, stored: Stored, action: act.CreateNetwork) -> Instance:
        labels = naming.identity_labels(self._records.store_id, stored)
        with self._observed.doing(action.name):
            network_id = await self._engine.create_network(action.name, action.spec, labels)
        network = await self._engine.inspect_network(network_id)
        self._observed.networks[network.id] = network
        return self._record(stored, network_id, action.name)

    async def _remove_network(self, stored: Stored, action: act.RemoveNetwork) -> None:
        with self._observed.doing(action.network_id):
            await self._engine.remove_network(action.network_id)
        self._observed.networks.pop(action.network_id, None)
        for record in self._records.instances_of(stored.key):
            if record.container_id == action.network_id:
                await self._records.forget(record)

    async def _accept(self, stored: Stored, action: act.AcceptResource) -> Instance:
        """Return the record of what was there before its record was: nobody knows since when."""
        known = next(iter(self._records.instances_of(stored.key)), None)
        record = self._record(stored, action.docker_id, action.name)
        return replace(record, created_at=known.created_at) if known else record

    async def _create_volume(self, stored: Stored, action: act.CreateVolume) -> Instance:
        labels = naming.identity_labels(self._records.store_id, stored)
        with self._observed.doing(action.name):
            volume = await self._engine.create_volume(action.name, action.spec, labels)
        self._observed.volumes[volume.name] = volume
        if volume.labels.get(naming.STORE_LABEL) != self._records.store_id:
            raise Conflict(f'a volume named "{action.name}" exists already and is not managed here')
        return self._record(stored, action.name, action.name)

    async def _remove_volume(self, _stored: Stored, action: act.RemoveVolume) -> None:
        with self._observed.doing(action.name):
            await self._engine.remove_volume(action.name)
        self._observed.volumes.pop(action.name, None)

    async def _finish(self, stored: Stored) -> None:
        now = self._clock.now()
        await self._records.store.write(lambda session: resources.remove(session, stored.key, now))
        self._records.drop_resource(stored.key)

    def _record(self, stored: Stored, docker_id: str, name: str) -> Instance:
        return self._records.of_one_thing(stored, docker_id, name)
