"""Answer `status` and `diff` for a time in the past."""

from collections.abc import Collection, Sequence
from typing import Any

from controller import snapshots, views
from controller.past import Past, Then, recorded, snapshot_of
from controller.planning import plan_of
from controller.program_info import VERSION
from controller.reenacted import reenacted
from controller.runtime import Runtime
from desired_state.key import Key
from reconcilers import graph
from reconcilers.decision import Change
from store.history_tables import Period

Json = dict[str, Any]


def status(past: Past, wanted: Collection[Key]) -> Json:
    """Return the `status` of then, with when each resource was last found to stand so."""
    running = past.life is not None
    return {
        "at": views.moment(past.at),
        "controller": {"running": running, "pid": None, "version": VERSION},
        "engine": {
            "reachable": running and past.outage is None,
            "version": "",
            "api_version": "",
            "message": _why_unreachable(past.life, past.outage),
        },
        "resources": [_row(then) for then in past.resources if then.revision.key in wanted],
        "unmanaged": [],
    }


def _why_unreachable(life: Period | None, outage: Period | None) -> str:
    if outage is not None:
        return outage.message
    return "" if life is not None else "no controller ran then; what is shown is the last that was known"


def _row(then: Then) -> Json:
    one = recorded(then)
    containers = {container.id: container for container in one.seen.containers}
    row = views.resource(snapshots.stored_of(one), one.status, one.seen.instances, containers)
    return {**row, "recorded_at": views.moment(then.recorded_at)}


async def diff(runtime: Runtime, past: Past, wanted: Collection[Key]) -> Json:
    """Return the `diff` of then: what was recorded to differ, and what had been declared since that was recorded."""
    known = [then for then in past.resources if then.revision.key in wanted]
    found = [change for then in known if _is_current(then) for change in _recorded_changes(then)]
    fresh = {then.revision.key for then in known if not _is_current(then)}
    snapshot, left_out = snapshot_of(past)
    then_runtime = reenacted(runtime.store, snapshot)
    planned = await plan_of(then_runtime, [key for key in then_runtime.records.resources if key in fresh])
    ordered = graph.sorted_changes([*found, *planned.changes], then_runtime.records.resources.values())
    return {
        "at": views.moment(past.at),
        "in_sync": not ordered and not fresh.intersection(left_out),
        "plan": "",
        "changes": views.changes(ordered),
        "notes": notes(left_out),
    }


def notes(left_out: Sequence[str]) -> list[str]:
    """Return what an answer can't say, in words."""
    return [f"{name} is left out: what it was made from is no longer kept" for name in left_out]


def _is_current(then: Then) -> bool:
    return then.moment is not None and then.moment.status.observed_generation == then.revision.generation


def _recorded_changes(then: Then) -> Sequence[Change]:
    return then.moment.changes if then.moment else ()
