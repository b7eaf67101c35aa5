"""Decide what is recorded of a container that somebody else made: as what it was made, in the words of its declaration.

Only what is declared is compared. From then on the ordinary planner sees an instance that was made from another
spec than the declared one, and says, shows and does what each difference takes.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from desired_state.container import ContainerSpec
from observed_state.container import Container
from reconcilers.actions import AdoptInstance
from reconcilers.decision import Change, FieldChange
from reconcilers.world import ContainerWorld

Fields = Mapping[str, Any]

# A declaration may say these under another name, which means the same.
_TWINS = {
    "mem_limit": "deploy.resources.limits.memory",
    "mem_reservation": "deploy.resources.reservations.memory",
    "cpus": "deploy.resources.limits.cpus",
    "pids_limit": "deploy.resources.limits.pids",
    "gpus": "deploy.resources.reservations.devices",
}
# Lists in which a declaration asks for members, and others may be there.
_AT_LEAST = ("expose", "aliases")
# How Docker was told to mount something, not what is mounted.
_TELLING = ("create_host_path", "consistency")
# What a network or a volume can be told by.
_COMPARED = ("driver", "driver_opts", "internal", "attachable", "enable_ipv6", "ipam")
_NETWORKING = ("network_mode", "networks")
# Maps whose keys are the user's own words, whatever they sound like.
_FREE = ("environment", "labels", "annotations", "sysctls", "extra_hosts", "options", "driver_opts", "storage_opt")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A container that a slot could take over, in the words of state files but with Docker's names.

    `asked` is what the declaration asks Docker for, `found` all that the container is, `unusual` what of
    that its image and its daemon did not bring. `networks` are Docker's names of the declared networks.
    """

    slot: int
    container: Container
    asked: Fields
    found: Fields
    unusual: Fields
    networks: Mapping[str, str]


def adoption(world: ContainerWorld, candidate: Candidate) -> AdoptInstance:
    """Return the deed that records a container as the one of its slot."""
    made_from = _made_from(world, candidate)
    joined = {name: docker for name, docker in candidate.networks.items() if docker in candidate.container.networks}
    return AdoptInstance(
        "taken over as it is",
        slot=candidate.slot,
        container_id=candidate.container.id,
        name=candidate.container.name,
        made_from=made_from.declared(),
        networks=joined,
    )


def adoption_change(world: ContainerWorld, candidate: Candidate) -> Change:
    """Return how an adoption is shown: who restarts from now on, and what the container has that nobody declares."""
    fields = (*_restart(world, candidate.container), *_undeclared(candidate))
    return Change(world.stored.key, "adopt", "none", fields, candidate.container.name)


def _made_from(world: ContainerWorld, candidate: Candidate) -> ContainerSpec:
    """Return the declaration, with what the container really has where it was made otherwise."""
    made = deepcopy(world.spec.declared())
    for field, asked in candidate.asked.items():
        if field not in _NETWORKING and (part := _part(field, asked, candidate.found.get(field))) != asked:
            _put(made, field, part, asked)
    _put_networks(made, world, candidate)
    if not _is_image(world, candidate.container):
        made["image"] = candidate.container.image or candidate.container.image_id
    return ContainerSpec.from_declared(made)


def _is_image(world: ContainerWorld, container: Container) -> bool:
    """Whether it was made from the declared image. One that moved under its name since is told as that, later."""
    image = world.image.image
    return container.image == world.image.reference or (image is not None and image.id == container.image_id)


def things_spec(declared: Fields, found: Fields) -> Fields:
    """Return what a network or volume was made from: the declaration, with what is otherwise put as it is found."""
    made = deepcopy(dict(declared))
    for field, asked in declared.items():
        if field in _COMPARED and asked and (part := _part(field, asked, found.get(field))) != asked:
            _put(made, field, part)
    return made


def _part(field: str, asked: Any, found: Any) -> Any:
    """Return what `found` has of what is asked for, None for nothing; equal to `asked` when all of it is there."""
    if isinstance(asked, Mapping):
        there = found if isinstance(found, Mapping) else {}
        parts = {name: _part("" if field in _FREE else name, asked[name], there.get(name)) for name in asked}
        return {name: part for name, part in parts.items() if part is not None or asked[name] is None} or None
    if isinstance(asked, list) and field in _AT_LEAST:
        return [one for one in asked if one in (found or ())]
    if isinstance(asked, list) and all(isinstance(one, Mapping) for one in asked):
        return [part for one in asked if (part := _member(one, found or ())) is not None]
    return asked if field in _TELLING or _within(asked, found, field) else found


def _member(asked: Fields, found: Any) -> Any:
    """Return what there is of one member of a list: the part of the one that it is about."""
    about = next((name for name in ("target", "path", "source") if name in asked), None)
    same = [one for one in found if about is None or one.get(about) == asked[about]]
    parts = [_part("", asked, one) for one in same]
    if asked in parts:
        return asked
    return next((part for part in parts if part is not None), None)


def _within(asked: Any, found: Any, field: str) -> bool:
    """Whether a host port lies in the range that is declared."""
    if field != "published" or not isinstance(found, str) or not str(asked).count("-"):
        return bool(asked == found)
    first, _, last = str(asked).partition("-")
    return asked == found or (found.isdecimal() and int(first) <= int(found) <= int(last))


def _put(made: dict[str, Any], field: str, part: Any, asked: Any = None) -> None:
    """Set a field of the declaration, where that writes it, to what there is of what is asked; None takes it away."""
    *parents, last = _written_at(made, field).split(".")
    place = made
    for parent in parents:
        place = place[parent]
    before = place.get(last)
    if isinstance(before, dict) and isinstance(asked, Mapping):
        there = part or {}
        # What Docker was not asked for in so many words (a reference to a secret) can't be compared.
        place[last] = {
            name: there.get(name, value) for name, value in before.items() if name in there or name not in asked
        }
    elif part in (None, []):
        place.pop(last, None)
    else:
        place[last] = deepcopy(part)


def _written_at(made: Fields, field: str) -> str:
    twin = _TWINS.get(field)
    if made.get(field) is not None or twin is None:
        return field
    place: Any = made
    for name in twin.split("."):
        place = place.get(name) if isinstance(place, dict) else None
    return field if place is None else twin


def _put_networks(made: dict[str, Any], world: ContainerWorld, candidate: Candidate) -> None:
    found_mode = candidate.found.get("network_mode")
    if candidate.asked.get("network_mode") != found_mode:
        made.pop("networks", None)
        _put(made, "network_mode", found_mode)
        return
    if found_mode is not None:
        return
    for name, docker in candidate.networks.items():
        asked, found = candidate.asked["networks"].get(docker, {}), candidate.found.get("networks", {}).get(docker)
        # The service's own alias is Ergon's to give; other tools give theirs.
        wanted = {**asked, "aliases": [one for one in asked.get("aliases", ()) if one != world.stored.key.name]}
        part = _part("", wanted, found)
        if found is not None and part != wanted:
            made.setdefault("networks", {})[name] = {key: value for key, value in (part or {}).items() if value}


def _restart(world: ContainerWorld, container: Container) -> Iterator[FieldChange]:
    restart, found = world.spec.effective_restart, container.restart_policy.name
    if restart.policy != "delegated" and found != "no":
        yield FieldChange("spec.restart", f"{restart.policy}, by Ergon", f"{found}, by Docker", "spec", "in-place")


def _undeclared(candidate: Candidate) -> Iterator[FieldChange]:
    """Yield what a new container would not have."""
    for field, found in candidate.unusual.items():
        if field in _NETWORKING:
            continue
        for path, value in _beyond(found, candidate.asked.get(field), f"spec.{field}"):
            yield FieldChange(path, None, value, "drift", "none")


def _beyond(found: Any, asked: Any, path: str) -> Iterator[tuple[str, Any]]:
    if asked is None:
        yield path, found
    elif isinstance(found, Mapping) and isinstance(asked, Mapping):
        yield from ((f"{path}.{name}", value) for name, value in found.items() if name not in asked)
    elif isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        targets = {one.get("target") for one in asked}
        yield from ((f"{path}[{one.get('target')}]", one) for one in found if one.get("target") not in targets)
