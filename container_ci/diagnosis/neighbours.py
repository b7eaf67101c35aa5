"""The containers that one may speak to, from what is known without looking."""

from collections.abc import Iterator

from container_ci.desk import Desk
from container_ci.diagnosis.situation import Neighbour
from container_ci.subject import Subject
from observed_state.finding import Finding


def neighbours_of(desk: Desk) -> Iterator[Neighbour]:
    """Yield the containers that this one may speak to: of its networks, of its namespace, and declared as needed."""
    own = desk.subject
    known: set[str] = set()
    for other in desk.tools.surroundings.others():
        if other.container.id == own.container.id or not _near(own, other):
            continue
        names = frozenset(_names(other))
        known |= names
        yield Neighbour(other.container.name, names, other.container, finding=_finding_of(desk, other))
    for name in own.spec.depends_on if own.spec is not None else ():
        if name not in known:
            yield Neighbour(name, frozenset((name,)))


def _near(own: Subject, other: Subject) -> bool:
    same = own.key is not None and other.key is not None and own.key.namespace == other.key.namespace
    return same or bool(set(own.container.networks) & set(other.container.networks))


def _names(other: Subject) -> Iterator[str]:
    yield other.container.name
    yield other.container.id[:12]
    if other.key is not None:
        yield other.key.name
    for place in other.container.networks.values():
        yield from place.aliases


def _finding_of(desk: Desk, other: Subject) -> Finding | None:
    return desk.tools.surroundings.top_finding(other.container.id)
