"""Stop declaring resources: asked for here, carried out by the loop, or at once by force."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from controller.records import Records
from desired_state.key import Key
from desired_state.resource import Stored
from store import resources


def dropped(session: Session, left: Sequence[tuple[Key, Sequence[str]]], *, actor: str, now: datetime) -> None:
    """Drop resources without waiting for Docker; what is left of each there goes into the audit trail."""
    for key, names in left:
        resources.remove(session, key, now, actor=actor, left_behind=names)


def left_behind(records: Records, key: Key) -> list[str]:
    """Return what Docker may still have of a resource, as `name (id)`."""
    return [f"{one.name} ({(one.container_id or 'pending')[:12]})" for one in records.instances_of(key)]


def complete_sources(known: Iterable[Stored], given: Collection[str]) -> frozenset[str]:
    """Return the files whose declarations are all at hand: those read, and in folders read those that are gone.

    Args:
        known: what is declared now.
        given: files by their paths; folders by theirs, with a slash at the end.
    """
    folders = tuple(path for path in given if path.endswith("/"))
    inside = {file for stored in known for file in stored.sources if folders and file.startswith(folders)}
    return frozenset({*given} - {*folders} | {file for file in inside if is_gone(file)})


def gone_sources(known: Iterable[Stored]) -> frozenset[str]:
    """Return the files that something was declared in and that are there no more: they keep nothing declared."""
    return frozenset(file for file in {file for stored in known for file in stored.sources} if is_gone(file))


def is_gone(file: str) -> bool:
    """Return whether a file is certainly not there; one that can't be looked at may be."""
    try:
        return not Path(file).exists()
    except OSError:
        return False
