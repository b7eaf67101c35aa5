"""Which revisions are kept: the last ones, those that run, and the one that a rollback goes back to."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, func, or_, select, tuple_
from sqlmodel import Session

from store.tables import InstanceRow, Revision, table_of

KEPT = 10
DELETED_KEPT = timedelta(days=30)

_ALL = table_of(Revision)
_LATER = _ALL.alias("later")
_WORKED = _ALL.alias("worked")
_INSTANCES = table_of(InstanceRow)
_IDENTITY = (_ALL.c.resource_uid, _ALL.c.generation)

_NEWEST = (
    select(func.max(_LATER.c.generation))
    .where(_LATER.c.resource_uid == _ALL.c.resource_uid)
    .correlate(_ALL)
    .scalar_subquery()
)
_TO_FALL_BACK_ON = (
    select(func.coalesce(func.max(_WORKED.c.generation), 0))
    .where(_WORKED.c.resource_uid == _ALL.c.resource_uid, _WORKED.c.outcome == "ready", _WORKED.c.generation < _NEWEST)
    .correlate(_ALL)
    .scalar_subquery()
)
_RUNS = exists().where(_INSTANCES.c.owner_uid == _ALL.c.resource_uid, _INSTANCES.c.generation == _ALL.c.generation)


def purge(session: Session, now: datetime, *, kept: int, at_most: int) -> int:
    """Remove the oldest revisions that nobody needs, and return how many went.

    Args:
        kept: how many of the newest of each resource stay in any case.
        at_most: rows that one call removes.
    """
    superseded = and_(
        _ALL.c.deleted_at.is_(None),
        _ALL.c.generation <= _NEWEST - kept,
        _ALL.c.generation != _TO_FALL_BACK_ON,
        ~_RUNS,
    )
    old = or_(superseded, _ALL.c.deleted_at < now - DELETED_KEPT)
    first = select(*_IDENTITY).where(old).order_by(*_IDENTITY).limit(at_most).correlate(None)
    return session.connection().execute(delete(_ALL).where(tuple_(*_IDENTITY).in_(first))).rowcount
