"""One resource as it stood at some time: what is kept of it when its status has settled, and read back later."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter

from desired_state.approval import Approval
from desired_state.key import Key
from desired_state.resource import Pause, Resource, Spec, Stored
from observed_state.container import Container
from observed_state.image import Image
from observed_state.instance import Instance
from observed_state.network import Network
from observed_state.rollout import Rollout
from observed_state.status import Status
from observed_state.volume import Volume
from reconcilers.decision import Change
from reconcilers.graph import World
from reconcilers.world import ContainerWorld, ImageWorld, NetworkWorld, VolumeWorld


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored of a resource besides its spec, which its revision holds."""

    created_at: datetime
    updated_at: datetime
    deleting_since: datetime | None = None
    sources: tuple[str, ...] = ()
    pause: Pause | None = None
    stopped: bool = False
    restart_requested: datetime | None = None
    renew_requested: datetime | None = None
    finalizers: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was recorded and seen of one resource."""

    instances: tuple[Instance, ...] = ()
    containers: tuple[Container, ...] = ()
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()
    images: Mapping[str, Image] = field(default_factory=dict)
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """How one resource stood: what was said of it, what differed, and what was there."""

    held: Held
    status: Status
    changes: tuple[Change, ...] = ()
    seen: Seen = Seen()


_MOMENT = TypeAdapter(Moment)
# Of a container, what can't change while its id stays, and what its checks print.
_OF_CONTAINER = {"labels", "frozen", "health_output"}
_LEFT_OUT: Any = {
    "seen": {
        "instances": {"__all__": {"spec": True, "baseline": _OF_CONTAINER}},
        "containers": {"__all__": _OF_CONTAINER},
        "networks": {"__all__": {"containers"}},
        "images": {"__all__": {"labels", "size", "architecture", "os", "config"}},
    }
}
_TRANSITION = re.compile(r'"last_transition":"[^"]*"')


def seen_of(world: World) -> Seen:
    """Return what is kept of a world."""
    match world:
        case ContainerWorld():
            images = {world.image.reference: world.image.image} if world.image.image else {}
            return Seen(world.instances, tuple(world.containers.values()), images=images, rollout=world.rollout)
        case NetworkWorld():
            return Seen(_records(world.record), networks=world.found)
        case VolumeWorld():
            return Seen(_records(world.record), volumes=(world.found,) if world.found else ())
        case ImageWorld():
            images = {world.fact.reference: world.fact.image} if world.fact.image else {}
            return Seen(_records(world.record), images=images)
        case _:
            return Seen()


def held_of(stored: Stored) -> Held:
    """Return what is kept of a stored resource besides its spec."""
    return Held(
        stored.created_at,
        stored.updated_at,
        deleting_since=stored.deleting_since,
        sources=stored.sources,
        pause=stored.pause,
        stopped=stored.stopped,
        restart_requested=stored.restart_requested,
        renew_requested=stored.renew_requested,
        finalizers=stored.finalizers,
        approvals=stored.approvals,
        labels=dict(stored.resource.labels),
        annotations=dict(stored.resource.annotations),
    )


def restored(key: Key, spec: Spec, held: Held, *, uid: str, generation: int, source: str) -> Stored:
    """Return a resource as it was stored. Its version is not known any more: 0."""
    return Stored(
        resource=Resource(key, spec, held.labels, held.annotations, source),
        uid=uid,
        generation=generation,
        resource_version=0,
        created_at=held.created_at,
        updated_at=held.updated_at,
        deleting_since=held.deleting_since,
        sources=held.sources,
        pause=held.pause,
        stopped=held.stopped,
        restart_requested=held.restart_requested,
        renew_requested=held.renew_requested,
        finalizers=held.finalizers,
        approvals=held.approvals,
    )


def to_text(moment: Moment) -> str:
    """Return a moment as JSON, without what can't change, what its revision holds, and what changes by itself."""
    return _MOMENT.dump_json(moment, exclude=_LEFT_OUT, exclude_defaults=True).decode()


def from_text(text: str) -> Moment:
    """Return the moment behind its JSON."""
    return _MOMENT.validate_json(text)


def fingerprint(text: str) -> str:
    """Return what two moments share that say the same: all but when conditions last turned, which memory knows
    to the second and the store to the next write."""
    return blake2b(_TRANSITION.sub("", text).encode(), digest_size=12).hexdigest()


def _records(record: Instance | None) -> tuple[Instance, ...]:
    return (record,) if record else ()
