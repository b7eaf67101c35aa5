"""The journal of deeds: the intent before, the result after. What has no result was cut off by a crash."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as select_core
from sqlmodel import Session, col, func, select

from desired_state.key import Key
from store import codecs
from store.tables import ActionRecord, table_of

_ACTIONS = table_of(ActionRecord)
_INSERT = insert(_ACTIONS)
_FINISH = update(_ACTIONS).where(_ACTIONS.c.id == bindparam("the_id"))
# Retention never removes the newest row, so no id is ever given twice.
_NEWEST_ID = select_core(func.coalesce(func.max(_ACTIONS.c.id), 0))


class Intent(NamedTuple):
    """A deed about to be done. `action` is its name (`Start`), `reason` what is shown to people.

    `container` is the name of the container it is about and `slot` its place, "" and 0 when it is
    about none. `evidence` is JSON-ready: what differed when it was planned.
    """

    key: Key
    action: str
    reason: str
    generation: int
    instance: str = ""
    slot: int = 0
    container: str = ""
    evidence: Sequence[Mapping[str, Any]] = ()


def begin(session: Session, intent: Intent, now: datetime) -> int:
    """Record that something is about to be done, and return the id to finish it with."""
    return begin_many(session, [intent], now)[0]


def begin_many(session: Session, intents: Sequence[Intent], now: datetime) -> list[int]:
    """Record several intents at once and return their ids in the same order."""
    if not intents:
        return []
    connection = session.connection()
    newest = int(connection.execute(_NEWEST_ID).scalar_one())
    rows = [
        {
            "id": id_,
            "kind": intent.key.kind,
            "namespace": intent.key.namespace,
            "name": intent.key.name,
            "instance": intent.instance,
            "slot": intent.slot,
            "container": intent.container,
            "action": intent.action,
            "reason": intent.reason,
            "evidence": codecs.compact_json([dict(one) for one in intent.evidence]),
            "generation": intent.generation,
            "outcome": "",
            "error": "",
            "started_at": now,
            "finished_at": None,
        }
        for id_, intent in enumerate(intents, start=newest + 1)
    ]
    connection.execute(_INSERT, rows)
    return list(range(newest + 1, newest + 1 + len(rows)))


def finish(session: Session, id: int, *, outcome: str, error: str = "", now: datetime) -> None:  # noqa: A002
    """Record how it went: `outcome` is one word (done, failed, abandoned), `error` the message or ""."""
    session.connection().execute(_FINISH, {"the_id": id, "outcome": outcome, "error": error, "finished_at": now})


def unfinished(session: Session) -> list[ActionRecord]:
    """Return the intents without a result, oldest first: after a start, what a crash cut off."""
    open_ones = select(ActionRecord).where(col(ActionRecord.finished_at).is_(None))
    return list(session.exec(open_ones.order_by(col(ActionRecord.id))))


def of(session: Session, key: Key, limit: int = 100) -> list[ActionRecord]:
    """Return the newest `limit` deeds about one resource, oldest first."""
    of_key = select(ActionRecord).where(
        ActionRecord.kind == key.kind, ActionRecord.namespace == key.namespace, ActionRecord.name == key.name
    )
    return list(session.exec(of_key.order_by(col(ActionRecord.id).desc()).limit(limit)))[::-1]
