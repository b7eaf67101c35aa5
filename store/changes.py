"""The watch log: which resource changed at which version. Written in the transaction of the change itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert
from sqlmodel import Session, col, func, select

from desired_state.key import Key
from store import meta
from store.errors import Expired
from store.tables import ChangeRow, ChangeType, Part, table_of

_INSERT = insert(table_of(ChangeRow))


class Changed(NamedTuple):
    """What happened to one resource. A status is a part of its own: writing it is no change of the resource."""

    key: Key
    uid: str
    type: ChangeType
    part: Part = "resource"


def record(session: Session, changed: Sequence[Changed], now: datetime) -> range:
    """Give each change the next version, write the log, and return the versions in the same order."""
    if not changed:
        return range(0)
    versions = meta.next_versions(session, len(changed))
    rows = [
        {
            "resource_version": version,
            "kind": change.key.kind,
            "namespace": change.key.namespace,
            "name": change.key.name,
            "uid": change.uid,
            "type": change.type,
            "part": change.part,
            "at": now,
        }
        for version, change in zip(versions, changed, strict=True)
    ]
    session.connection().execute(_INSERT, rows)
    return versions


def since(session: Session, rv: int, *, kind: str | None = None, limit: int = 1000) -> Sequence[ChangeRow]:
    """Return the changes after version `rv`, oldest first, at most `limit`. `kind` None means all.

    Raises:
        Expired: some changes after `rv` were forgotten, or `rv` was never reached; list again.
    """
    refuse_gap(session, rv)
    newer = select(ChangeRow).where(col(ChangeRow.resource_version) > rv)
    if kind is not None:
        newer = newer.where(col(ChangeRow.kind) == kind)
    return session.exec(newer.order_by(col(ChangeRow.resource_version)).limit(limit)).all()


def latest(session: Session) -> int:
    """Return the newest version, from which a list that is read in the same transaction can be watched on."""
    return meta.resource_version(session)


def refuse_gap(session: Session, rv: int) -> None:
    """Raise Expired unless every version after `rv` is still in the log."""
    newest = latest(session)
    # Every version has exactly one row, so the oldest row says what is missing.
    oldest = session.exec(select(func.min(ChangeRow.resource_version))).one()
    if rv > newest:
        raise Expired(f"version {rv} was never reached (the newest is {newest}); list again")
    if rv + 1 < (oldest if oldest is not None else newest + 1):
        raise Expired(f"changes since version {rv} are no longer all known; list again")
