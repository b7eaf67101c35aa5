"""Put together what a planner may know about one resource, from the records and from what was seen."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from controller import content
from controller.build_keys import key_of, keys_of
from controller.engine_link import EngineLink
from controller.images import Images
from controller.observed import Observed
from controller.privileges import Privileges
from controller.records import Records, image_policy_of, owner_key, provided_reference
from controller.sealing import sealed
from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.image_policy import OnMove
from desired_state.key import Key
from desired_state.network import NetworkSpec
from desired_state.resource import Resource, Stored
from desired_state.volume import VolumeSpec
from engine.capabilities import unsupported
from engine.errors import Refused
from observed_state.container import Container, ContainerSummary
from observed_state.health import Health
from observed_state.instance import Instance
from observed_state.network import Network
from observed_state.reach import Reach
from observed_state.rollout import Former, Rollout
from observed_state.run_verdict import RunVerdict
from observed_state.status import Condition
from observed_state.volume import Volume
from reconcilers import dependencies, image, naming
from reconcilers.autoscaling import scaled
from reconcilers.graph import World, shared_namespaces
from reconcilers.moved_images import words_for_image
from reconcilers.network import chosen
from reconcilers.renewing import is_to_be_renewed
from reconcilers.world import (
    ContainerWorld,
    DependencyFact,
    FilesWorld,
    Holder,
    ImageFact,
    ImageWorld,
    NetworkWorld,
    VolumeWorld,
)


class Worlds:
    """Builds worlds. Asks Docker nothing but what an image reference means, and that only once."""

    def __init__(
        self,
        records: Records,
        observed: Observed,
        images: Images,
        link: EngineLink,
        health: Callable[[], Mapping[str, Health]],
        *,
        verdicts: Callable[[], Mapping[str, RunVerdict]] = dict,
        reach: Callable[[], Mapping[str, Reach]] = dict,
        companions: Callable[[str], tuple[Condition, ...]] = lambda _: (),
        contexts: Mapping[str, str] | None = None,
    ) -> None:
        self._records = records
        self._observed = observed
        self._images = images
        self._link = link
        self._health = health
        self._verdicts = verdicts
        self._reach = reach
        self._companions = companions
        self.privileges = Privileges(records.store.state_dir, link)
        # What builds are wanted of, by reference: as asked here, and as seen where no apply noted it.
        self._asked = contexts or {}
        self._seen: dict[str, str] = {}

    def over(self, records: Records, contexts: Mapping[str, str] | None = None) -> "Worlds":
        """Return worlds of the same making over other records and build contexts: what is imagined to be declared."""
        parts = (self._observed, self._images, self._link, self._health)
        others = type(self)(
            records,
            *parts,
            verdicts=self._verdicts,
            reach=self._reach,
            companions=self._companions,
            contexts=contexts,
        )
        others.privileges = self.privileges
        return others

    async def contexts_of(self, declared: Iterable[Resource]) -> Mapping[str, str]:
        """Return what the builds among these resources would be wanted of. Raises ServiceError."""
        return await keys_of(declared)

    async def of(self, stored: Stored) -> World:
        """Return the world of one resource."""
        stored = self._scaled(stored)
        spec = stored.resource.spec
        if isinstance(spec, ContainerSpec):
            fact = await self.image_fact(stored.key.namespace, spec)
            images = await self._step_images(stored.key.namespace, spec)
            former = await self._former(stored)
            world = await self._as_it_ran(self._of_container(stored, spec, fact))
            return replace(world, former=former, step_images=images) if former or images else world
        if isinstance(spec, NetworkSpec):
            return self._of_network(stored, spec)
        if isinstance(spec, VolumeSpec):
            return self._of_volume(stored, spec)
        if isinstance(spec, ImageSpec):
            return await self._of_image(stored, spec)
        return FilesWorld(stored, self._users(stored.key))

    async def _as_it_ran(self, world: ContainerWorld) -> ContainerWorld:
        """Return the world with the image that ran, while a tag that moved is not to be followed and that is here."""
        ran = self._records.last_image(world.stored)
        meant = world.image.image
        if world.on_move == "auto" or not ran or (meant and meant.id == ran) or words_for_image(world.stored):
            return world
        fact = await self._images.fact(ran)
        return world if fact.image is None else replace(world, image=fact, tag=world.image)

    def _scaled(self, stored: Stored) -> Stored:
        return scaled(stored, self._records.scales.get(stored.key))

    async def _step_images(self, namespace: str, spec: ContainerSpec) -> dict[int, ImageFact]:
        """Return what the images mean that steps before a start name, by the step's number."""
        named = {number: step.image for number, step in enumerate(spec.pre_start, start=1) if step.image}
        return {
            number: await self.image_fact(namespace, spec.model_copy(update={"image": image}))
            for number, image in named.items()
        }

    async def image_fact(self, namespace: str, spec: ContainerSpec) -> ImageFact:
        """Return what a container's image means now."""
        provider = self._records.image_provider(namespace, spec)
        reference = provided_reference(provider) if provider else spec.image_reference
        if not reference:
            return ImageFact("", failure="the Image resource it names is not declared", managed=True)
        if provider is None:
            return await self._images.fact(reference, spec.image_policy)
        world = await self._of_image(provider, cast("ImageSpec", provider.resource.spec))
        renewing = image.need(world) is not None and not world.fact.failure
        return replace(world.fact, renewing=renewing)

    def _rollout(self, stored: Stored) -> Rollout | None:
        return self._records.rollouts.get(stored.uid)

    async def _former(self, stored: Stored) -> ContainerWorld | None:
        """Return the resource as it was before an update that has not ended well yet."""
        rollout = self._rollout(stored)
        if rollout is None or rollout.former is None:
            return None
        former = self._scaled(as_before(stored, rollout.former))
        spec = cast("ContainerSpec", former.resource.spec)
        fact = await self._image_of_before(rollout.former)
        world = self._of_container(former, spec, fact or await self.image_fact(stored.key.namespace, spec))
        before = rollout.former
        return replace(world, declared=stored, files=before.files, variables=before.variables)

    async def _image_of_before(self, former: Former) -> ImageFact | None:
        """Return the very image that ran, whatever its tag means now; None when it is gone."""
        for reference in (former.image, former.image_id):
            fact = await self._images.fact(reference) if reference else None
            if fact and fact.image and fact.image.id == former.image_id:
                return fact
        return None

    async def _of_image(self, stored: Stored, spec: ImageSpec) -> ImageWorld:
        reference = naming.image_reference(stored.key, spec)
        fact = await self._images.fact(reference, spec.image_policy, managed=True)
        fact = replace(fact, context=await self._context(reference, spec, fact))
        return ImageWorld(stored, self._record(stored.key), fact, self._users(stored.key))

    async def _context(self, reference: str, spec: ImageSpec, fact: ImageFact) -> str:
        """Return what a build is wanted of: as it was at apply; where nobody knows, as it is."""
        if spec.build is None:
            return ""
        if known := self._asked.get(reference) or fact.context or self._seen.get(reference):
            return known
        try:
            self._seen[reference] = await key_of(spec.build)
        except Refused:
            return ""  # the build itself says what is wrong with it
        return self._seen[reference]

    def _of_container(self, stored: Stored, spec: ContainerSpec, fact: ImageFact) -> ContainerWorld:
        known = self._records.instances_of(stored.key)
        instances = tuple(one for one in known if one.role == "main")
        ours = self._containers_of(known)
        files, variables, unreadable = self._content(stored.key.namespace, spec)
        bearing = list(self._bearing(stored.key, spec))
        parents = {field: self._parent(stored.key, name) for field, name in shared_namespaces(spec).items()}
        return ContainerWorld(
            stored=stored,
            instances=instances,
            containers=ours,
            holders={name: Holder(name, row.id) for name, row in bearing if not self._is_ours(row.id, row.labels)},
            siblings=self._siblings(stored.key, bearing),
            copies=tuple(self._copies(known)),
            image=fact,
            on_move=self._on_move(stored.key.namespace, spec),
            networks={name: self._network(stored.key.sibling("Network", name)) for name in spec.joins},
            volumes={name: self._volume(stored.key.sibling("Volume", name)) for name in volume_names(spec)},
            dependencies={name: self._dependency(stored.key.sibling("Container", name)) for name in spec.depends_on},
            parents={field: parent.id if parent else None for field, parent in parents.items()},
            parent_runs={field: _present_run(parent) for field, parent in parents.items()},
            renewing=tuple(name for name in volume_names(spec) if self._is_renewed(stored.key.sibling("Volume", name))),
            health=self._health(),
            verdicts=self._verdicts(),
            reach=self._reach(),
            companions={one: said for one in ours if (said := self._companions(one))},
            hand_stopped=self._hand_stopped(ours),
            outage=self._link.outage,
            refused=tuple(unsupported(spec, self._link.info.api_version)) if self._link.info else (),
            files=files,
            variables=variables,
            unreadable=unreadable,
            engine_id=self._link.info.id if self._link.info else "",
            helpers=tuple(one for one in known if one.role != "main"),
            runs=self._records.runs.of(stored),
            followed=self._records.runs.followed(stored),
            leave_first=self._leave_first(stored),
            watching_since=self._link.since,
            engine_version=self._link.info.version if self._link.info else "",
            exceeds=self.privileges.exceeded_by(stored.resource),
            rollout=self._rollout(stored),
        )

    def _on_move(self, namespace: str, spec: ContainerSpec) -> OnMove:
        """Return what a container does when its image moves: what it says, else what its Image resource says."""
        provider = self._records.image_provider(namespace, spec)
        policy = spec.image_policy or (image_policy_of(provider) if provider else None)
        return policy.on_move if policy else "auto"

    def _leave_first(self, stored: Stored) -> tuple[str, ...]:
        """Return the dependents that are deleted together with a container and have not gone yet."""
        if stored.deleting_since is None:
            return ()
        users = (self._records.resources.get(key) for key in self._records.dependents_of(stored.key))
        leaving = [user.key for user in users if user is not None and user.deleting_since is not None]
        return tuple(sorted(key.name for key in leaving if self._records.instances_of(key)))

    def _content(self, namespace: str, spec: ContainerSpec) -> tuple[dict[str, str], dict[str, str], str]:
        if not content.uses_content(spec):
            return {}, {}, ""
        try:
            found = content.contents_of(namespace, spec, self._records.resources)
        except Refused as error:
            return {}, {}, error.message
        return *content.digests(found, self._records.store_id), ""

    def _containers_of(self, instances: Iterable[Instance]) -> dict[str, Container]:
        seen = self._observed.containers
        # The variables as they are recorded: what they hold is nobody's business in a plan.
        return {
            one.container_id: sealed(seen[one.container_id], self._records.store_id)
            for one in instances
            if one.container_id in seen
        }

    def _hand_stopped(self, containers: Iterable[str]) -> dict[str, datetime]:
        stops = ((one, self._observed.evidence.stopped_at(one)) for one in containers)
        return {one: when for one, when in stops if when}

    def _siblings(self, key: Key, bearing: Iterable[tuple[str, ContainerSummary]]) -> dict[str, str]:
        """Return the other resources of ours whose containers bear names this resource's slots need."""
        found = ((name, self._records.instance_of_container(row.id)) for name, row in bearing)
        owners = ((name, owner_key(instance)) for name, instance in found if instance)
        return {name: str(owner) for name, owner in owners if owner != key}

    def _bearing(self, key: Key, spec: ContainerSpec) -> Iterator[tuple[str, ContainerSummary]]:
        """Yield the names that this resource's slots need and somebody has, each with whoever that is."""
        for name in naming.container_names(key, spec):
            if row := self._observed.by_name(name):
                yield name, row

    def _is_ours(self, container_id: str, labels: Mapping[str, str]) -> bool:
        """Ours is what is recorded, or what a pending record was just made for."""
        if self._records.instance_of_container(container_id):
            return True
        pending = self._records.instance(labels.get(naming.INSTANCE_LABEL, ""))
        return pending is not None and pending.container_id is None

    def _copies(self, instances: Iterable[Instance]) -> Iterable[Container]:
        """Return containers that bear the label of one of these instances under another id."""
        for instance in instances:
            if instance.container_id is None or instance.adopted:
                continue
            for row in self._observed.of_instance(instance.uid):
                if row.id != instance.container_id:
                    yield Container(row.id, row.name, row.image, row.image_id, row.state, row.labels)

    def _network(self, key: Key) -> Network | None:
        stored = self._records.resources.get(key)
        if stored is None or not isinstance(stored.resource.spec, NetworkSpec):
            return None
        spec = stored.resource.spec
        found = self._observed.networks_named(naming.network_name(key, spec))
        ours = [network.id for network in found if spec.external or self._is_our_network(stored, network)]
        record = self._record(key)
        return chosen(found, ours, record.container_id if record else None)

    def _is_our_network(self, stored: Stored, network: Network) -> bool:
        record = self._record(stored.key)
        recorded = record is not None and record.container_id == network.id
        return recorded or (bool(stored.uid) and network.labels.get(naming.UID_LABEL) == stored.uid)

    def _volume(self, key: Key) -> Volume | None:
        stored = self._records.resources.get(key)
        if stored is None or not isinstance(stored.resource.spec, VolumeSpec):
            return None
        if self._is_renewed(key):
            return None
        spec = stored.resource.spec
        volume = self._observed.volumes.get(naming.volume_name(key, spec))
        if volume is None or spec.external or self._is_our_volume(stored, volume):
            return volume
        return None

    def _is_renewed(self, key: Key) -> bool:
        """Return whether a volume is to be made anew: until that is done nobody may have it."""
        stored = self._records.resources.get(key)
        return stored is not None and is_to_be_renewed(stored, self._record(key))

    def _is_our_volume(self, stored: Stored, volume: Volume) -> bool:
        """A volume kept from an earlier life of the same resource is ours: its data is what was asked to be kept."""
        record, labels = self._record(stored.key), volume.labels
        if record is not None and record.adopted and record.container_id == volume.name:
            return True
        return labels.get(naming.STORE_LABEL) == self._records.store_id and (
            labels.get(naming.LABEL_PREFIX + "namespace"),
            labels.get(naming.LABEL_PREFIX + "name"),
        ) == (stored.key.namespace, stored.key.name)

    def _dependency(self, key: Key) -> DependencyFact:
        stored = self._records.resources.get(key)
        if stored is None or not isinstance(stored.resource.spec, ContainerSpec):
            return dependencies.judge(None)
        rollout = self._rollout(stored)
        if rollout and rollout.former and rollout.state == "rolled-back":
            stored = as_before(stored, rollout.former)
        stored = self._scaled(stored)
        instances = tuple(one for one in self._records.instances_of(key) if one.role == "main")
        runs = self._records.runs.of(stored)
        world = ContainerWorld(stored, instances, self._containers_of(instances), health=self._health(), runs=runs)
        return dependencies.judge(world)

    def _parent(self, key: Key, name: str) -> Container | None:
        """Return the container to share with: of the first slot that has one the newest, running ones first."""
        instances = self._records.instances_of(key.sibling("Container", name))
        ordered = sorted(instances, key=lambda one: (one.slot, -one.generation))
        found = [
            self._observed.containers[one.container_id]
            for one in ordered
            if one.role == "main" and one.container_id in self._observed.containers
        ]
        return next((one for one in found if one.running), next(iter(found), None))

    def _of_network(self, stored: Stored, spec: NetworkSpec) -> NetworkWorld:
        record = self._record(stored.key)
        found = self._observed.networks_named(naming.network_name(stored.key, spec))
        made = self._observed.networks.get(record.container_id or "") if record else None
        if made is not None and made not in found:
            # Made under another name: it is still there to be replaced.
            found = (*found, made)
        ours = frozenset(network.id for network in found if self._is_our_network(stored, network))
        return NetworkWorld(
            stored,
            record,
            found,
            ours,
            self._members(found),
            self._users(stored.key),
            others=tuple(one for one in self._observed.networks.values() if one not in found),
            joined=tuple(sorted(self._joined(stored.key, ours))),
            refused=tuple(unsupported(spec, self._link.info.api_version)) if self._link.info else (),
        )

    def _joined(self, key: Key, networks: Collection[str]) -> Iterator[str]:
        """Yield the names of the containers of a network's users that have a place on one of these networks."""
        instances = (one for user in self._records.dependents_of(key) for one in self._records.instances_of(user))
        for container in self._containers_of(instances).values():
            if any(place.network_id in networks for place in container.networks.values()):
                yield container.name

    def _members(self, networks: Iterable[Network]) -> dict[str, str]:
        """Return our instances on these networks by their containers' ids."""
        on_it = (container_id for network in networks for container_id in network.containers)
        ours = ((container_id, self._records.instance_of_container(container_id)) for container_id in on_it)
        return {container_id: instance.uid for container_id, instance in ours if instance}

    def _of_volume(self, stored: Stored, spec: VolumeSpec) -> VolumeWorld:
        found = self._observed.volumes.get(naming.volume_name(stored.key, spec))
        labelled = found is not None and self._is_our_volume(stored, found)
        holders = (one for user in self._records.dependents_of(stored.key) for one in self._records.instances_of(user))
        names = tuple(sorted(one.name for one in holders if one.kind == "Container"))
        return VolumeWorld(stored, self._record(stored.key), found, labelled, self._users(stored.key), names)

    def _record(self, key: Key) -> Instance | None:
        return next(iter(self._records.instances_of(key)), None)

    def _users(self, key: Key) -> tuple[str, ...]:
        """Return the names of the resources that still need this one."""
        return tuple(sorted(user.name for user in self._records.dependents_of(key) if user in self._records.resources))


def as_before(stored: Stored, former: Former) -> Stored:
    """Return a resource as it was declared before an update."""
    resource = replace(stored.resource, spec=ContainerSpec.from_declared(dict(former.spec)))
    return replace(stored, resource=resource, generation=former.generation, restart_requested=None)


def _present_run(parent: Container | None) -> datetime | None:
    return parent.started_at if parent and parent.running else None


def volume_names(spec: ContainerSpec) -> list[str]:
    """Return the Volume resources a container mounts."""
    return [mount.source for mount in spec.volumes if mount.type == "volume" and mount.source]
