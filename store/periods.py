"""Questions about when a controller ran, and when the daemon did not answer."""

from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, func, insert, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from store.history_tables import Period
from store.tables import ActionRecord, Event, table_of

What = Literal["controller", "outage"]

_PERIODS = table_of(Period)
# Retention never removes the newest row, so no id is ever given twice.
_NEXT_ID = select_columns(func.coalesce(func.max(_PERIODS.c.id), 0) + 1).scalar_subquery()
_BEGIN = insert(_PERIODS).values(id=_NEXT_ID, ended_at=None)
_END = (
    update(_PERIODS)
    .where(_PERIODS.c.what == bindparam("the_what"), _PERIODS.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)


def begin(session: Session, what: What, message: str, now: datetime) -> None:
    """Record that a period begins; `message` says why, "" for no reason."""
    session.connection().execute(_BEGIN, {"what": what, "message": message, "began_at": now})


def end(session: Session, what: What, now: datetime) -> None:
    """Record that the present period of this sort is over; nothing happens when there is none."""
    session.connection().execute(_END, {"the_what": what, "now": now})


def end_forgotten(session: Session, what: What) -> None:
    """End a period whose end nobody recorded, at the time of the last record that was made in it."""
    if (period := present(session, what)) is None:
        return
    signs = (
        session.exec(select(func.max(ActionRecord.started_at))).one(),
        session.exec(select(func.max(Event.last_seen))).one(),
    )
    end(session, what, max((sign for sign in signs if sign), default=period.began_at))


def present(session: Session, what: What) -> Period | None:
    """Return the period of this sort that lasts, None when there is none."""
    lasting = select(Period).where(Period.what == what, col(Period.ended_at).is_(None))
    return session.exec(lasting.order_by(col(Period.id).desc()).limit(1)).first()


def around(session: Session, what: What, at: datetime) -> Period | None:
    """Return the period of this sort in which a moment lies, None when there is none."""
    in_it = or_(col(Period.ended_at).is_(None), col(Period.ended_at) >= at)
    wanted = select(Period).where(Period.what == what, col(Period.began_at) <= at, in_it)
    return session.exec(wanted.order_by(col(Period.id).desc()).limit(1)).first()
