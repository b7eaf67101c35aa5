"""Stored resources to rows and back. Only for the modules that ask about resources and change them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlmodel import Session

from desired_state.approval import Approval
from desired_state.key import Key
from desired_state.resource import KINDS, Pause, Resource, Stored
from store.faults import readable
from store.tables import ResourceRow, table_of

_RESOURCES = table_of(ResourceRow)
_INSERT = insert(_RESOURCES)
_UPDATE = update(_RESOURCES).where(_RESOURCES.c.uid == bindparam("the_uid"))
_ALL = select(_RESOURCES).order_by(_RESOURCES.c.kind, _RESOURCES.c.namespace, _RESOURCES.c.name)
_SOURCES = select(_RESOURCES.c.kind, _RESOURCES.c.namespace, _RESOURCES.c.name, _RESOURCES.c.sources)
# SQLite allows 32 766 parameters in one statement, PostgreSQL 65 535; a plan is cached per length.
_NAMES_AT_ONCE = 500


def fetch(session: Session, keys: Collection[Key], known: Mapping[Key, Resource] | None = None) -> dict[Key, Stored]:
    """Return the stored resources among `keys`.

    `known` are resources at hand: where a stored spec is the same, theirs is used instead of being parsed again.
    """
    names = sorted({key.name for key in keys})
    wanted, known = set(keys), known or {}
    found: dict[Key, Stored] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        with_names = _ALL.where(_RESOURCES.c.name.in_(names[start : start + _NAMES_AT_ONCE]))
        with readable("resources"):
            for row in session.connection().execute(with_names):
                key = Key(row.kind, row.namespace, row.name)
                if key in wanted:
                    found[key] = from_row(row, known.get(key))
    return found


def fetch_all(session: Session) -> list[Stored]:
    """Return every stored resource, by kind, namespace and name."""
    with readable("resources"):
        return [from_row(row) for row in session.connection().execute(_ALL)]


def sources(session: Session) -> dict[Key, tuple[str, ...]]:
    """Return the files that each resource came from."""
    rows = session.connection().execute(_SOURCES)
    return {Key(kind, namespace, name): tuple(files) for kind, namespace, name, files in rows}


def insert_all(session: Session, stored: Sequence[Stored]) -> None:
    """Write resources that are new."""
    if stored:
        session.connection().execute(_INSERT, [to_row(one) for one in stored])


def update_all(session: Session, stored: Sequence[Stored]) -> None:
    """Write resources that are there."""
    if stored:
        session.connection().execute(_UPDATE, [to_row(one) | {"the_uid": one.uid} for one in stored])


def to_row(stored: Stored) -> dict[str, Any]:
    """Return the columns of a stored resource."""
    resource = stored.resource
    return {
        "uid": stored.uid,
        "kind": stored.key.kind,
        "namespace": stored.key.namespace,
        "name": stored.key.name,
        "generation": stored.generation,
        "resource_version": stored.resource_version,
        "spec": resource.spec.declared(),
        "labels": dict(resource.labels),
        "annotations": dict(resource.annotations),
        "source": resource.source,
        "sources": list(stored.sources),
        "finalizers": list(stored.finalizers),
        "pause": None if stored.pause is None else pause_to_json(stored.pause),
        "approvals": [approval_to_json(one) for one in stored.approvals],
        "stopped": stored.stopped,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        "deleting_since": stored.deleting_since,
        "restart_requested": stored.restart_requested,
        "renew_requested": stored.renew_requested,
    }


def from_row(row: Row[Any], known: Resource | None = None) -> Stored:
    """Return the stored resource behind a row of all columns."""
    same = known is not None and known.spec.declared() == row.spec
    resource = Resource(
        key=Key(row.kind, row.namespace, row.name),
        spec=known.spec if known is not None and same else KINDS[row.kind].from_declared(row.spec),
        labels=row.labels,
        annotations=row.annotations,
        source=row.source,
    )
    return Stored(
        resource=resource,
        uid=row.uid,
        generation=row.generation,
        resource_version=row.resource_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleting_since=row.deleting_since,
        finalizers=tuple(row.finalizers),
        sources=tuple(row.sources),
        pause=None if row.pause is None else pause_from_json(row.pause),
        approvals=tuple(approval_from_json(one) for one in row.approvals),
        stopped=row.stopped,
        restart_requested=row.restart_requested,
        renew_requested=row.renew_requested,
    )


def pause_to_json(pause: Pause) -> dict[str, str | None]:
    """Return a pause as JSON."""
    until = None if pause.until is None else pause.until.isoformat()
    return {"reason": pause.reason, "by": pause.by, "since": pause.since.isoformat(), "until": until}


def pause_from_json(value: dict[str, Any]) -> Pause:
    """Return the pause behind its JSON."""
    until = None if value["until"] is None else datetime.fromisoformat(value["until"])
    return Pause(value["reason"], value["by"], datetime.fromisoformat(value["since"]), until)


def approval_to_json(approval: Approval) -> dict[str, str]:
    """Return an approval as JSON."""
    return asdict(approval) | {"at": approval.at.isoformat()}


def approval_from_json(value: dict[str, Any]) -> Approval:
    """Return the approval behind its JSON."""
    at = datetime.fromisoformat(value["at"])
    return Approval(**{name: one for name, one in value.items() if name != "at"}, at=at)
