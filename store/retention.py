"""Forgets what is old: bounded per call, so that it never holds up the writer; call it again later."""

from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, and_, delete, func, or_, select
from sqlmodel import Session

from store import audit, memories, meta, moments, revision_retention, runs
from store.history_tables import Period
from store.tables import (
    ActionRecord,
    ChangeRow,
    DriftInterval,
    Event,
    Exit,
    ImageReference,
    ImageVersion,
    Observation,
    Row,
    Tombstone,
    table_of,
)

HISTORY_KEPT = timedelta(days=30)
TOMBSTONES_KEPT = timedelta(days=7)
# A reference that was neither fetched nor moved for so long is asked about anew, should it still be declared.
REFERENCES_KEPT = timedelta(days=400)
CHANGES_KEPT = timedelta(hours=1)
CHANGES_KEPT_COUNT = 10_000
LARGEST_BYTES = 100 * 1024 * 1024
# Rows of one table that one call removes at most: about 10 ms of the writer's time.
ROWS_PER_CALL = 2000
# However large the database is (it may be full of resources), so many of the newest rows stay.
NEWEST_KEPT = 1000

_HISTORIES: tuple[tuple[type[Row], str], ...] = (
    (Event, "last_seen"),
    (Exit, "recorded_at"),
    (ActionRecord, "finished_at"),
    (DriftInterval, "resolved_at"),
    (Period, "ended_at"),
)


def purge(
    session: Session,
    now: datetime,
    *,
    largest_bytes: int = LARGEST_BYTES,
    revisions_kept: int = revision_retention.KEPT,
) -> int:
    """Remove some of what is older than its time, and return how many rows went; 0 when there is no more.

    How resources stood, events, exits, finished actions, resolved drift, periods, ended runs,
    observations and memories are kept
    for 30 days, or while the database is below 100 MB; tombstones for 7 days;
    the watch log for 1 hour and 10 000 changes; the audit trail for 400 days and 100 000 rows;
    what registries said for 400 days;
    of each resource the newest `revisions_kept` revisions and those that are needed, all for 30 days after its end.
    """
    too_large = used_bytes(session) > largest_bytes
    removed = sum(purge_history(session, model, column, now, too_large) for model, column in _HISTORIES)
    removed += purge_older(session, Observation, "recorded_at", now - HISTORY_KEPT)
    removed += memories.purge(session, now - HISTORY_KEPT)
    removed += purge_older(session, Tombstone, "deleted_at", now - TOMBSTONES_KEPT)
    removed += runs.purge(session, now - HISTORY_KEPT, ROWS_PER_CALL)
    for model, column in ((ImageReference, "changed_at"), (ImageVersion, "first_seen")):
        removed += purge_older(session, model, column, now - REFERENCES_KEPT)
    removed += revision_retention.purge(session, now, kept=revisions_kept, at_most=ROWS_PER_CALL)
    removed += purge_moments(session, now, too_large=too_large)
    removed += audit.purge(session, now, at_most=ROWS_PER_CALL)
    return removed + purge_changes(session, now)


def purge_history(session: Session, model: type[Row], column: str, now: datetime, too_large: bool) -> int:
    """Remove the oldest rows of one history: those past their time, or any when the database is too large."""
    table = table_of(model)
    ended = table.c[column]
    newest = select(func.max(table.c.id)).scalar_subquery()
    # The newest row always stays: the next id is counted from it.
    old = and_(ended < now - HISTORY_KEPT, table.c.id < newest)
    if too_large:
        old = or_(old, and_(ended.is_not(None), table.c.id <= newest - NEWEST_KEPT))
    return remove(session, table.c.id, old)


def purge_older(session: Session, model: type[Row], column: str, before: datetime) -> int:
    """Remove the oldest rows that were written before a time."""
    table = table_of(model)
    return remove(session, next(iter(table.primary_key)), table.c[column] < before)


def purge_moments(session: Session, now: datetime, *, too_large: bool) -> int:
    """Forget how resources stood more than a month ago, or the oldest of it when the database is too large."""
    before = now - HISTORY_KEPT
    if too_large and (younger := moments.nth_oldest(session, ROWS_PER_CALL, newest_kept=NEWEST_KEPT)):
        before = max(before, younger)
    return moments.purge(session, before, at_most=ROWS_PER_CALL)


def purge_changes(session: Session, now: datetime) -> int:
    """Remove the oldest of the watch log. Only ever from its beginning: it must have no gaps."""
    versions = table_of(ChangeRow).c.resource_version
    too_many = meta.resource_version(session) - CHANGES_KEPT_COUNT
    first_young = select(func.min(versions)).where(table_of(ChangeRow).c.at >= now - CHANGES_KEPT).scalar_subquery()
    too_old = versions < func.coalesce(first_young, meta.resource_version(session) + 1)
    return remove(session, versions, or_(versions <= too_many, too_old))


def remove(session: Session, key: Column[object], old: ColumnElement[bool]) -> int:
    """Delete the first rows, by key, that match."""
    first = select(key).where(old).order_by(key).limit(ROWS_PER_CALL)
    return session.connection().execute(delete(key.table).where(old, key.in_(first))).rowcount


def used_bytes(session: Session) -> int:
    """Return how much of the database is in use; free pages are not counted."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    pages, free, size = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
