"""Questions about how resources stood at some time: one row whenever a settled status had changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, delete, exists, func, insert, select
from sqlmodel import Session

from desired_state.key import Key
from store import meta
from store.history_tables import MomentRow
from store.tables import Revision, table_of

_MOMENTS = table_of(MomentRow)
_LATER = _MOMENTS.alias("later")
_REVISIONS = table_of(Revision)
# Retention never removes the newest row, so no id is ever given twice.
_NEWEST_ID = select(func.coalesce(func.max(_MOMENTS.c.id), 0))
_NEWEST_OF_EACH = select(func.max(_MOMENTS.c.id)).group_by(_MOMENTS.c.uid)


class NewMoment(NamedTuple):
    """How a resource stands since `at`; `content` is for those who asked to have it kept."""

    key: Key
    uid: str
    generation: int
    at: datetime
    fingerprint: str
    content: str


class Kept(NamedTuple):
    """What was kept about a resource: since when it stood so, and how."""

    at: datetime
    generation: int
    content: str


def append(session: Session, new: Sequence[NewMoment]) -> None:
    """Keep how some resources stand."""
    if not new:
        return
    meta.begin_history(session, min(one.at for one in new))
    newest = int(session.connection().execute(_NEWEST_ID).scalar_one())
    rows = [
        {
            "id": id_,
            "kind": one.key.kind,
            "namespace": one.key.namespace,
            "name": one.key.name,
            "uid": one.uid,
            "generation": one.generation,
            "at": one.at,
            "fingerprint": one.fingerprint,
            "content": one.content,
        }
        for id_, one in enumerate(new, start=newest + 1)
    ]
    session.connection().execute(insert(_MOMENTS), rows)


def fingerprints(session: Session) -> dict[str, str]:
    """Return the fingerprint of the newest row of each resource, by uid."""
    newest = select(_MOMENTS.c.uid, _MOMENTS.c.fingerprint).where(_MOMENTS.c.id.in_(_NEWEST_OF_EACH))
    return {uid: fingerprint for uid, fingerprint in session.connection().execute(newest)}  # noqa: C416 - rows


def at(session: Session, when: datetime) -> dict[str, Kept]:
    """Return how each resource stood at a time, by uid; what was not known then is missing."""
    newest = select(func.max(_MOMENTS.c.id)).where(_MOMENTS.c.at <= when).group_by(_MOMENTS.c.uid)
    rows = select(_MOMENTS.c.uid, _MOMENTS.c.at, _MOMENTS.c.generation, _MOMENTS.c.content)
    found = session.connection().execute(rows.where(_MOMENTS.c.id.in_(newest)))
    return {row.uid: Kept(row.at, row.generation, row.content) for row in found}


def purge(session: Session, before: datetime, *, at_most: int) -> int:
    """Forget how resources stood before a time, and return how many rows went.

    How each stood *at* that time stays, unless nothing else is known of it any more.
    """
    last_one = and_(_LATER.c.uid == _MOMENTS.c.uid, _LATER.c.at <= before, _LATER.c.id > _MOMENTS.c.id)
    outdated = exists().where(last_one)
    forgotten = ~exists().where(_REVISIONS.c.resource_uid == _MOMENTS.c.uid)
    newest = select(func.max(_LATER.c.id)).scalar_subquery()
    old = and_(_MOMENTS.c.at < before, _MOMENTS.c.id < newest, outdated | forgotten)
    first = select(_MOMENTS.c.id).where(old).order_by(_MOMENTS.c.id).limit(at_most).correlate(None)
    removed = session.connection().execute(delete(_MOMENTS).where(_MOMENTS.c.id.in_(first))).rowcount
    if removed:
        meta.shorten_history(session, before)
    return removed


def nth_oldest(session: Session, number: int, *, newest_kept: int) -> datetime | None:
    """Return the time of the row that so many are older than, None unless `newest_kept` are younger."""
    count = int(session.connection().execute(select(func.count()).select_from(_MOMENTS)).scalar_one())
    if count < number + newest_kept:
        return None
    ordered = select(_MOMENTS.c.at).order_by(_MOMENTS.c.id).offset(number).limit(1)
    when: datetime | None = session.connection().execute(ordered).scalar_one_or_none()
    return when
