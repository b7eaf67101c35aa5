"""The networks of one container: which it should be on, which it is on, and how it gets from one to the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desired_state import container_parts as parts
from desired_state.container import ContainerSpec
from observed_state.container import Attachment, Container
from observed_state.instance import Instance
from reconcilers.actions import Action, Connect, Disconnect
from reconcilers.decision import Cause, FieldChange
from reconcilers.differences import differences
from reconcilers.withdrawing import is_withdrawn
from reconcilers.world import ContainerWorld

# What the record of a container says that joined its networks without the names of the service.
VEILED = "veiled"

# Modes in which Docker lets no network be joined or left.
_CLOSED_MODES = ("host", "none")
_SHARED = ("service:", "container:")


@dataclass(frozen=True, slots=True)
class Place:
    """One network that a container is on or should be on, and what differs about that.

    `name` is the spec's, `network` Docker's. `join` is how it is declared, None for what isn't.
    `target` is the id (or name) to connect to, "" for a network to leave or one that is not there yet.
    """

    name: str
    network: str
    join: parts.Join | None
    target: str
    attachment: Attachment | None
    changes: tuple[FieldChange, ...]


def compare(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    """Yield what differs about the networks a container is on."""
    for place in _places(world, instance, container):
        yield from place.changes


def reconnect(
    world: ContainerWorld, instance: Instance, container: Container, fields: Sequence[FieldChange]
) -> tuple[Action, ...]:
    """Return the disconnects and connects that end those of `fields` that are about networks."""
    paths = {field.path for field in fields if field.effect == "reconnect"}
    places = _places(world, instance, container) if paths else ()
    return tuple(
        action
        for place in places
        if any(change.path in paths for change in place.changes)
        for action in _rejoin(world, instance, container, place)
    )


def unveil(world: ContainerWorld, instance: Instance, container: Container, *, ready: bool) -> tuple[Action, ...]:
    """Return the reconnects that give a successor the names of the service, nothing when it has them.

    Until it is `ready`, only networks are joined that it is not on at all: cut off between leaving and
    joining one, it could not be asked whether it is ready.
    """
    if not instance.resolved.get(VEILED):
        return ()
    return tuple(
        action
        for place in _places(world, instance, container)
        if place.join is not None and place.changes and (ready or place.attachment is None)
        for action in _rejoin(world, instance, container, place)
    )


def _places(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[Place]:
    then = _made_from(world, instance)
    if then.network_mode != world.spec.network_mode:
        return  # made anew anyway
    if world.spec.network_mode is not None:
        yield from _places_of_mode(world.spec.network_mode, instance, container)
        return
    left = dict(container.networks)
    withdrawn = is_withdrawn(world, instance, container)
    for name, join in world.spec.joins.items():
        network = world.networks.get(name)
        docker_name = network.name if network else _recorded(instance).get(name, "")
        attachment = left.pop(docker_name, None)
        target = network.id if network else ""
        member = Membership(name, join, then.joins.get(name), target, attachment)
        changes = tuple(_differs(world, instance, member, withdrawn=withdrawn))
        yield Place(name, docker_name, join, target, attachment, changes)
    names = {network: name for name, network in _recorded(instance).items()}
    for docker_name, attachment in sorted(left.items()):
        yield _leftover(names.get(docker_name), docker_name, attachment)


def _made_from(world: ContainerWorld, instance: Instance) -> ContainerSpec:
    if instance.generation == world.stored.generation:
        return world.spec
    return ContainerSpec.from_declared(dict(instance.spec))


def _recorded(instance: Instance) -> dict[str, str]:
    """Return Docker's names of the networks that the instance was made with, by the spec's."""
    return dict(instance.resolved.get("networks", {}))


def _places_of_mode(mode: str, instance: Instance, container: Container) -> Iterator[Place]:
    """With a `network_mode` the networks it began with are the ones it stays on."""
    if mode in _CLOSED_MODES or mode.startswith(_SHARED) or instance.baseline is None:
        return
    for name in sorted(instance.baseline.networks.keys() - container.networks.keys()):
        change = FieldChange(f"spec.networks.{name}", "connected", "disconnected", "drift", "reconnect")
        yield Place(name, name, None, name, None, (change,))
    for name in sorted(container.networks.keys() - instance.baseline.networks.keys()):
        yield _leftover(None, name, container.networks[name])


def _leftover(name: str | None, docker_name: str, attachment: Attachment) -> Place:
    """A network that is not declared: one that was, or one that somebody connected."""
    cause: Cause = "spec" if name else "drift"
    change = FieldChange(f"spec.networks.{name or docker_name}", None, "connected", cause, "reconnect")
    return Place(name or docker_name, docker_name, None, "", attachment, (change,))


@dataclass(frozen=True, slots=True)
class Membership:
    """A declared network: how it is to be joined, how it was when the container was made, and how it is."""

    name: str
    join: parts.Join
    then: parts.Join | None
    network_id: str
    attachment: Attachment | None


def _differs(
    world: ContainerWorld, instance: Instance, member: Membership, *, withdrawn: bool
) -> Iterator[FieldChange]:
    path = f"spec.networks.{member.name}"
    attachment = member.attachment
    if not member.network_id:
        yield FieldChange(path, "connected", "no such network", "dependency", "reconnect")
    elif attachment is None:
        cause: Cause = "drift" if member.name in _recorded(instance) else "spec"
        yield FieldChange(path, "connected", "disconnected", cause, "reconnect")
    elif attachment.network_id not in ("", member.network_id):
        yield FieldChange(path, member.network_id[:12], attachment.network_id[:12], "dependency", "reconnect")
    elif member.then is not None and member.join != member.then:
        for field, declared, observed in differences(member.join.declared(), member.then.declared()):
            yield FieldChange(f"{path}.{field}", declared, observed, "spec", "reconnect")
    elif withdrawn:
        if serves := sorted({world.stored.key.name, *(member.join.aliases or ())} & set(attachment.aliases)):
            told = "its readiness probe fails, and other replicas are ready"
            yield FieldChange(f"{path}.aliases", [], serves, "spec", "reconnect", evidence=told)
    elif instance.resolved.get(VEILED) and world.stored.key.name not in attachment.aliases:
        names = sorted({world.stored.key.name, *(member.join.aliases or ())})
        yield FieldChange(f"{path}.aliases", names, sorted(attachment.aliases), "spec", "reconnect")
    else:
        yield from _drift(path, world, instance, member.join, attachment)


def _drift(
    path: str, world: ContainerWorld, instance: Instance, join: parts.Join, now: Attachment
) -> Iterator[FieldChange]:
    then = instance.baseline.networks.get(now.network) if instance.baseline else None
    if then is None:
        return
    # What is as declared is no drift, however the engine listed it when the container was made.
    declared = {world.stored.key.name, *(join.aliases or ())}
    if set(now.aliases) not in (set(then.aliases), declared):
        yield FieldChange(f"{path}.aliases", sorted(then.aliases), sorted(now.aliases), "drift", "reconnect")
    for field, before, after in (
        ("ipv4_address", then.static_ipv4, now.static_ipv4),
        ("ipv6_address", then.static_ipv6, now.static_ipv6),
    ):
        if before != after:
            yield FieldChange(f"{path}.{field}", before or None, after or None, "drift", "reconnect")


def _rejoin(world: ContainerWorld, instance: Instance, container: Container, place: Place) -> Iterator[Action]:
    if place.join is not None and not place.target:
        return
    change = place.changes[0]
    reason = (
        change.evidence or f"network {place.name}: {change.observed}, should be {change.declared or 'disconnected'}"
    )
    if place.attachment is not None:
        # Engine 20.10 leaves a network that is gone by its name only; a running container's can't be gone.
        left = (container.running and place.attachment.network_id) or place.network
        yield Disconnect(reason, instance.uid, instance.slot, container.id, place.name, left)
    if place.target:
        out = is_withdrawn(world, instance, container)
        aliases = (world.stored.key.name,) if place.join and not out else ()
        join = place.join.declared() if place.join else {}
        if out:
            join = {name: value for name, value in join.items() if name != "aliases"}
        yield Connect(reason, instance.uid, instance.slot, container.id, place.name, place.target, aliases, join, out)
