"""Why a run crashed: the first finding of the diagnosis, from what was kept of it."""

from collections.abc import Sequence
from datetime import datetime

from container_ci.crashed_run import CrashedRun
from container_ci.diagnosis.diagnose import diagnose, held_by_verdict
from container_ci.diagnosis.situation import Exit, Neighbour, Situation
from container_ci.logs.grouping import grouped
from observed_state.finding import Finding

# Says only that nothing was found.
_NOTHING = "unknown-exit"


def cause_of(run: CrashedRun, now: datetime) -> tuple[Finding | None, bool]:
    """Return the first cause of a crash, None when none is known, and whether a restart can't help."""
    found = diagnose(_situation(run, now)).findings
    if not found or found[0].rule == _NOTHING:
        return None, False
    return found[0], held_by_verdict(found[0])


def _situation(run: CrashedRun, now: datetime) -> Situation:
    return Situation(
        now=now,
        container=run.container,
        image=run.image,
        spec=run.spec,
        exits=_exits(run),
        events=run.events,
        entries=grouped(run.lines),
        entries_missing=run.silence,
        neighbours=[Neighbour(name, aliases, container) for name, aliases, container in run.neighbours],
    )


def _exits(run: CrashedRun) -> Sequence[Exit]:
    return [
        Exit(
            one.exit_code,
            one.started_at,
            one.finished_at,
            one.oom_killed,
            one.error,
            deliberate=not one.counted,
        )
        for one in run.earlier
    ]
