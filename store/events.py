"""Questions about events: what happened, in words for people. Repetitions are counted, not multiplied."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, bindparam, insert, update
from sqlalchemy import select as select_core
from sqlmodel import Session, col, func, select

from desired_state.key import Key
from store.tables import Event, EventType, table_of

# The same words later than this are a new event: "it happened again today" is worth a line.
REPEATS_WITHIN = timedelta(hours=1)
NOBODY = Key("", "", "")

_EVENTS = table_of(Event)


def _next_id(step: int = 1) -> ScalarSelect[int]:
    # Retention never removes the newest row, so no id is ever given twice.
    return select_core(func.coalesce(func.max(_EVENTS.c.id), 0) + step).scalar_subquery()


_REPEAT = (
    update(_EVENTS)
    .where(_EVENTS.c.fingerprint == bindparam("the_fingerprint"), _EVENTS.c.last_seen >= bindparam("recent"))
    .values(id=_next_id(), count=_EVENTS.c.count + 1, last_seen=bindparam("now"))
)
_INSERT = insert(_EVENTS).values(id=_next_id())
_NEWEST_ID = select_core(func.coalesce(func.max(_EVENTS.c.id), 0))


class NewEvent(NamedTuple):
    """Something that happened. `key` is `NOBODY` for the engine or Ergon itself."""

    key: Key
    reason: str
    message: str
    type: EventType = "Normal"
    instance: str = ""


def record(
    session: Session,
    key: Key | None,
    *,
    type: EventType,  # noqa: A002 - the word Kubernetes taught everybody
    reason: str,
    message: str,
    now: datetime,
    instance: str = "",
) -> None:
    """Record an event, or count it when the same was recorded within the hour.

    Args:
        key: what it is about; None for the engine or Ergon itself.
        reason: one CamelCase word, stable.
        message: for people.
    """
    event = NewEvent(key or NOBODY, reason, message, type, instance)
    repeated = {"the_fingerprint": fingerprint(event), "recent": now - REPEATS_WITHIN, "now": now}
    connection = session.connection()
    if connection.execute(_REPEAT, repeated).rowcount == 0:
        connection.execute(_INSERT, to_row(event, now))


def record_new(session: Session, new: Sequence[NewEvent], now: datetime) -> None:
    """Record many events at once, without looking for repetitions."""
    if not new:
        return
    connection = session.connection()
    newest = int(connection.execute(_NEWEST_ID).scalar_one())
    rows = [to_row(event, now) | {"id": id_} for id_, event in enumerate(new, start=newest + 1)]
    connection.execute(insert(_EVENTS), rows)


def recent(
    session: Session,
    *,
    key: Key | None = None,
    since: datetime | None = None,
    after_id: int | None = None,
    limit: int = 1000,
) -> list[Event]:
    """Return the newest `limit` events, oldest first.

    With `after_id` those are the *first* ones after it, so that a follower misses nothing: an event
    that is repeated comes again, under a new id. `since` is compared with when it was last seen.
    """
    wanted = select(Event)
    if key is not None:
        wanted = wanted.where(Event.kind == key.kind, Event.namespace == key.namespace, Event.name == key.name)
    if since is not None:
        wanted = wanted.where(Event.last_seen >= since)
    if after_id is not None:
        wanted = wanted.where(Event.id > after_id)
        return list(session.exec(wanted.order_by(col(Event.id)).limit(limit)))
    return list(session.exec(wanted.order_by(col(Event.id).desc()).limit(limit)))[::-1]


def to_row(event: NewEvent, now: datetime) -> dict[str, Any]:
    """Return the columns of an event's first time, without its id."""
    return {
        "kind": event.key.kind,
        "namespace": event.key.namespace,
        "name": event.key.name,
        "fingerprint": fingerprint(event),
        "instance": event.instance,
        "type": event.type,
        "reason": event.reason,
        "message": event.message,
        "count": 1,
        "first_seen": now,
        "last_seen": now,
    }


def fingerprint(event: NewEvent) -> str:
    """Return what two events share when they say the same of the same."""
    words = "\0".join(
        (event.key.kind, event.key.namespace, event.key.name, event.instance, event.type, event.reason, event.message)
    )
    return blake2b(words.encode(), digest_size=12).hexdigest()
