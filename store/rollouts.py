"""Questions about rollouts: the newest update of each resource, kept so that a crash at any step ends the same."""

from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, insert, select, update
from sqlmodel import Session

from observed_state.rollout import Edition, Former, Rollout, RolloutState
from store.faults import readable
from store.tables import RolloutRow, table_of

_ROLLOUTS = table_of(RolloutRow)
_INSERT = insert(_ROLLOUTS)
_UPDATE = update(_ROLLOUTS).where(_ROLLOUTS.c.resource_uid == bindparam("the_uid"))
_ALL = select(_ROLLOUTS)
_FORMER = TypeAdapter(Former)


def save(session: Session, uid: str, rollout: Rollout) -> None:
    """Record the newest rollout of the resource with this uid, instead of the one before.

    Raises:
        NotStored: it is not declared any more (from `Store.write`).
    """
    row = to_row(uid, rollout)
    connection = session.connection()
    if connection.execute(_UPDATE, row | {"the_uid": uid}).rowcount == 0:
        connection.execute(_INSERT, row)


def all(session: Session) -> dict[str, Rollout]:  # noqa: A001 - read as `rollouts.all(session)`
    """Return the newest rollout of every resource that ever had one, by the resource's uid."""
    with readable("rollouts"):
        return {row.resource_uid: from_row(row) for row in session.connection().execute(_ALL)}


def to_row(uid: str, rollout: Rollout) -> dict[str, Any]:
    """Return the columns of a rollout."""
    return {
        "resource_uid": uid,
        "generation": rollout.target.generation,
        "image_id": rollout.target.image_id,
        "files": rollout.target.files,
        "state": rollout.state,
        "since": rollout.since,
        "failure": rollout.failure,
        "former": None if rollout.former is None else _FORMER.dump_json(rollout.former).decode(),
    }


def from_row(row: Row[Any]) -> Rollout:
    """Return the rollout behind a row of all columns."""
    return Rollout(
        target=Edition(row.generation, row.image_id, row.files),
        state=cast("RolloutState", row.state),
        since=row.since,
        failure=row.failure,
        former=None if row.former is None else _FORMER.validate_json(row.former),
    )
