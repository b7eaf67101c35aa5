"""Questions about the store itself: its id, its writer's epoch, and the counter of versions."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from store.errors import Fenced
from store.tables import Meta, table_of

_META = table_of(Meta)
_ANCHOR = select(_META.c.audit_seq, _META.c.audit_hash)
_MOVE_ANCHOR = update(_META).values(audit_seq=bindparam("seq"), audit_hash=bindparam("digest"))
_HISTORY_SINCE = select(_META.c.history_since)
_BEGIN_HISTORY = update(_META).where(_META.c.history_since.is_(None)).values(history_since=bindparam("since"))
_SHORTEN_HISTORY = (
    update(_META).where(_META.c.history_since < bindparam("since")).values(history_since=bindparam("since"))
)
_EPOCH = select(_META.c.epoch)
_STORE_ID = select(_META.c.store_id)
_CREATED_AT = select(_META.c.created_at)
_VERSION = select(_META.c.resource_version)
_NEXT_EPOCH = update(_META).values(epoch=_META.c.epoch + 1).returning(_META.c.epoch)
_NEXT_VERSION = (
    update(_META)
    .values(resource_version=_META.c.resource_version + bindparam("step"))
    .returning(_META.c.resource_version)
)


def store_id(session: Session) -> str:
    """Return the id that was made with the database; the value of the label `ergon.dev/store-id`."""
    return str(session.connection().execute(_STORE_ID).scalar_one())


def created_at(session: Session) -> datetime:
    """Return when the database was made."""
    value: datetime = session.connection().execute(_CREATED_AT).scalar_one()
    return value


def epoch(session: Session) -> int:
    """Return the number of the newest writer."""
    return int(session.connection().execute(_EPOCH).scalar_one())


def resource_version(session: Session) -> int:
    """Return the newest version given to anything, 0 in a new store."""
    return int(session.connection().execute(_VERSION).scalar_one())


def audit_anchor(session: Session) -> tuple[int, str]:
    """Return number and hash of the last row that was removed from the audit trail; (0, "") while none was."""
    seq, digest = session.connection().execute(_ANCHOR).one()
    return int(seq), str(digest)


def move_audit_anchor(session: Session, seq: int, digest: str) -> None:
    """Let the audit trail begin after a row."""
    session.connection().execute(_MOVE_ANCHOR, {"seq": seq, "digest": digest})


def history_since(session: Session) -> datetime | None:
    """Return since when it is known how resources stood, None while nothing is."""
    since: datetime | None = session.connection().execute(_HISTORY_SINCE).scalar_one()
    return since


def begin_history(session: Session, since: datetime) -> None:
    """Note that it is known from now on how resources stood, unless it has been before."""
    session.connection().execute(_BEGIN_HISTORY, {"since": since})


def shorten_history(session: Session, since: datetime) -> None:
    """Note that it is forgotten how resources stood before a time."""
    session.connection().execute(_SHORTEN_HISTORY, {"since": since})


def next_versions(session: Session, count: int) -> range:
    """Take `count` new versions; the caller writes one change row for each."""
    newest = int(session.connection().execute(_NEXT_VERSION, {"step": count}).scalar_one())
    return range(newest - count + 1, newest + 1)


def begin_epoch(session: Session, now: datetime) -> int:
    """Make this the newest writer and return its epoch. Gives a new database its id first."""
    connection = session.connection()
    if connection.execute(_STORE_ID).scalar_one_or_none() is None:
        row = {"id": 1, "store_id": str(uuid4()), "created_at": now, "epoch": 0, "resource_version": 0}
        row |= {"audit_seq": 0, "audit_hash": ""}
        connection.execute(insert(_META), row)
    return int(connection.execute(_NEXT_EPOCH).scalar_one())


def assert_epoch(session: Session, mine: int) -> None:
    """Return if no other writer came after us.

    Raises:
        Fenced: one did.
    """
    newest = epoch(session)
    if newest != mine:
        raise Fenced(f"another process took over the state store (epoch {newest}, ours was {mine})")
