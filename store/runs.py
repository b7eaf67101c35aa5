"""Questions about scheduled runs: which there were, how they ended, and how far each schedule has been followed."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, tuple_, update
from sqlmodel import Session

from desired_state.resource import Stored
from observed_state.run import LIVE, Followed, Run, RunState, Trigger
from store.faults import readable
from store.tables import RunRow, ScheduleRow, table_of

# So many of the newest runs of a resource are kept in memory, and all that are not over.
RECENT = 50
# So many are kept in the store, however young they are.
KEPT = 2000

_RUNS = table_of(RunRow)
_SCHEDULES = table_of(ScheduleRow)
_INSERT_RUN = insert(_RUNS)
_UPDATE_RUN = update(_RUNS).where(
    _RUNS.c.resource_uid == bindparam("the_uid"), _RUNS.c.number == bindparam("the_number")
)
_INSERT_SCHEDULE = insert(_SCHEDULES)
_UPDATE_SCHEDULE = update(_SCHEDULES).where(_SCHEDULES.c.resource_uid == bindparam("the_uid"))
_NEWEST = func.coalesce(
    select(_SCHEDULES.c.number).where(_SCHEDULES.c.resource_uid == _RUNS.c.resource_uid).scalar_subquery(), 0
)


def save(session: Session, owner: Stored, run: Run) -> None:
    """Record a run, replacing what was recorded under its number.

    Raises:
        NotStored: its resource is not declared any more (from `Store.write`).
    """
    row = _run_row(owner, run)
    connection = session.connection()
    if connection.execute(_UPDATE_RUN, row | {"the_uid": owner.uid, "the_number": run.number}).rowcount == 0:
        connection.execute(_INSERT_RUN, row)


def follow(session: Session, owner: Stored, followed: Followed) -> None:
    """Record how far a schedule has been followed."""
    row = {
        "resource_uid": owner.uid,
        "timing": followed.timing,
        "followed_until": followed.until,
        "number": followed.number,
        "generation": followed.generation,
        "spec": dict(followed.spec),
    }
    connection = session.connection()
    if connection.execute(_UPDATE_SCHEDULE, row | {"the_uid": owner.uid}).rowcount == 0:
        connection.execute(_INSERT_SCHEDULE, row)


def followed(session: Session) -> dict[str, Followed]:
    """Return how far each schedule has been followed, by the uid of its resource."""
    with readable("schedules"):
        return {
            row.resource_uid: Followed(row.timing, row.followed_until, row.number, row.generation, row.spec)
            for row in session.connection().execute(select(_SCHEDULES))
        }


def recent(session: Session) -> Mapping[str, list[Run]]:
    """Return the newest runs and those that are not over, by the uid of their resource, oldest first."""
    wanted = or_(_RUNS.c.number > _NEWEST - RECENT, _RUNS.c.state.in_(LIVE))
    found: defaultdict[str, list[Run]] = defaultdict(list)
    with readable("runs"):
        for row in session.connection().execute(select(_RUNS).where(wanted).order_by(_RUNS.c.number)):
            found[row.resource_uid].append(_run(row))
    return found


def purge(session: Session, before: datetime, at_most: int) -> int:
    """Forget runs that ended before a time, and all but the newest of each resource; return how many went."""
    over = _RUNS.c.state.not_in(LIVE)
    old = over & or_(_RUNS.c.ended_at < before, _RUNS.c.number <= _NEWEST - KEPT)
    first = select(_RUNS.c.resource_uid, _RUNS.c.number).where(old).limit(at_most)
    return (
        session.connection()
        .execute(delete(_RUNS).where(tuple_(_RUNS.c.resource_uid, _RUNS.c.number).in_(first)))
        .rowcount
    )


def _run_row(owner: Stored, run: Run) -> dict[str, Any]:
    return {
        "kind": owner.key.kind,
        "namespace": owner.key.namespace,
        "name": owner.key.name,
        "resource_uid": owner.uid,
        "number": run.number,
        "trigger": run.trigger,
        "state": run.state,
        "message": run.message,
        "scheduled_for": run.scheduled_for,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_code": run.exit_code,
        "times": run.times,
    }


def _run(row: Row[Any]) -> Run:
    return Run(
        number=row.number,
        scheduled_for=row.scheduled_for,
        created_at=row.created_at,
        trigger=cast("Trigger", row.trigger),
        state=cast("RunState", row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        message=row.message,
        times=row.times,
    )
