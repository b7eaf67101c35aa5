"""What a plan rests on: of each resource the revision and the observations that, when they move, make it another plan.

Times, counters, process ids, addresses, exit codes and health are left out: they change by themselves and
change nothing about what would be done.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from desired_state.resource import Stored
from observed_state.instance import Instance
from reconcilers.decision import Change
from reconcilers.graph import World
from reconcilers.world import ContainerWorld, ImageWorld, NetworkWorld, VolumeWorld

Aspects = Mapping[str, str]

ABSENT = "absent"
_HIDDEN = "value "
_DIGITS = 12


def aspects(world: World, declared: Stored | None, changes: Iterable[Change]) -> Aspects:
    """Return what must not move, by what it is called.

    Args:
        world: what the plan was made from, with what is only imagined to be declared.
        declared: the resource as it is stored, None when it is not yet.
        changes: what the plan shows of it. Their values are told as digests: some are secret.
    """
    found = (*_wishes(declared), *_observations(world), *_differences(changes))
    return dict(sorted(found))


def digest(value: Any) -> str:
    """Return a short digest of a JSON-ready value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def is_hidden(value: str) -> bool:
    """Return whether an aspect's value is a digest, which is of no use to people."""
    return value.startswith(_HIDDEN)


def _wishes(stored: Stored | None) -> Iterator[tuple[str, str]]:
    if stored is None:
        yield "generation", ABSENT
        return
    yield "generation", str(stored.generation)
    yield "resource", stored.uid
    yield "wish to be stopped", str(stored.stopped).lower()
    if stored.pause:
        yield "pause", f"by {stored.pause.by}"
    if stored.deleting_since:
        yield "deletion", "asked for"
    if stored.restart_requested:
        yield "restart", f"asked for at {stored.restart_requested:%H:%M:%S}Z"


def _observations(world: World) -> Iterator[tuple[str, str]]:
    match world:
        case ContainerWorld():
            yield from _of_container(world)
        case NetworkWorld():
            yield "network", " ".join(sorted(network.id[:_DIGITS] for network in world.found)) or ABSENT
        case VolumeWorld():
            yield "volume", world.found.name if world.found else ABSENT
        case ImageWorld():
            yield "image", _short_image(world.fact.image.id) if world.fact.image else ABSENT
            yield "build", world.fact.context[:_DIGITS]


def _of_container(world: ContainerWorld) -> Iterator[tuple[str, str]]:
    for instance in world.instances:
        yield from _of_instance(world, instance)
    for name, holder in world.holders.items():
        yield f"name {name}", f"held by {holder.container_id[:_DIGITS]}"
    image = world.image.image
    yield f"image {world.image.reference}", _short_image(image.id) if image else ABSENT
    for name, network in world.networks.items():
        yield f"network {name}", network.id[:_DIGITS] if network else ABSENT
    for name, volume in world.volumes.items():
        yield f"volume {name}", volume.name if volume else ABSENT
    for name, parent in world.parents.items():
        yield f"container of {name}", parent[:_DIGITS] if parent else ABSENT
    for name, content in (*world.files.items(), *world.variables.items()):
        yield f"content of {name}", _HIDDEN + content[:_DIGITS]


def _of_instance(world: ContainerWorld, instance: Instance) -> Iterator[tuple[str, str]]:
    # While one container takes another's place there are two of one name; their own names differ.
    name = instance.name
    container = world.containers.get(instance.container_id or "")
    yield f"{name}: container", container.id[:_DIGITS] if container else ABSENT
    yield f"{name}: made from generation", str(instance.generation)
    if container:
        yield f"{name}: state", container.state


def _short_image(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:_DIGITS]


def _differences(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    for change in changes:
        yield f"{change.instance or change.key.name}: deed", f"{change.action} ({change.effect})"
        for field in change.fields:
            value = digest([field.declared, field.observed, field.cause, field.effect])
            yield f"{change.instance or change.key.name}: {field.path}", _HIDDEN + value
