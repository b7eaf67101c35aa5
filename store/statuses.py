"""Questions about statuses: what Ergon says about each resource. Written only when something changed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from desired_state.key import Key
from observed_state.status import Condition, Status
from store import changes, codecs
from store.errors import NotStored
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
_UPDATE = update(_STATUSES).where(*_THIS)
_INSERT = insert(_STATUSES)
_ALL = select(_STATUSES.c.kind, _STATUSES.c.namespace, _STATUSES.c.name, _STATUSES.c.status)
_UID = select(_RESOURCES.c.uid).where(
    _RESOURCES.c.kind == bindparam("the_kind"),
    _RESOURCES.c.namespace == bindparam("the_namespace"),
    _RESOURCES.c.name == bindparam("the_name"),
)


def write(session: Session, key: Key, status: Status, now: datetime) -> bool:
    """Store a status and return True, or False when the stored one says the same.

    Conditions are known by their type. Their `last_transition` is set here: it moves to `now` when
    the condition's status changed and stays otherwise; what the caller put there is ignored.

    Raises:
        NotStored: the resource is not declared any more.
    """
    stored = get(session, key)
    settled = with_transitions(status, stored, now)
    if settled == stored:
        return False
    this = parameters(key)
    connection = session.connection()
    uid = connection.execute(_UID, this).scalar_one_or_none()
    if uid is None:
        raise NotStored(f"{key} is not declared (any more)")
    [version] = changes.record(session, [changes.Changed(key, uid, "MODIFIED", "status")], now)
    row = {"status": codecs.status_text(settled), "resource_version": version, "updated_at": now}
    if stored is None:
        names = {"kind": key.kind, "namespace": key.namespace, "name": key.name}
        connection.execute(_INSERT, row | names)
    else:
        connection.execute(_UPDATE, row | this)
    return True


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
