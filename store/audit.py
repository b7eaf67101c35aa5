"""The audit trail: who changed what. Each row's hash covers the row before it, so that edits show.

It is bounded without breaking the chain: what is removed ends at an anchor, the last removed row's number and
hash, and the removal is a row of the trail itself that names that anchor.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, insert, or_
from sqlalchemy import select as select_core
from sqlmodel import Session, col, select

from desired_state.key import Key
from store import meta
from store.tables import AuditRecord, table_of

_AUDIT = table_of(AuditRecord)
_INSERT = insert(_AUDIT)
_NEWEST = select_core(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)
_VERIFIED_AT_ONCE = 1000

KEPT = timedelta(days=400)
LARGEST_COUNT = 100_000
# Fewer are not worth a row that says so.
REMOVED_AT_ONCE = 1000
_REMOVAL = "forget"


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


class Verified(NamedTuple):
    """What a look at the whole trail found.

    `first_broken` is the first row that was edited, or follows one that was dropped, None when the
    trail is whole. Rows up to `anchor` were removed in order. `newest` and `digest` are the last
    row's: noted elsewhere, they show later whether the trail was rewritten from there on.
    """

    rows: int
    first_broken: int | None
    anchor: int
    newest: int
    digest: str


def record(session: Session, deeds: Sequence[Deed], now: datetime) -> None:
    """Append deeds to the trail, in the transaction that does them."""
    if not deeds:
        return
    connection = session.connection()
    newest = connection.execute(_NEWEST).first()
    seq, previous = (newest.seq, newest.hash) if newest else meta.audit_anchor(session)
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


def count_since(session: Session, verb: str, since: datetime) -> int:
    """Return how many deeds of this verb there were from then on."""
    wanted = select(func.count()).select_from(AuditRecord)
    return session.exec(wanted.where(AuditRecord.verb == verb, col(AuditRecord.at) >= since)).one()


def first_broken(session: Session) -> int | None:
    """Return the number of the first row that was edited, or follows one that was dropped; None if none was."""
    return verified(session).first_broken


def verified(session: Session) -> Verified:
    """Look at every row."""
    anchor, previous = meta.audit_anchor(session)
    expected, count = anchor + 1, 0
    removed = (0, "")
    while rows := next_rows(session, expected):
        for row in rows:
            if row.seq != expected or row.hash != chained(previous, row.seq, row.at, deed_of(row)):
                return Verified(count, row.seq, anchor, row.seq, row.hash)
            if row.verb == _REMOVAL:
                removed = (row.version_after, row.detail.rpartition(" ")[2])
            expected, previous, count = row.seq + 1, row.hash, count + 1
    # Who drops the oldest rows and moves the anchor has no row that says so.
    broken = None if removed == meta.audit_anchor(session) else anchor + 1
    return Verified(count, broken, anchor, expected - 1, previous)


def purge(session: Session, now: datetime, *, at_most: int) -> int:
    """Remove the oldest rows, if enough of them are past their time, and return how many went.

    Kept are 400 days and 100 000 rows; the newest row always is.
    """
    newest = session.exec(select(func.max(AuditRecord.seq))).one() or 0
    due = or_(col(AuditRecord.at) < now - KEPT, col(AuditRecord.seq) <= newest - LARGEST_COUNT)
    old = session.exec(select(AuditRecord).where(due, col(AuditRecord.seq) < newest).order_by(col(AuditRecord.seq)))
    last = next(iter(old.all()[REMOVED_AT_ONCE - 1 : at_most][-1:]), None)
    if last is None:
        return 0
    digest, anchor = last.hash, last.seq
    removed = session.connection().execute(delete(_AUDIT).where(_AUDIT.c.seq <= anchor)).rowcount
    meta.move_audit_anchor(session, anchor, digest)
    detail = f"the rows up to {anchor} were too old; the last one's hash was {digest}"
    record(session, [Deed(Key("", "", ""), "ergon", _REMOVAL, detail, 0, anchor)], now)
    return removed


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
