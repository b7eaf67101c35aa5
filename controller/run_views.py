"""The JSON shapes of schedules and runs, as `views` has those of everything else."""

from datetime import datetime
from typing import Any

from controller.run_records import RunRecords
from controller.views import moment
from desired_state.container import ContainerSpec
from desired_state.resource import Stored
from observed_state.run import Run
from reconcilers.run_status import last_over
from reconcilers.schedule import next_time

Json = dict[str, Any]


def schedule(stored: Stored, records: RunRecords, now: datetime) -> Json | None:
    """Return when a container runs next and how it went last; None for what has no schedule."""
    spec = stored.resource.spec
    if not isinstance(spec, ContainerSpec) or spec.schedule is None:
        return None
    runs, followed = records.of(stored), records.followed(stored)
    rests = spec.schedule.suspended or stored.stopped or stored.deleting_since is not None
    after = max(now, followed.until) if followed else now
    last = last_over(runs)
    return {
        "cron": spec.schedule.cron,
        "time_zone": spec.schedule.time_zone,
        "suspended": spec.schedule.suspended,
        "next_run": None if rests else moment(next_time(spec.schedule, after)),
        "last_run": run(last) if last else None,
    }


def run(one: Run) -> Json:
    """Return one run."""
    return {
        "number": one.number,
        "trigger": one.trigger,
        "scheduled_for": moment(one.scheduled_for),
        "state": one.state,
        "started_at": moment(one.started_at),
        "ended_at": moment(one.ended_at),
        "exit_code": one.exit_code,
        "times": one.times,
        "message": one.message,
    }
