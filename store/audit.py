"""The audit trail: who changed what. Each row's hash covers the row before it, so that edits show."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy import select as select_core
from sqlmodel import Session, col, select

from desired_state.key import Key
from store.tables import AuditRecord, table_of

_AUDIT = table_of(AuditRecord)
_INSERT = insert(_AUDIT)
_NEWEST = select_core(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)
_VERIFIED_AT_ONCE = 1000


class Deed(NamedTuple):
    """What one actor did to one resource. Versions are resource versions, 0 where there was or is none.

    `detail` names the fields that changed, never their values: those may be secret.
    """

    key: Key
    actor: str
    verb: str
    detail: str
    version_before: int
    version_after: int


def record(session: Session, deeds: Sequence[Deed], now: datetime) -> None:
    """Append deeds to the trail, in the transaction that does them."""
    if not deeds:
        return
    connection = session.connection()
    newest = connection.execute(_NEWEST).first()
    seq, previous = (newest.seq, newest.hash) if newest else (0, "")
    rows = []
    for deed in deeds:
        seq += 1
        previous = chained(previous, seq, now, deed)
        key = {"kind": deed.key.kind, "namespace": deed.key.namespace, "name": deed.key.name}
        rows.append(deed._asdict() | key | {"seq": seq, "at": now, "hash": previous})
        del rows[-1]["key"]
    connection.execute(_INSERT, rows)


def recent(session: Session, *, key: Key | None = None, limit: int = 100) -> list[AuditRecord]:
    """Return the newest `limit` rows, oldest first."""
    wanted = select(AuditRecord)
    if key is not None:
        wanted = wanted.where(
            AuditRecord.kind == key.kind, AuditRecord.namespace == key.namespace, AuditRecord.name == key.name
        )
    return list(session.exec(wanted.order_by(col(AuditRecord.seq).desc()).limit(limit)))[::-1]


def first_broken(session: Session) -> int | None:
    """Return the number of the first row that was edited, or follows one that was dropped; None if none was."""
    expected, previous = 1, ""
    while rows := next_rows(session, expected):
        for row in rows:
            if row.seq != expected or row.hash != chained(previous, row.seq, row.at, deed_of(row)):
                return row.seq
            expected, previous = row.seq + 1, row.hash
    return None


def next_rows(session: Session, first: int) -> Sequence[AuditRecord]:
    """Return some rows from number `first` on."""
    onward = select(AuditRecord).where(col(AuditRecord.seq) >= first).order_by(col(AuditRecord.seq))
    return session.exec(onward.limit(_VERIFIED_AT_ONCE)).all()


def deed_of(row: AuditRecord) -> Deed:
    """Return the deed a row speaks of."""
    return Deed(row.key, row.actor, row.verb, row.detail, row.version_before, row.version_after)


def chained(previous: str, seq: int, at: datetime, deed: Deed) -> str:
    """Return the hash of a row that follows the one with hash `previous`."""
    key, *rest = deed
    content = json.dumps([previous, seq, at.timestamp(), key.kind, key.namespace, key.name, *rest])
    return hashlib.sha256(content.encode()).hexdigest()
