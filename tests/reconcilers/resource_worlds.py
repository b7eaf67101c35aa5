"""Small worlds of networks, volumes, images and files, and the records of what was made of them."""

from dataclasses import replace
from typing import Any

from desired_state.key import Key
from desired_state.resource import Stored
from observed_state.instance import Instance
from observed_state.network import Network
from observed_state.volume import Volume
from reconcilers import graph
from reconcilers.decision import Decision
from reconcilers.graph import World
from reconcilers.world import ImageFact, ImageWorld, NetworkWorld, VolumeWorld
from tests.reconcilers.worlds import NOON, declared

BACK = Key("Network", "shop", "back")
DATA = Key("Volume", "shop", "data")
API = Key("Image", "shop", "api")


def net(generation: int = 1, **spec: Any) -> Stored:
    return declared(BACK, generation, **spec)


def vol(generation: int = 1, **spec: Any) -> Stored:
    return declared(DATA, generation, **spec)


def img(generation: int = 1, **spec: Any) -> Stored:
    return declared(API, generation, **{"reference": "shop/api:1", **spec})


def deleted(owner: Stored) -> Stored:
    return replace(owner, deleting_since=NOON)


def record(owner: Stored, docker_id: str = "") -> Instance:
    """Return Ergon's record of the one thing it made for a resource."""
    key = owner.key
    return Instance(
        uid=f"record-of-{key.name}",
        kind=key.kind,
        namespace=key.namespace,
        owner=key.name,
        owner_uid=owner.uid,
        slot=0,
        name=key.name,
        final_name=key.name,
        generation=owner.generation,
        phase="created",
        container_id=docker_id,
        spec=owner.resource.spec.declared(),
    )


def made_network(owner: Stored, made_from: Stored | None = None, **changes: Any) -> NetworkWorld:
    """Return the world of a network that is there, made from `made_from` or from what is declared now."""
    found = Network("net-1", "shop_back", **changes)
    return NetworkWorld(owner, record(made_from or owner, "net-1"), (found,), frozenset({"net-1"}))


def made_volume(owner: Stored, made_from: Stored | None = None) -> VolumeWorld:
    """Return the world of a volume that is there and bears our labels."""
    return VolumeWorld(owner, record(made_from or owner, "shop_data"), Volume("shop_data"), labelled=True)


def image_world(owner: Stored, fact: ImageFact, made_from: Stored | None = None) -> ImageWorld:
    """Return the world of an image that was fetched for `made_from`, None: not by Ergon."""
    return ImageWorld(owner, record(made_from) if made_from else None, fact)


def plan(seen: World) -> Decision:
    return graph.plan(seen, NOON)


def deed_names(seen: World) -> list[str]:
    return [type(action).__name__ for action in plan(seen).actions]


def status(seen: World) -> tuple[str, str]:
    found = plan(seen).status
    return found.phase, found.reason
