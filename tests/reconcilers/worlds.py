"""Small worlds: a declared Container resource, its instances, and how Docker shows them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.limits import docker_limits, docker_restart_policy
from desired_state.resource import KINDS, Resource, Stored
from observed_state.container import Attachment, Container, RestartPolicy
from observed_state.image import Image
from observed_state.instance import Instance, Restarts
from observed_state.network import Network
from observed_state.rollout import Edition, Rollout
from reconcilers import container as planner
from reconcilers import naming
from reconcilers.actions import Action
from reconcilers.decision import Decision, FieldChange
from reconcilers.world import ContainerWorld, Holder, ImageFact

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=1)
KEY = Key("Container", "shop", "web")

Pair = tuple[Instance, Container]


def later(seconds: float) -> datetime:
    """Return noon and some seconds."""
    return NOON + timedelta(seconds=seconds)


# what is declared


def declared(key: Key, generation: int = 1, **spec: Any) -> Stored:
    """Return a resource of any kind as stored."""
    resource = Resource(key, KINDS[key.kind].from_declared(spec))
    return Stored(resource, f"uid-{key.name}", generation, generation, LONG_AGO, LONG_AGO)


def web(generation: int = 1, **spec: Any) -> Stored:
    """Return the Container resource `web` as stored; its image is busybox unless said otherwise."""
    return declared(KEY, generation, **{"image": "busybox", **spec})


WEB = web()


def spec_of(owner: Stored) -> ContainerSpec:
    """Return a Container resource's spec."""
    spec = owner.resource.spec
    assert isinstance(spec, ContainerSpec)
    return spec


# what Docker has


def network(name: str = "default", network_id: str = "") -> Network:
    """Return the Docker network that the namespace's network of this name is."""
    return Network(network_id or f"id-of-{name}", f"shop_{name}")


def image_fact(reference: str = "busybox", image_id: str = "sha256:1111", **fact: Any) -> ImageFact:
    """Return an image that is there."""
    return ImageFact(reference, Image(image_id), **fact)


def created(owner: Stored, slot: int = 1, **changes: Any) -> Pair:
    """Return an instance and its container as they are right after creation; `changes` are the container's."""
    spec = spec_of(owner)
    name = naming.container_name(owner.key, spec, slot)
    uid = f"{owner.key.name}-{slot}-g{owner.generation}"
    container = Container(
        id=f"container-{uid}",
        name=name,
        image=spec.image_reference,
        image_id="sha256:1111",
        state="created",
        created_at=LONG_AGO,
        restart_policy=RestartPolicy(*docker_restart_policy(spec)),
        resources=docker_limits(spec),
        networks={f"shop_{join}": attachment(owner, join) for join in spec.joins},
    )
    instance = Instance(
        uid=uid,
        kind=owner.key.kind,
        namespace=owner.key.namespace,
        owner=owner.key.name,
        owner_uid=owner.uid,
        slot=slot,
        name=name,
        final_name=name,
        generation=owner.generation,
        phase="created",
        container_id=container.id,
        spec=spec.declared(),
        resolved={"image_id": "sha256:1111", "networks": {join: f"shop_{join}" for join in spec.joins}},
        baseline=container,
        created_at=LONG_AGO + timedelta(seconds=owner.generation),
    )
    return instance, replace(container, **changes)


def attachment(owner: Stored, join: str) -> Attachment:
    """Return a container's place on a network it joins as declared."""
    declared_join = spec_of(owner).joins[join]
    aliases = sorted({owner.key.name, *(declared_join.aliases or ())})
    return Attachment(f"shop_{join}", f"id-of-{join}", tuple(aliases), static_ipv4=declared_join.ipv4_address or "")


def running(owner: Stored, slot: int = 1, **changes: Any) -> Pair:
    """Return an instance whose container has run since yesterday."""
    lives = {"state": "running", "pid": 100 + slot, "started_at": LONG_AGO}
    return created(owner, slot, **lives | changes)


def exited(owner: Stored, code: int = 1, slot: int = 1, **changes: Any) -> Pair:
    """Return an instance whose container has ended by itself at noon, after a run of ten seconds."""
    ended = {"state": "exited", "exit_code": code, "started_at": later(-10), "finished_at": NOON}
    return created(owner, slot, **ended | changes)


def with_restarts(pair: Pair, **restarts: Any) -> Pair:
    """Return the pair with this history of restarts."""
    instance, container = pair
    return replace(instance, restarts=replace(instance.restarts, **restarts)), container


def held(pair: Pair, retry_in_s: float | None = 60.0) -> Pair:
    """Return the pair held because its command is not there; None: released."""
    retry_at = None if retry_in_s is None else later(retry_in_s)
    return with_restarts(pair, held="CommandNotFound", last_reason='"serve" not found', retry_at=retry_at)


def recorded(pair: Pair, **changes: Any) -> Pair:
    """Return the pair with changes to Ergon's own record."""
    return replace(pair[0], **changes), pair[1]


def world(owner: Stored, *pairs: Pair, gone: Iterable[Instance] = (), **facts: Any) -> ContainerWorld:
    """Return the world of a resource whose image and networks are there; `gone` have a record and no container.

    Where containers of another generation are there, their update has begun.
    """
    instances = (*(instance for instance, _ in pairs), *gone)
    known: dict[str, Any] = {
        "image": image_fact(spec_of(owner).image_reference),
        "networks": {join: network(join) for join in spec_of(owner).joins},
        "watching_since": NOON,
    }
    if any(instance.generation != owner.generation for instance in instances):
        known["rollout"] = progressing(owner)
    return ContainerWorld(
        owner,
        instances,
        {container.id: container for _, container in pairs},
        **known | facts,
    )


def progressing(owner: Stored, image_id: str = "sha256:1111", **record: Any) -> Rollout:
    """Return the record of an update that has begun, long ago unless said otherwise."""
    begun = Rollout(Edition(owner.generation, image_id), "progressing", LONG_AGO)
    return replace(begun, **record)


def foreign(name: str = "shop-web-1") -> dict[str, Holder]:
    """Return a container that isn't ours and has this name."""
    return {name: Holder(name, "f" * 64)}


# what is decided


def plan(seen: ContainerWorld, now: datetime = NOON) -> Decision:
    """Return the decision for a world, at noon unless said otherwise."""
    return planner.plan(seen, now)


def deeds(seen: ContainerWorld, now: datetime = NOON) -> list[Action]:
    """Return the actions decided for a world."""
    return list(plan(seen, now).actions)


def deed_names(seen: ContainerWorld, now: datetime = NOON) -> list[str]:
    """Return the kinds of the actions decided for a world."""
    return [type(action).__name__ for action in deeds(seen, now)]


def fields(seen: ContainerWorld, now: datetime = NOON) -> list[FieldChange]:
    """Return all fields that differ in a world."""
    return [field for change in plan(seen, now).changes for field in change.fields]


def paths(seen: ContainerWorld) -> list[tuple[str, str, str]]:
    """Return (path, cause, effect) of all fields that differ in a world."""
    return [(field.path, field.cause, field.effect) for field in fields(seen)]


def status(seen: ContainerWorld, now: datetime = NOON) -> tuple[str, str]:
    """Return the phase and the reason of a world's status."""
    found = plan(seen, now).status
    return found.phase, found.reason


FRESH = Restarts()
