"""Make one container: recorded before, taken over when a former try made it already, recorded after.

A crash between any two steps leaves either nothing, or a container that bears the label of a
pending record: the next look carries on from there, and never makes a second one.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from controller.clock import Clock
from controller.journal import Journal, Part
from controller.observed import Observed, summary_of
from controller.records import Records
from engine.errors import EngineError, NameTaken, NotSupported, Refused, StartFailed
from engine.protocol import Created, Engine, NewContainer
from observed_state.instance import Instance
from reconcilers import naming
from reconcilers.actions import CreateInstance
from reconcilers.backoff import HELD_RETRY_S
from reconcilers.world import ContainerWorld

_ECHOES = frozenset({"create", "connect", "start"})


class Creation:
    """The deed behind `CreateInstance`."""

    def __init__(self, engine: Engine, records: Records, observed: Observed, clock: Clock) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._clock = clock
        self._journal = Journal(clock)

    async def create(self, world: ContainerWorld, action: CreateInstance) -> None:
        """Make the container and, if the action says so, start it.

        Raises:
            EngineError: it could not be made or started; the record says how far it came.
        """
        instance = self._records.instance(action.instance) or self._new_instance(world, action)
        ids: list[int] = []
        await self._records.save(instance, self._journal.intent(world.stored.key, action, instance.generation, ids))
        try:
            created = await self._make(world, instance, action)
        except NameTaken as error:
            await self._records.forget(instance, self._result(world, action, ids, instance, error))
            raise
        except (Refused, NotSupported) as error:
            held = held_by(instance, "CreateRefused", error, self._clock.now())
            await self._records.save(held, self._result(world, action, ids, instance, error))
            raise
        except EngineError as error:
            await self._records.store.write(self._result(world, action, ids, instance, error))
            raise
        made = replace(instance, phase="created", container_id=created.id, warnings=created.warnings)
        with self._observed.doing(created.id, _ECHOES):
            await self._bring_up(world, action, ids, made)

    async def _bring_up(
        self, world: ContainerWorld, action: CreateInstance, ids: list[int], instance: Instance
    ) -> None:
        container_id = instance.container_id or ""
        if action.start:
            await self._records.save(instance)
            try:
                await self._engine.start_container(container_id)
            except StartFailed as error:
                held = held_by(instance, error.reason, error, self._clock.now())
                await self._records.save(held, self._result(world, action, ids, held, error))
                raise
        # Nothing that a baseline holds changes between create and start (measured on 20.10 and 28.5).
        baseline = await self._observed.inspect(container_id)
        done = replace(instance, baseline=baseline)
        await self._records.save(done, self._result(world, action, ids, done))

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
            resolved=resolved(world),
            created_at=self._clock.now(),
        )

    async def _make(self, world: ContainerWorld, instance: Instance, action: CreateInstance) -> Created:
        """Create the container, or take over the one that an interrupted try of this same instance made."""
        try:
            return await self._engine.create_container(self._new_container(world, instance))
        except NameTaken:
            holder = await self._engine.inspect_container(action.name)
            if holder.labels.get(naming.INSTANCE_LABEL) == instance.uid:
                return Created(holder.id)
            self._observed.take_row(summary_of(holder))
            raise

    def _new_container(self, world: ContainerWorld, instance: Instance) -> NewContainer:
        return NewContainer(
            name=instance.name,
            spec=world.spec,
            image=world.image.reference,
            labels=naming.identity_labels(self._records.store_id, world.stored, instance.slot, instance.uid),
            networks={name: network.name for name, network in world.networks.items() if network},
            aliases=(world.stored.key.name,),
            volumes={name: volume.name for name, volume in world.volumes.items() if volume},
            parents={field: parent for field, parent in world.parents.items() if parent},
        )

    def _result(
        self,
        world: ContainerWorld,
        action: CreateInstance,
        ids: list[int],
        instance: Instance,
        error: EngineError | None = None,
    ) -> Part:
        return self._journal.result(world.stored.key, action, ids, instance, error.message if error else "")


def resolved(world: ContainerWorld) -> dict[str, Any]:
    """Return what the spec's names mean at this moment."""
    return {
        "image": world.image.reference,
        "image_id": world.image.image.id if world.image.image else "",
        "networks": {name: network.name for name, network in world.networks.items() if network},
        "parents": {field: parent for field, parent in world.parents.items() if parent},
    }


def held_by(instance: Instance, reason: str, error: EngineError, now: datetime) -> Instance:
    """Return the instance held for a reason that trying again at once can't mend."""
    retry_at = now + timedelta(seconds=HELD_RETRY_S)
    return replace(
        instance, restarts=replace(instance.restarts, held=reason, last_reason=error.message, retry_at=retry_at)
    )
