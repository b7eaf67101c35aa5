"""Make one container: recorded before, taken over when a former try made it already, recorded after.

A crash between any two steps leaves either nothing, or a container that bears the label of a
pending record: the next look carries on from there, and never makes a second one.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from controller.archives import archives, scratch_folders
from controller.clock import Clock
from controller.content import Contents, contents_of
from controller.journal import Journal, Part
from controller.observed import Observed, summary_of
from controller.records import Records
from desired_state.container import ContainerSpec
from engine.errors import EngineError, NameTaken, NotSupported, Refused, StartFailed
from engine.protocol import Created, Engine, NewContainer
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.actions import CreateInstance
from reconcilers.attachments import VEILED
from reconcilers.backoff import HELD_RETRY_S
from reconcilers.graph import shared_namespaces
from reconcilers.inits import world_of_step
from reconcilers.world import ContainerWorld
from store import revisions

_ECHOES = frozenset({"create", "connect", "start"})


class Creation:
    """The deed behind `CreateInstance`."""

    def __init__(self, engine: Engine, records: Records, observed: Observed, clock: Clock, journal: Journal) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._clock = clock
        self._journal = journal

    async def create(self, world: ContainerWorld, action: CreateInstance) -> None:
        """Make the container and, if the action says so, start it.

        Raises:
            EngineError: it could not be made or started; the record says how far it came.
        """
        if action.role == "init":
            world = world_of_step(world, action.step)
        instance = self._records.instance(action.instance) or self._new_instance(world, action)
        ids: list[int] = []
        intent = self._journal.intent(world.stored.key, action, instance.generation, ids, instance)
        await self._records.save(instance, intent)
        try:
            contents = contents_of(world.stored.key.namespace, world.spec, self._records.resources)
            created = await self._make(world, instance, action, contents)
        except NameTaken as error:
            await self._records.forget(instance, self._journal.result(world.stored.key, action, ids, instance, error))
            raise
        except (Refused, NotSupported) as error:
            held = held_by(instance, "CreateRefused", error, self._clock.now())
            await self._records.save(held, self._journal.result(world.stored.key, action, ids, instance, error))
            raise
        except EngineError as error:
            await self._records.store.write(self._journal.result(world.stored.key, action, ids, instance, error))
            raise
        made = replace(instance, container_id=created.id, warnings=created.warnings)
        with self._observed.doing(created.id, _ECHOES):
            await self._bring_up(world, action, ids, made, contents)

    async def _bring_up(
        self, world: ContainerWorld, action: CreateInstance, ids: list[int], instance: Instance, contents: Contents
    ) -> None:
        container_id, began = instance.container_id or "", self._clock.now() if action.start else None
        # Not committed: cut off before its end, the same creation is begun again and takes the container over.
        self._records.show(instance)
        try:
            await self._fill(world, container_id, contents)
            if action.start:
                await self._engine.start_container(container_id)
        except StartFailed as error:
            held = held_by(replace(instance, phase="created"), error.reason, error, self._clock.now())
            await self._records.save(held, self._journal.result(world.stored.key, action, ids, held, error))
            raise
        except Refused as error:
            held = held_by(instance, "CreateRefused", error, self._clock.now())
            await self._records.save(held, self._journal.result(world.stored.key, action, ids, held, error))
            raise
        # The next look inspects it and takes that as the baseline: nothing that a baseline holds changes
        # between create and start (measured on 20.10 and 28.5), and what waits to be made goes first.
        self._observed.mark_stale(container_id)
        restarts = replace(instance.restarts, held="", retry_at=None, began=began, unended=action.start)
        done = replace(instance, phase="created", restarts=restarts)
        image = image_part(world, done, self._clock.now())
        await self._records.save(done, image, self._journal.result(world.stored.key, action, ids, done))

    async def _fill(self, world: ContainerWorld, container_id: str, contents: Contents) -> None:
        """Put the content of configs and secrets into a container that was never started."""
        for folder, archive in archives(world.spec, contents.files).items():
            await self._engine.put_archive(container_id, folder, archive)

    def _new_instance(self, world: ContainerWorld, action: CreateInstance) -> Instance:
        key = world.stored.key
        return Instance(
            uid=uuid4().hex,
            kind=key.kind,
            namespace=key.namespace,
            owner=key.name,
            owner_uid=world.stored.uid,
            slot=action.slot,
            name=action.name,
            final_name=action.final_name,
            generation=world.stored.generation,
            spec=world.spec.declared(),
            resolved=resolved(world) | ({VEILED: True} if action.veiled else {}),
            created_at=self._clock.now(),
            role=action.role,
            step=action.step,
        )

    async def _make(
        self, world: ContainerWorld, instance: Instance, action: CreateInstance, contents: Contents
    ) -> Created:
        """Create the container, or take over the one that an interrupted try of this same instance made."""
        try:
            return await self._engine.create_container(self._filled(world, instance, contents))
        except NameTaken:
            holder = await self._engine.inspect_container(action.name)
            if holder.labels.get(naming.INSTANCE_LABEL) == instance.uid:
                return Created(holder.id)
            self._observed.take_row(summary_of(holder))
            raise

    def _filled(self, world: ContainerWorld, instance: Instance, contents: Contents) -> NewContainer:
        new = new_container(self._records, world, instance.name)
        if instance.resolved.get(VEILED):
            new = replace(new, spec=_nameless(world.spec), aliases=())
        return replace(
            new,
            labels=naming.identity_labels(self._records.store_id, world.stored, instance.slot, instance.uid),
            environment=contents.variables,
            scratch=scratch_folders(world.spec, contents.files),
        )


def new_container(records: Records, world: ContainerWorld, name: str) -> NewContainer:
    """Return what Docker is asked to make for a resource, without its labels and the content of files."""
    return NewContainer(
        name=name,
        spec=world.spec,
        image=world.image.reference,
        networks={name: network.name for name, network in world.networks.items() if network},
        aliases=(world.stored.key.name,),
        volumes={name: volume.name for name, volume in world.volumes.items() if volume},
        parents=_parents(records, world),
    )


def _parents(records: Records, world: ContainerWorld) -> dict[str, str]:
    """Return what the names of other Container resources mean to Docker: a name, or the id to share with."""
    spec, key = world.spec, world.stored.key
    services = [link.partition(":")[0] for link in spec.links or ()]
    services += [origin.partition(":")[0] for origin in spec.volumes_from or ()]
    siblings = {name: records.resources.get(key.sibling("Container", name)) for name in services}
    names = {
        name: naming.container_name(sibling.key, sibling.resource.spec, 1)
        for name, sibling in siblings.items()
        if sibling and isinstance(sibling.resource.spec, ContainerSpec)
    }
    shared = {name: world.parents.get(field) for field, name in shared_namespaces(spec).items()}
    return names | {name: parent for name, parent in shared.items() if parent}


def _nameless(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec without the names that it has on its networks beside the service's own."""
    joins = {name: join.model_copy(update={"aliases": None}) for name, join in spec.joins.items()}
    return spec.model_copy(update={"networks": joins})


def resolved(world: ContainerWorld) -> dict[str, Any]:
    """Return what the spec's names mean at this moment."""
    return {
        "image": world.image.reference,
        "image_id": world.image.image.id if world.image.image else "",
        "image_digest": world.image.image.digest_for(world.image.reference) if world.image.image else "",
        "networks": {name: network.name for name, network in world.networks.items() if network},
        "parents": {field: parent for field, parent in world.parents.items() if parent},
        "files": dict(world.files),
        "variables": dict(world.variables),
        "engine": world.engine_id,
        "engine_version": world.engine_version,
    }


def image_part(world: ContainerWorld, instance: Instance, now: datetime) -> Part:
    """Return the part that records which image a container of this revision was made from."""
    image_id = str(instance.resolved.get("image_id", ""))
    reference = world.image.reference
    seen = world.image.image
    digest = seen.digest_for(reference) if seen and seen.id == image_id else ""
    image = revisions.RanWith(instance.generation, image_id, reference, digest)

    def write(session: Session) -> None:
        if image_id and instance.role != "init":
            revisions.remember_image(session, instance.owner_uid, image, now)

    return write


def held_by(instance: Instance, reason: str, error: EngineError, now: datetime) -> Instance:
    """Return the instance held for a reason that trying again at once can't mend."""
    retry_at = now + timedelta(seconds=HELD_RETRY_S)
    return replace(
        instance, restarts=replace(instance.restarts, held=reason, last_reason=error.message, retry_at=retry_at)
    )
