"""Questions about how containers' runs ended."""

from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, select

from desired_state.key import Key
from observed_state.ended_run import EndedRun
from store.tables import Exit, table_of

_INSERT = insert(table_of(Exit))


def record(
    session: Session,
    key: Key,
    *,
    instance: str,
    container_id: str,
    exit_code: int,
    oom_killed: bool = False,
    error: str = "",
    started_at: datetime | None,
    finished_at: datetime | None,
    reason: str,
    evidence: str = "",
    counted: bool,
    now: datetime,
) -> None:
    """Record the end of one run.

    Args:
        instance: the instance's uid.
        error: the engine's own words, "" when it has none.
        reason: why it ended, as far as known ("exit 137", "OOMKilled", "stopped by Ergon").
        evidence: what shows that, in words: a Docker event, an outage; "" when the run ended by itself.
        counted: whether it counts as a crash in the backoff.
    """
    session.connection().execute(
        _INSERT,
        {
            "kind": key.kind,
            "namespace": key.namespace,
            "name": key.name,
            "instance": instance,
            "container_id": container_id,
            "exit_code": exit_code,
            "oom_killed": oom_killed,
            "error": error,
            "reason": reason,
            "evidence": evidence,
            "counted": counted,
            "started_at": started_at,
            "finished_at": finished_at,
            "recorded_at": now,
        },
    )


def ended_run(row: Exit) -> EndedRun:
    """Return a recorded end as a value that outlives its session."""
    return EndedRun(
        container_id=row.container_id,
        exit_code=row.exit_code,
        oom_killed=row.oom_killed,
        error=row.error,
        reason=row.reason,
        counted=row.counted,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def of(session: Session, key: Key, limit: int = 100) -> list[Exit]:
    """Return the newest `limit` exits of one resource's containers, oldest first."""
    of_key = select(Exit).where(Exit.kind == key.kind, Exit.namespace == key.namespace, Exit.name == key.name)
    return list(session.exec(of_key.order_by(col(Exit.id).desc()).limit(limit)))[::-1]
