"""The deeds done for networks, volumes and images, and the last one of every resource."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from controller.clock import Clock
from controller.images import Images
from controller.journal import Journal, Part
from controller.observed import Observed
from controller.records import Records
from desired_state.build import Build
from desired_state.resource import Stored
from engine.errors import Conflict, EngineError
from engine.protocol import Engine
from observed_state.instance import Instance
from reconcilers import actions as act
from reconcilers import naming
from store import resources, revisions

Deed = Callable[[Stored, Any], Awaitable[Instance | None]]


class ResourceDeeds:
    """What Ergon does for resources that are one thing each. Raises `engine.errors`; everything is recorded."""

    def __init__(
        self, engine: Engine, records: Records, observed: Observed, images: Images, clock: Clock, *, journal: Journal
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._images = images
        self._clock = clock
        self._journal = journal
        self._deeds: Mapping[type[act.Action], Deed] = {
            act.CreateNetwork: self._create_network,
            act.RemoveNetwork: self._remove_network,
            act.AcceptResource: self._accept,
            act.CreateVolume: self._create_volume,
            act.RemoveVolume: self._remove_volume,
            act.Pull: self._pull,
            act.BuildImage: self._build,
        }

    async def do(self, stored: Stored, action: act.Action) -> None:
        """Carry out one action; a new thing gets a record, which says what it was made from."""
        if isinstance(action, act.FinishDeletion):
            await self._finish(stored)
            return
        ids: list[int] = []
        await self._records.store.write(self._journal.intent(stored.key, action, stored.generation, ids))
        try:
            made = await self._deeds[type(action)](stored, action)
        except EngineError as error:
            await self._records.store.write(self._journal.result(stored.key, action, ids, None, error.message))
            raise
        result = self._journal.result(stored.key, action, ids, None)
        if made is None:
            await self._records.store.write(result)
        elif made.kind == "Image":
            await self._records.save(made, await self._image_part(made), result)
        else:
            await self._records.save(made, result)

    async def _image_part(self, made: Instance) -> Part:
        """Return the part that records what an Image resource's reference means now."""
        image = (await self._images.fact(made.name)).image
        now = self._clock.now()

        def write(session: Session) -> None:
            if image is not None:
                ran_with = revisions.RanWith(made.generation, image.id, made.name, image.digest_for(made.name))
                revisions.remember_image(session, made.owner_uid, ran_with, now)

        return write

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

    async def _pull(self, stored: Stored, action: act.Pull) -> Instance | None:
        await self._images.fetch(action.reference, lambda: self._engine.pull_image(action.reference, action.platform))
        return self._record(stored, action.reference, action.reference) if stored.key.kind == "Image" else None

    async def _build(self, stored: Stored, action: act.BuildImage) -> Instance:
        build = action.build or Build(context=".")
        labels = naming.identity_labels(self._records.store_id, stored)
        await self._images.fetch(action.tag, lambda: self._engine.build_image(action.tag, build, labels))
        return self._record(stored, action.tag, action.tag)

    async def _finish(self, stored: Stored) -> None:
        now = self._clock.now()
        await self._records.store.write(lambda session: resources.remove(session, stored.key, now))
        self._records.drop_resource(stored.key)

    def _record(self, stored: Stored, docker_id: str, name: str) -> Instance:
        known = next(iter(self._records.instances_of(stored.key)), None)
        return Instance(
            uid=known.uid if known else uuid4().hex,
            kind=stored.key.kind,
            namespace=stored.key.namespace,
            owner=stored.key.name,
            owner_uid=stored.uid,
            slot=0,
            name=name,
            final_name=name,
            generation=stored.generation,
            phase="created",
            container_id=docker_id,
            spec=stored.resource.spec.declared(),
            created_at=self._clock.now(),
        )
