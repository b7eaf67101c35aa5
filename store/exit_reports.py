"""Questions about what containers said before their runs ended, and what was found to be the cause."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from desired_state.key import Key
from observed_state.run_verdict import RunVerdict
from store.codecs import compact_json
from store.tables import Exit, ExitReport, table_of

_EXITS = table_of(Exit)
_REPORTS = table_of(ExitReport)
# So many of the newest are looked through for those that were found of the containers that are there now.
_NEWEST = 2000

Line = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about the end of one run of a container.

    `lines` are the last of its log, as (time, stream, text); `missing` says why there are none, "" when it said
    nothing. `finding` is the cause, JSON-ready, None when none was found; `holds`: a restart can't help.
    """

    container: str
    lines: Sequence[Line] = ()
    missing: str = ""
    finding: Mapping[str, Any] | None = None
    holds: bool = False


def record(session: Session, container_id: str, finished_at: datetime, report: Report) -> None:
    """Record what is known about the end of a run; one that is not on record any more is passed over."""
    connection = session.connection()
    of_run = select(_EXITS.c.id).where(_EXITS.c.container_id == container_id, _EXITS.c.finished_at == finished_at)
    exit_id = connection.execute(of_run.order_by(_EXITS.c.id.desc()).limit(1)).scalar()
    known = select(_REPORTS.c.exit_id).where(_REPORTS.c.exit_id == exit_id)
    if exit_id is None or connection.execute(known).first() is not None:
        return
    connection.execute(
        insert(_REPORTS),
        {
            "exit_id": exit_id,
            "container": report.container,
            "lines": compact_json([list(line) for line in report.lines]),
            "missing": report.missing,
            "finding": compact_json(dict(report.finding)) if report.finding else "",
            "holds": report.holds,
        },
    )


def of(session: Session, ends: Sequence[Exit]) -> dict[int, Report]:
    """Return what is known about these ends, by their ids, without what was said before them."""
    columns = (_REPORTS.c.exit_id, _REPORTS.c.container, _REPORTS.c.missing, _REPORTS.c.finding, _REPORTS.c.holds)
    wanted = select(*columns).where(_REPORTS.c.exit_id.in_([end.id for end in ends]))
    return {
        row.exit_id: Report(row.container, (), row.missing, _finding(row.finding), row.holds)
        for row in session.connection().execute(wanted)
    }


def previous(session: Session, key: Key, number: int) -> list[tuple[Exit, Report]]:
    """Return the end of the `number`-th last run (from 1) of each of a resource's containers, by name."""
    joined = select_rows(Exit, ExitReport).join(ExitReport, col(ExitReport.exit_id) == col(Exit.id))
    of_key = joined.where(Exit.kind == key.kind, Exit.namespace == key.namespace, Exit.name == key.name)
    runs: dict[str, list[tuple[Exit, ExitReport]]] = {}
    for end, report in session.exec(of_key.order_by(col(Exit.id).desc()).limit(_NEWEST)):
        runs.setdefault(report.container, []).append((end, report))
    found = [ends[number - 1] for _, ends in sorted(runs.items()) if len(ends) >= number]
    return [(end, _report(row)) for end, row in found]


def newest_verdicts(session: Session) -> dict[str, RunVerdict]:
    """Return what was found of the last ended run of each container, by the uids of their records."""
    columns = (_EXITS.c.instance, _EXITS.c.finished_at, _REPORTS.c.finding, _REPORTS.c.holds)
    joined = select(*columns).join(_REPORTS, _REPORTS.c.exit_id == _EXITS.c.id)
    found: dict[str, RunVerdict] = {}
    for row in session.connection().execute(joined.order_by(_EXITS.c.id.desc()).limit(_NEWEST)):
        if row.instance not in found and row.finished_at is not None:
            found[row.instance] = verdict(row.finished_at, _finding(row.finding), holds=row.holds)
    return found


def verdict(ended_at: datetime, finding: Mapping[str, Any] | None, *, holds: bool) -> RunVerdict:
    """Return what planners know of a finding."""
    if finding is None:
        return RunVerdict(ended_at)
    return RunVerdict(ended_at, finding["rule"], finding["cause"], holds)


def _report(row: ExitReport) -> Report:
    lines = [(time, stream, text) for time, stream, text in json.loads(row.lines)]
    return Report(row.container, lines, row.missing, _finding(row.finding), row.holds)


def _finding(text: str) -> dict[str, Any] | None:
    return json.loads(text) if text else None
