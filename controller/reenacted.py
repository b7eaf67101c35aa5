"""A recorded state put on the stage again: planners ask it as they ask the present, and nobody can act in it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, NoReturn, cast

from controller import snapshots
from controller.clock import VirtualClock
from controller.runtime import Runtime, build
from controller.snapshots import Snapshot
from controller.worlds import Worlds
from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.resource import Resource, Stored
from engine.errors import EngineUnreachable, NotFound
from engine.protocol import Engine
from observed_state.container import Container
from observed_state.health import Health, ProbeResult
from observed_state.image import Image
from reconcilers.world import ContainerWorld, ImageFact
from store.database import Store


class RecordedEngine:
    """The engine of a recorded state: knows the images it had, and does nothing."""

    def __init__(self, images: Mapping[str, Image]) -> None:
        self._images = images

    async def inspect_image(self, reference: str) -> Image:
        if (image := self._images.get(reference)) is None:
            raise NotFound(f"no image {reference} is in this record")
        return image

    def __getattr__(self, name: str) -> NoReturn:
        raise EngineUnreachable(f"cannot {name.replace('_', ' ')}: this is a recorded state")


class RecordedWorlds(Worlds):
    """Worlds in which configs, secrets and build contexts hold what they held: nothing is read from this host."""

    async def contexts_of(self, declared: Iterable[Resource]) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    async def _context(self, reference: str, spec: ImageSpec, fact: ImageFact) -> str:  # noqa: ARG002
        return fact.context

    def _content(self, namespace: str, spec: ContainerSpec) -> tuple[dict[str, str], dict[str, str], str]:  # noqa: ARG002
        return {}, {}, ""

    def _of_container(self, stored: Stored, spec: ContainerSpec, fact: ImageFact) -> ContainerWorld:
        world = super()._of_container(stored, spec, fact)
        made_with: Mapping[str, Any] = world.instances[-1].resolved if world.instances else {}
        return replace(world, files=made_with.get("files", {}), variables=made_with.get("variables", {}))


def reenacted(store: Store, snapshot: Snapshot) -> Runtime:
    """Return the parts of a controller to which it is always the moment of the snapshot.

    Raises:
        ServiceError: a recorded spec does not hold in this version of Ergon.
    """
    images = {name: image for one in snapshot.resources for name, image in one.seen.images.items()}
    engine = cast("Engine", RecordedEngine(images))
    runtime = build(store, engine, VirtualClock(snapshot.taken_at), Random(0))  # noqa: S311 - never used
    _declare(runtime, snapshot)
    _show(runtime, snapshot)
    reports = _reports(snapshot)
    worlds = RecordedWorlds(runtime.records, runtime.observed, runtime.images, runtime.link, lambda: reports)
    return replace(runtime, worlds=worlds)


def _declare(runtime: Runtime, snapshot: Snapshot) -> None:
    records = runtime.records
    records.store_id = snapshot.store_id
    records.take_resources(snapshots.stored_of(one) for one in snapshot.resources)
    for one in snapshot.resources:
        records.statuses[one.key] = one.status
        if one.seen.rollout is not None:
            records.rollouts[one.uid] = one.seen.rollout
        for instance in one.seen.instances:
            records.show(instance)


def _show(runtime: Runtime, snapshot: Snapshot) -> None:
    observed = runtime.observed
    for one in snapshot.resources:
        for container in one.seen.containers:
            observed.take(container)
    for row in snapshot.others:
        observed.take_row(row)
    observed.take_networks(network for one in snapshot.resources for network in one.seen.networks)
    observed.take_volumes(volume for one in snapshot.resources for volume in one.seen.volumes)
    if snapshot.engine is not None:
        runtime.link.up(snapshot.engine)


def _reports(snapshot: Snapshot) -> dict[str, Health]:
    """Return what probes said, as far as it shows: they passed where the resource was ready."""
    return {
        container.id: _passing(snapshot, container)
        for one in snapshot.resources
        if one.status.ready
        for container in one.seen.containers
    }


def _passing(snapshot: Snapshot, container: Container) -> Health:
    startup, readiness, liveness = (
        ProbeResult(kind, "passing", snapshot.taken_at) for kind in ("startup", "readiness", "liveness")
    )
    return Health(container.id, container.started_at, startup, readiness, liveness)
