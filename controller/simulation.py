"""Say what applying files would do to a state: the present one, a past one, or one from a snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from controller import snapshots, views
from controller.admission import admit, parse
from controller.past import past_at, snapshot_of
from controller.planning import Prune, plan_of, plan_with
from controller.redaction import spec_shown
from controller.reenacted import reenacted
from controller.runtime import Runtime
from controller.snapshots import Snapshot
from controller.time_travel import notes
from desired_state.resource import KINDS, Resource

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """The state that is planned against. `notes` say what about it is not known."""

    snapshot: Snapshot
    notes: tuple[str, ...] = ()


async def present(runtime: Runtime) -> Stage:
    """Return the state now; while Docker does not answer, the last that was recorded."""
    if runtime.link.reachable:
        return Stage(await snapshots.of_runtime(runtime))
    now = runtime.clock.now()
    stage = await past(runtime, now)
    return replace(
        stage,
        notes=(*stage.notes, f"Docker can't be reached, so this is the last that was recorded: {runtime.link.message}"),
    )


async def past(runtime: Runtime, at: Any) -> Stage:
    """Return the state at a time, from the record."""
    snapshot, left_out = snapshot_of(await past_at(runtime, at))
    return Stage(snapshot, tuple(notes(left_out)))


async def simulated(runtime: Runtime, stage: Stage, documents: Sequence[Json], prune: Prune) -> Json:
    """Return what applying these documents to that state would do; without documents, what was due there anyway.

    The files of a `prune` were read completely: what they no longer declare would be deleted.
    """
    then = reenacted(runtime.store, stage.snapshot)
    said = list(stage.notes)
    if documents:
        declared = parse(documents)
        if stage.snapshot.redacted:
            declared = [_redacted(resource) for resource in declared]
            said.append("values that look like secrets are not in a snapshot; whether they change can't be seen")
        admit(then, declared)
        plan = await plan_with(then, declared, prune)
    else:
        plan = await plan_of(then, list(then.records.resources))
    # Its plan has no name: it rests on what is not so, and can't be carried out.
    return {**views.diff(plan), "plan": "", "at": views.moment(stage.snapshot.taken_at), "notes": said}


def _redacted(resource: Resource) -> Resource:
    spec = KINDS[resource.key.kind].from_declared(spec_shown(resource.spec.declared()))
    return replace(resource, spec=spec)
