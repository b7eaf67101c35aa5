"""The containers that one may speak to, from what is known without looking."""

import re
from collections.abc import Iterable, Iterator

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


def needs_one_of(own: Subject, others: Iterable[Subject]) -> bool:
    """Return whether this container is known to need one of these."""
    return any(one.container.id != own.container.id and _near(own, one) and _needs(own, one) for one in others)


def _needs(own: Subject, other: Subject) -> bool:
    """Return whether a container is declared as needed, or is named in the variables."""
    declared = own.spec.depends_on if own.spec is not None else {}
    if other.key is not None and (dependency := declared.get(other.key.name)) is not None:
        is_over = other.container.state == "exited" and other.container.exit_code == 0
        return not (is_over and dependency.condition == "service_completed_successfully")
    variables = "\n".join((own.container.frozen.get("Config") or {}).get("Env") or ())
    return any(re.search(rf"[=/@,]{re.escape(name)}\b", variables) for name in _names(other))


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
