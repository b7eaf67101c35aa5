"""Plan an adoption: find what is behind declarations, see how it differs, put the records together. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from controller.adoption import Adoption
from controller.claims import against_container, against_thing, labels_of
from controller.creation import new_container, resolved
from controller.matching import matches
from controller.planning import as_if_applied, decisions
from controller.records import Records, owner_key
from controller.runtime import Runtime
from controller.sealing import sealed
from controller.tool_labels import without_tool_labels
from controller.worlds import Worlds
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.resource import Resource, Stored
from desired_state.volume import VolumeSpec
from engine.errors import NotFound, NotSupported
from engine.specs import as_declared, container_fields, network_fields, volume_fields, without_defaults
from observed_state.container import Container
from observed_state.engine import EngineInfo
from observed_state.image import Image
from observed_state.instance import Instance, Restarts
from observed_state.network import Network
from observed_state.volume import Volume
from reconcilers import adopting, naming
from reconcilers.actions import Action, AdoptInstance, AdoptThing
from reconcilers.decision import Change
from reconcilers.graph import ordered, sorted_changes
from reconcilers.world import ContainerWorld


async def plan(
    runtime: Runtime, declared: Sequence[Resource], chosen: Mapping[Key, Sequence[str]], *, labelled: bool
) -> Adoption:
    """Return what taking over the containers behind these declarations would mean. Writes nothing.

    Args:
        declared: what is to hold.
        chosen: containers by the resource they are for, in the order of its slots; others are found by name or label.
        labelled: what bears an Ergon's labels is meant, too.

    Raises:
        EngineError: Docker could not be asked.
    """
    planner = await _Planner.make(runtime, declared, chosen, labelled=labelled)
    for stored in ordered(planner.imagined):
        await planner.take(stored)
    concerned = {stored.key for stored in planner.imagined}
    decided = await decisions(runtime, planner.records, concerned)
    differs = [change for decision in decided.values() for change in decision.changes]
    planner.adoption.differs = sorted_changes(differs, planner.imagined)
    return planner.adoption


class _Planner:
    """Goes from resource to resource, and lets those that follow see what those before would have."""

    def __init__(
        self, runtime: Runtime, declared: Sequence[Resource], info: EngineInfo, chosen: Mapping[Key, Sequence[str]]
    ) -> None:
        self.runtime = runtime
        self.info = info
        self.chosen = chosen
        self.labelled = False
        self.adoption = Adoption(declared)
        self.imagined = [as_if_applied(runtime, resource) for resource in declared]
        self.records: Records = runtime.records.imagine(self.imagined)
        self.worlds = Worlds(self.records, runtime.observed, runtime.images, runtime.link, runtime.probing.reports)
        self.names = {row.id: row.name for row in runtime.observed.summaries.values()}

    @classmethod
    async def make(
        cls, runtime: Runtime, declared: Sequence[Resource], chosen: Mapping[Key, Sequence[str]], *, labelled: bool
    ) -> "_Planner":
        planner = cls(runtime, declared, await runtime.engine.info(), chosen)
        planner.labelled = labelled
        return planner

    async def take(self, stored: Stored) -> None:
        """Take over what there is of one resource."""
        spec = stored.resource.spec
        if isinstance(spec, ContainerSpec):
            await self._take_containers(stored, spec)
        elif isinstance(spec, NetworkSpec) and not spec.external:
            self._take_network(stored, spec)
        elif isinstance(spec, VolumeSpec) and not spec.external:
            self._take_volume(stored, spec)

    async def _take_containers(self, stored: Stored, spec: ContainerSpec) -> None:
        filled = {one.slot: one for one in self.records.instances_of(stored.key)}
        for slot, container_id in matches(self.runtime, stored, spec, self.chosen.get(stored.key, ())).items():
            container = await self.runtime.engine.inspect_container(container_id)
            why = against_container(self.runtime.records, container, labelled=self.labelled)
            if not why and slot in filled:
                why = f'{stored.key} has "{filled[slot].name}" in the place of "{container.name}" already'
            if why:
                self.adoption.obstacles.append(why)
                continue
            self.runtime.observed.take(container)
            await self._take_container(stored, slot, container)

    async def _take_container(self, stored: Stored, slot: int, container: Container) -> None:
        world = await self.worlds.of(stored)
        assert isinstance(world, ContainerWorld)  # noqa: S101 - by the kind of the spec
        try:
            candidate = await self._candidate(world, slot, container)
        except (NotFound, NotSupported) as error:
            self.adoption.obstacles.append(f'"{container.name}" can\'t be compared: {error.message}')
            return
        deed = adopting.adoption(world, candidate)
        self.adoption.adopted.append(adopting.adoption_change(world, candidate))
        self._record(stored, deed, self._instance(world, deed, container))

    async def _candidate(self, world: ContainerWorld, slot: int, container: Container) -> adopting.Candidate:
        asked = as_declared(new_container(self.records, world, container.name), self.info.api_version)
        found = container_fields(container, self.names)
        unusual = without_defaults(found, container, await image_of(self.runtime, container), self.info)
        return adopting.Candidate(
            slot,
            container,
            container_fields(asked, self.names),
            found,
            without_tool_labels(unusual),
            {name: network.name for name, network in world.networks.items() if network},
        )

    def _instance(self, world: ContainerWorld, deed: AdoptInstance, container: Container) -> Instance:
        stored, policy = world.stored, container.restart_policy
        current = deed.made_from == world.spec.declared()
        bears = labels_of(container.labels)
        free = bears is not None and bears.instance and self.runtime.records.instance(bears.instance) is None
        found = {"restart_policy": [policy.name, policy.maximum_retry_count]}
        return Instance(
            uid=bears.instance if bears and free else uuid4().hex,
            kind=stored.key.kind,
            namespace=stored.key.namespace,
            owner=stored.key.name,
            owner_uid=stored.uid,
            slot=deed.slot,
            name=container.name,
            final_name=container.name,
            generation=stored.generation if current else stored.generation - 1,
            phase="created",
            container_id=container.id,
            spec=deed.made_from,
            resolved={
                **resolved(world),
                "image_id": container.image_id,
                "networks": dict(deed.networks),
                "found": found,
            },
            baseline=sealed(container, self.records.store_id),
            restarts=_restarts(container),
            adopted=True,
            created_at=self.runtime.clock.now(),
        )

    def _take_network(self, stored: Stored, spec: NetworkSpec) -> None:
        name = naming.network_name(stored.key, spec)
        found = sorted(self.runtime.observed.networks_named(name), key=lambda one: one.id)
        if found and not self.records.instances_of(stored.key):
            network = found[0]
            self._take_thing(stored, network, network.id, f'network "{name}"', network_fields(network))

    def _take_volume(self, stored: Stored, spec: VolumeSpec) -> None:
        name = naming.volume_name(stored.key, spec)
        volume = self.runtime.observed.volumes.get(name)
        if volume is not None and not self.records.instances_of(stored.key):
            self._take_thing(stored, volume, name, f'volume "{name}"', volume_fields(volume))

    def _take_thing(
        self, stored: Stored, thing: Network | Volume, docker_id: str, what: str, found: Mapping[str, Any]
    ) -> None:
        holder = next((one for one in self.records.instances() if one.container_id == docker_id), None)
        why = against_thing(self.runtime.records, what, thing.labels, labelled=self.labelled)
        if holder is not None:
            why = f"{what} is managed already, as {owner_key(holder)}"
        if why:
            self.adoption.obstacles.append(why)
            return
        declared = stored.resource.spec.declared()
        made_from = adopting.things_spec(declared, found)
        deed = AdoptThing("taken over as it is", docker_id=docker_id, name=thing.name)
        record = Instance(
            uid=uuid4().hex,
            kind=stored.key.kind,
            namespace=stored.key.namespace,
            owner=stored.key.name,
            owner_uid=stored.uid,
            slot=0,
            name=thing.name,
            final_name=thing.name,
            generation=stored.generation if made_from == declared else stored.generation - 1,
            phase="created",
            container_id=docker_id,
            spec=made_from,
            adopted=True,
            created_at=self.runtime.clock.now(),
        )
        self.adoption.adopted.append(Change(stored.key, "adopt", "none", (), thing.name))
        self._record(stored, deed, record)

    def _record(self, stored: Stored, deed: Action, instance: Instance) -> None:
        self.records.take_instances([instance])
        self.adoption.deeds.append((stored, replace(deed, instance=instance.uid), instance))


def _restarts(container: Container) -> Restarts:
    """An end that came before is nobody's crash: it counts as seen."""
    if container.running:
        return Restarts()
    return Restarts(last_exit_at=container.finished_at, last_exit_code=container.exit_code)


async def image_of(runtime: Runtime, container: Container) -> Image | None:
    """Return the image that a container really runs, whatever its name means now; None when it is gone."""
    return await runtime.images.look_up(container.image_id) if container.image_id else None
