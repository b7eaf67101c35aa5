"""What containers are made from, and whether that is what an update is about."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from desired_state.resource import Stored
from observed_state.instance import Instance
from observed_state.rollout import Edition, Former, Rollout
from reconcilers.living import as_made
from reconcilers.members import by_slot, serving
from reconcilers.moved_images import words_for_image
from reconcilers.readiness import readiness
from reconcilers.world import ContainerWorld


def edition_of(world: ContainerWorld) -> Edition:
    """Return what a container would be made from now."""
    image = world.image.image
    return Edition(world.stored.generation, image.id if image else "", _digest({**world.files, **world.variables}))


def made_as(instance: Instance) -> Edition:
    """Return what one container was made from, or is accepted as."""
    resolved = instance.resolved
    return Edition(
        instance.generation,
        str(resolved.get("image_id", "")),
        _digest({**resolved.get("files", {}), **resolved.get("variables", {})}),
    )


def is_of(edition: Edition, other: Edition) -> bool:
    """Return whether two editions are the same as far as both are known."""
    return (
        edition.generation == other.generation
        and (edition.image_id == other.image_id or not edition.image_id or not other.image_id)
        and (edition.files == other.files or not edition.files or not other.files)
    )


def current_record(world: ContainerWorld) -> Rollout | None:
    """Return the record of the update to what is declared now; None when it has not begun, or is to be tried again.

    An image that was missing when the update failed and is there now is something new to try.
    """
    record = world.rollout
    if record is None or not is_of(record.target, edition_of(world)):
        return None
    found_since = not record.target.image_id and edition_of(world).image_id
    asked_again = any(asked > record.since for asked in _asked(world.stored))
    if record.state == "rolled-back" and (found_since or asked_again):
        return None
    return record


def _asked(stored: Stored) -> Iterator[datetime]:
    """Yield when a person asked for a restart, or for an image that was only told of."""
    if stored.restart_requested is not None:
        yield stored.restart_requested
    yield from (word.at for word in words_for_image(stored))


def is_under_way(world: ContainerWorld) -> bool:
    """Return whether an update to what is declared now has begun and has not come to an end."""
    record = current_record(world)
    return record is not None and record.state in ("progressing", "paused")


def ran_well(world: ContainerWorld) -> Former | None:
    """Return what runs well now in the first slot that serves with something else than what is declared."""
    target = edition_of(world)
    for _, members in sorted(by_slot(world.instances).items()):
        others = [one for one in members if one.phase == "created" and not is_of(made_as(one), target)]
        found = serving(world, others)
        if found is None:
            continue
        judged = readiness(as_made(world, found[0]).spec, found[1], world.health)
        if judged.ready or judged.undecided:
            return _former(found[0])
    return None


def _former(instance: Instance) -> Former:
    resolved = instance.resolved
    return Former(
        generation=instance.generation,
        spec=dict(instance.spec),
        image=str(resolved.get("image", "")),
        image_id=str(resolved.get("image_id", "")),
        files=dict(resolved.get("files", {})),
        variables=dict(resolved.get("variables", {})),
    )


def _digest(contents: Mapping[str, str]) -> str:
    """Return one digest of all contents, "" for none."""
    words = "".join(f"{path}={digest};" for path, digest in sorted(contents.items()))
    return hashlib.sha256(words.encode()).hexdigest()[:16] if words else ""
