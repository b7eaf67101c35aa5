"""Questions about statuses: what Ergon says about each resource. Written only when something changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from desired_state.key import Key
from observed_state.status import Condition, Status
from store import changes, codecs
from store.faults import readable
from store.tables import ResourceRow, StatusRow, table_of

_STATUSES = table_of(StatusRow)
_RESOURCES = table_of(ResourceRow)
_THIS = (
    _STATUSES.c.kind == bindparam("the_kind"),
    _STATUSES.c.namespace == bindparam("the_namespace"),
    _STATUSES.c.name == bindparam("the_name"),
)
_GET = select(_STATUSES.c.status).where(*_THIS)
_NEW: dict[str, Any] = {
    "status": bindparam("the_status"),
    "resource_version": bindparam("the_version"),
    "updated_at": bindparam("the_time"),
}
_UPDATE = update(_STATUSES).where(*_THIS).values(_NEW)
_INSERT = insert(_STATUSES).values(
    _NEW | {"kind": bindparam("the_kind"), "namespace": bindparam("the_namespace"), "name": bindparam("the_name")}
)
_ALL = select(_STATUSES.c.kind, _STATUSES.c.namespace, _STATUSES.c.name, _STATUSES.c.status)
# A resource, and its status beside it where it has one.
_BESIDE = (
    select(_RESOURCES.c.uid, _STATUSES.c.status)
    .select_from(
        _RESOURCES.outerjoin(
            _STATUSES,
            (_STATUSES.c.kind == _RESOURCES.c.kind)
            & (_STATUSES.c.namespace == _RESOURCES.c.namespace)
            & (_STATUSES.c.name == _RESOURCES.c.name),
        )
    )
    .where(
        _RESOURCES.c.kind == bindparam("the_kind"),
        _RESOURCES.c.namespace == bindparam("the_namespace"),
        _RESOURCES.c.name == bindparam("the_name"),
    )
)


def write(session: Session, found: Mapping[Key, Status], now: datetime) -> list[Key]:
    """Store statuses and return the keys of those that say something new; what is not declared any more is left out.

    Conditions are known by their type. Their `last_transition` is set here: it moves to `now` when
    the condition's status changed and stays otherwise; what the caller put there is ignored.
    """
    edits = [edit for key, status in found.items() if (edit := _edit(session, key, status, now))]
    versions = changes.record(session, [changes.Changed(one.key, one.uid, "MODIFIED", "status") for one in edits], now)
    rows = [
        parameters(one.key)
        | {"the_status": codecs.status_text(one.status), "the_version": version, "the_time": now, "new": one.new}
        for one, version in zip(edits, versions, strict=True)
    ]
    for statement, new in ((_INSERT, True), (_UPDATE, False)):
        if some := [row for row in rows if row["new"] is new]:
            session.connection().execute(statement, some)
    return [one.key for one in edits]


class _Edit(NamedTuple):
    key: Key
    uid: str
    status: Status
    new: bool


def _edit(session: Session, key: Key, status: Status, now: datetime) -> _Edit | None:
    row = session.connection().execute(_BESIDE, parameters(key)).one_or_none()
    if row is None:
        return None
    with readable(f"the status of {key}"):
        stored = None if row.status is None else codecs.status_from(row.status)
    settled = with_transitions(status, stored, now)
    return None if settled == stored else _Edit(key, row.uid, settled, stored is None)


def get(session: Session, key: Key) -> Status | None:
    """Return a resource's status, None when none was written yet."""
    text = session.connection().execute(_GET, parameters(key)).scalar_one_or_none()
    with readable(f"the status of {key}"):
        return None if text is None else codecs.status_from(text)


def all(session: Session) -> dict[Key, Status]:  # noqa: A001 - read as `statuses.all(session)`
    """Return every status there is."""
    rows = session.connection().execute(_ALL)
    with readable("statuses"):
        return {Key(kind, namespace, name): codecs.status_from(text) for kind, namespace, name, text in rows}


def with_transitions(status: Status, stored: Status | None, now: datetime) -> Status:
    """Return the status with every condition's time of transition settled, conditions sorted by type."""
    before = {condition.type: condition for condition in stored.conditions} if stored else {}
    by_type = {condition.type: condition for condition in status.conditions}
    settled = [settle(condition, before.get(name), now) for name, condition in sorted(by_type.items())]
    return replace(status, conditions=tuple(settled))


def settle(condition: Condition, before: Condition | None, now: datetime) -> Condition:
    """Return the condition with the time at which its status last changed."""
    unchanged = before is not None and before.status == condition.status
    return replace(condition, last_transition=before.last_transition if before and unchanged else now)


def parameters(key: Key) -> dict[str, str]:
    """Return the parameters that name one resource in a prepared statement."""
    return {"the_kind": key.kind, "the_namespace": key.namespace, "the_name": key.name}
