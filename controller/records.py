"""What is declared and recorded, held in memory and written through to the store.

The controller is the store's only writer, so its memory and the store agree: every change is
committed first and shown here after. Planning reads this memory and never waits for SQL.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from controller.clock import Clock
from controller.run_records import RunRecords
from controller.sealing import sealed
from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.image_policy import ImagePolicy
from desired_state.image_reference import parse
from desired_state.key import Key
from desired_state.resource import Stored
from observed_state.instance import Instance
from observed_state.rollout import Rollout
from observed_state.status import Status
from reconcilers import graph, naming
from store import instances as instance_rows
from store import meta, resources, revisions, rollouts, statuses
from store.database import Store

_NO_KEY = Key("", "", "")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Records:
    """The store's resources, instances and statuses, by key."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self.store_id = ""
        self.resources: dict[Key, Stored] = {}
        self.statuses: dict[Key, Status] = {}
        self.rollouts: dict[str, Rollout] = {}
        # How many replicas autoscaling found right, of those that leave that to it.
        self.scales: dict[Key, int] = {}
        self._instances: dict[str, Instance] = {}
        self._by_owner: defaultdict[Key, dict[str, Instance]] = defaultdict(dict)
        self._by_container: dict[str, str] = {}
        self._dependents: defaultdict[Key, set[Key]] = defaultdict(set)
        self._providers: dict[tuple[str, str], Key] = {}
        self.runs = RunRecords(store)
        # By uid of the resource, what a container was made from that is gone: (generation, image id).
        self._left_image: dict[str, tuple[int, str]] = {}
        self._image_users: defaultdict[str, set[Key]] = defaultdict(set)

    async def load(self) -> None:
        """Read everything from the store. Called once, before anything is planned."""
        self.store_id = await self.store.read(meta.store_id)
        self.take_resources(await self.store.read(resources.all))
        self.statuses = await self.store.read(statuses.all)
        self.rollouts = await self.store.read(rollouts.all)
        for instance in await self.store.read(instance_rows.all):
            self.show(instance)
        found = await self.store.read(revisions.last_images)
        self._left_image = {uid: (one.generation, one.image_id) for uid, one in found.items()}
        await self.runs.load()

    def imagine(self, found: Iterable[Stored]) -> "Records":
        """Return a copy in which these resources are declared, for planning alone: nothing is written."""
        copy = Records(self.store, self._clock)
        copy.store_id = self.store_id
        copy.take_resources(self.resources.values())
        copy.take_resources(found)
        for instance in self.instances():
            copy.show(instance)
        copy.rollouts = dict(self.rollouts)
        copy._left_image = self._left_image
        copy.scales = dict(self.scales)
        copy.runs = self.runs
        return copy

    # resources

    def take_resources(self, found: Iterable[Stored]) -> None:
        """Show resources as just committed."""
        for stored in found:
            self._forget_edges(stored.key)
            self.resources[stored.key] = stored
            for dependency in graph.dependencies_of(stored):
                self._dependents[dependency].add(stored.key)
            if reference := provided_reference(stored):
                self._providers[stored.key.namespace, reference] = stored.key
            if reference := declared_reference(stored):
                self._image_users[parse(reference).name].add(stored.key)

    def drop_resource(self, key: Key) -> None:
        """Show that a resource, its instances and its status are gone."""
        self._forget_edges(key)
        if gone := self.resources.pop(key, None):
            self.runs.forget(gone)
            self.rollouts.pop(gone.uid, None)
            self._left_image.pop(gone.uid, None)
        self.statuses.pop(key, None)
        self.scales.pop(key, None)
        for instance in self.instances_of(key):
            self._drop(instance.uid)

    def in_order(self) -> list[Key]:
        """Return the keys of all resources in the order in which they depend on each other."""
        return [stored.key for stored in graph.ordered(self.resources.values())]

    def dependents_of(self, key: Key) -> frozenset[Key]:
        """Return the resources that declare a need of this one, containers of an image by its reference included."""
        return frozenset(self._dependents.get(key, ()))

    def _forget_edges(self, key: Key) -> None:
        if known := self.resources.get(key):
            for dependency in graph.dependencies_of(known):
                self._dependents[dependency].discard(key)
            self._providers.pop((key.namespace, provided_reference(known)), None)
            if reference := declared_reference(known):
                self._image_users[parse(reference).name].discard(key)

    async def save_rollout(self, uid: str, rollout: Rollout, *also: Callable[[Session], Any]) -> None:
        """Commit how an update of one resource stands, together with whatever else belongs to it, and show it."""

        def write(session: Session) -> None:
            rollouts.save(session, uid, rollout)
            for part in also:
                part(session)

        await self.store.write(write)
        self.rollouts[uid] = rollout

    # instances

    def instance(self, uid: str) -> Instance | None:
        """Return one instance by uid."""
        return self._instances.get(uid)

    def instances(self) -> Sequence[Instance]:
        """Return all instances."""
        return tuple(self._instances.values())

    def instances_of(self, key: Key) -> tuple[Instance, ...]:
        """Return the instances of one resource."""
        return tuple(self._by_owner.get(key, {}).values())

    def instance_of_container(self, container_id: str) -> Instance | None:
        """Return the instance whose recorded container this is; None: not ours."""
        uid = self._by_container.get(container_id)
        return self._instances.get(uid) if uid else None

    def of_one_thing(self, stored: Stored, docker_id: str, name: str) -> Instance:
        """Return the record, not saved yet, of the one thing in Docker that a network, volume or image resource is."""
        known = next(iter(self.instances_of(stored.key)), None)
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

    async def save(self, instance: Instance, *also: Callable[[Session], Any]) -> Instance:
        """Commit an instance, together with whatever else belongs to the same moment, and show it.

        The values of its container's variables are sealed first: the store never learns them.
        """
        if instance.baseline is not None:
            instance = replace(instance, baseline=sealed(instance.baseline, self.store_id))

        def write(session: Session) -> None:
            instance_rows.save(session, instance)
            for part in also:
                part(session)

        await self.store.write(write)
        self.show(instance)
        return instance

    async def forget(self, instance: Instance, *also: Callable[[Session], Any]) -> None:
        """Commit that an instance is gone, and show it."""

        def write(session: Session) -> None:
            instance_rows.delete(session, instance.uid)
            for part in also:
                part(session)

        await self.store.write(write)
        self._drop(instance.uid)

    def take_instances(self, found: Iterable[Instance]) -> None:
        """Show instances as just committed."""
        for instance in found:
            self.show(instance)

    def release_holds(self, reason: str) -> None:
        """Let containers held for this reason be tried at once: its cause may be gone."""
        for instance in self.instances():
            if instance.restarts.held == reason:
                self.show(replace(instance, restarts=replace(instance.restarts, retry_at=None)))

    def show(self, instance: Instance) -> None:
        """Show an instance as it is, whether or not that is committed."""
        self._drop(instance.uid)
        self._instances[instance.uid] = instance
        self._by_owner[owner_key(instance)][instance.uid] = instance
        if instance.container_id:
            self._by_container[instance.container_id] = instance.uid

    def _drop(self, uid: str) -> None:
        known = self._instances.pop(uid, None)
        if known is None:
            return
        if image_id := _made_from(known):
            self._left_image[known.owner_uid] = known.generation, image_id
        self._by_owner[owner_key(known)].pop(uid, None)
        if known.container_id and self._by_container.get(known.container_id) == uid:
            del self._by_container[known.container_id]

    # questions across resources

    def last_image(self, stored: Stored) -> str:
        """Return the id of the image that the newest container of this generation was made from, "" for none."""
        made = [one for one in self.instances_of(stored.key) if _made_from(one) and one.generation == stored.generation]
        if made:
            return _made_from(max(made, key=lambda one: one.created_at or _LONG_AGO))
        generation, image_id = self._left_image.get(stored.uid, (0, ""))
        return image_id if generation == stored.generation else ""

    def image_provider(self, namespace: str, spec: ContainerSpec) -> Stored | None:
        """Return the Image resource that provides a container's image, None when it is a plain reference."""
        if not isinstance(spec.image, str):
            return self.resources.get(Key("Image", namespace, spec.image.resource))
        return self.resources.get(self._providers.get((namespace, spec.image), _NO_KEY))

    def users_of_image(self, reference: str) -> list[Stored]:
        """Return the resources whose image a reference is, or (with a range of versions) could be."""
        wanted = parse(reference)
        users = (self.resources[key] for key in self._image_users.get(wanted.name, ()))
        return [
            user for user in users if parse(declared_reference(user)) == wanted or _has_range(image_policy_of(user))
        ]


def _made_from(instance: Instance) -> str:
    """Return the id of the image of a container of the resource itself, "" for a helper or what has no image."""
    return str(instance.resolved.get("image_id", "")) if instance.role == "main" else ""


def declared_reference(stored: Stored) -> str:
    """Return the reference that a resource declares as text, "" for none."""
    spec = stored.resource.spec
    return spec.image_reference if isinstance(spec, ContainerSpec) else provided_reference(stored)


def image_policy_of(stored: Stored) -> ImagePolicy | None:
    """Return a resource's own image policy, None for none."""
    spec = stored.resource.spec
    return spec.image_policy if isinstance(spec, ContainerSpec | ImageSpec) else None


def _has_range(policy: ImagePolicy | None) -> bool:
    return policy is not None and policy.semver is not None


def provided_reference(stored: Stored) -> str:
    """Return the reference that an Image resource provides, "" for other kinds."""
    spec = stored.resource.spec
    return naming.image_reference(stored.key, spec) if isinstance(spec, ImageSpec) else ""


def owner_key(instance: Instance) -> Key:
    """Return the key of the resource an instance belongs to."""
    return Key(instance.kind, instance.namespace, instance.owner)
