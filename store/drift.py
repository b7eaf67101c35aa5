"""The history of drift: which field of what differed, from when until when, and why."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, insert, select, update
from sqlmodel import Session

from desired_state.key import Key
from store.tables import DriftInterval, table_of

_DRIFT = table_of(DriftInterval)
_OF_KEY = (
    select(_DRIFT)
    .where(
        _DRIFT.c.kind == bindparam("the_kind"),
        _DRIFT.c.namespace == bindparam("the_namespace"),
        _DRIFT.c.name == bindparam("the_name"),
    )
    .order_by(_DRIFT.c.id)
)
_OPEN = _OF_KEY.where(_DRIFT.c.resolved_at.is_(None))
_OPEN_ALL = select(_DRIFT).where(_DRIFT.c.resolved_at.is_(None)).order_by(_DRIFT.c.id)
_INSERT = insert(_DRIFT)
_RESOLVE = (
    update(_DRIFT)
    .where(_DRIFT.c.id == bindparam("the_id"))
    .values(resolved_at=bindparam("now"), resolution=bindparam("how"))
)
_EXPLAIN = update(_DRIFT).where(_DRIFT.c.id == bindparam("the_id")).values(evidence=bindparam("found"))


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One field that differs, or did. `declared` and `observed` are JSON-ready, None where absent.

    `generation` is what was declared when it was first seen. `first_seen`, `resolved_at` and
    `resolution` are set by the store; `resolved_at` is None while it differs.
    """

    instance: str
    path: str
    declared: Any
    observed: Any
    cause: str
    evidence: str = ""
    generation: int = 0
    first_seen: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same difference as before: all but the evidence and the times."""
        values = (json.dumps(value, sort_keys=True) for value in (self.declared, self.observed))
        return (self.instance, self.path, self.cause, *values)


def record_open(
    session: Session,
    key: Key,
    changes: Sequence[DriftRow],
    now: datetime,
    resolution: Callable[[DriftRow], str] = lambda _: "",
) -> bool:
    """Make `changes` all that differs about a resource: new ones begin now, absent ones are resolved now.

    Returns whether anything was written. Another value of the same field is a difference of its own.
    Evidence that is found later takes the place of what was there before. `resolution` says of an
    absent one how it ended, "" when nobody knows.
    """
    current = {change.identity: change for change in changes}
    rows = {to_value(row).identity: row for row in session.connection().execute(_OPEN, parameters(key))}
    new = [change for identity, change in current.items() if identity not in rows]
    gone = [row for identity, row in rows.items() if identity not in current]
    explained = [
        {"the_id": row.id, "found": current[identity].evidence}
        for identity, row in rows.items()
        if identity in current and current[identity].evidence not in ("", row.evidence)
    ]
    connection = session.connection()
    if new:
        connection.execute(_INSERT, [to_row(key, change, now) for change in new])
    if gone:
        ended = [{"the_id": row.id, "now": now, "how": resolution(to_value(row))} for row in gone]
        connection.execute(_RESOLVE, ended)
    if explained:
        connection.execute(_EXPLAIN, explained)
    return bool(new or gone or explained)


def open_for(session: Session, key: Key) -> list[DriftRow]:
    """Return what differs about a resource now, in the order it was seen."""
    return values(session, _OPEN, parameters(key))


def open_all(session: Session) -> dict[Key, list[DriftRow]]:
    """Return what differs now, for every resource about which something does."""
    found: dict[Key, list[DriftRow]] = {}
    for row in session.connection().execute(_OPEN_ALL):
        found.setdefault(Key(row.kind, row.namespace, row.name), []).append(to_value(row))
    return found


def history(session: Session, key: Key, since: datetime | None = None) -> list[DriftRow]:
    """Return everything that differed about a resource at any time since then, in the order it was seen."""
    found = values(session, _OF_KEY, parameters(key))
    return [row for row in found if since is None or row.resolved_at is None or row.resolved_at >= since]


def values(session: Session, query: Select[Any], with_parameters: dict[str, str]) -> list[DriftRow]:
    """Return the rows of a query as values."""
    return [to_value(row) for row in session.connection().execute(query, with_parameters)]


def parameters(key: Key) -> dict[str, str]:
    """Return the parameters that name one resource in a prepared statement."""
    return {"the_kind": key.kind, "the_namespace": key.namespace, "the_name": key.name}


def to_row(key: Key, change: DriftRow, now: datetime) -> dict[str, Any]:
    """Return the columns of a difference that begins now."""
    return {
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "instance": change.instance,
        "path": change.path,
        "declared": change.declared,
        "observed": change.observed,
        "cause": change.cause,
        "evidence": change.evidence,
        "generation": change.generation,
        "resolution": "",
        "first_seen": now,
        "resolved_at": None,
    }


def to_value(row: Row[Any]) -> DriftRow:
    """Return the value behind a row of all columns."""
    return DriftRow(
        instance=row.instance,
        path=row.path,
        declared=row.declared,
        observed=row.observed,
        cause=row.cause,
        evidence=row.evidence,
        generation=row.generation,
        first_seen=row.first_seen,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
    )
