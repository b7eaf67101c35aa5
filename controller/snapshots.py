"""A whole state as a value: what was declared, made and seen at one time. Planned against later, or elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from controller import moments
from controller.errors import ServiceError
from controller.moments import Held, Seen
from controller.redaction import shown, spec_shown
from controller.runtime import Runtime
from desired_state.key import Key
from desired_state.resource import KINDS, Stored
from observed_state.container import ContainerSummary
from observed_state.engine import EngineInfo
from observed_state.rollout import Rollout
from observed_state.status import Status
from reconcilers import naming


@dataclass(frozen=True, slots=True)
class Recorded:
    """One resource in a snapshot. `uid` is what the labels of its things say."""

    kind: str
    namespace: str
    name: str
    spec: Mapping[str, Any]
    source: str
    uid: str
    generation: int
    held: Held
    status: Status
    seen: Seen

    @property
    def key(self) -> Key:
        return Key(self.kind, self.namespace, self.name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state at `taken_at`. `others` are containers that were not managed.

    With `redacted`, values that look like secrets are hidden, and two hidden values compare equal.
    """

    taken_at: datetime
    store_id: str
    resources: tuple[Recorded, ...] = ()
    others: tuple[ContainerSummary, ...] = ()
    engine: EngineInfo | None = None
    redacted: bool = False
    format: Literal["ergon/snapshot/v1"] = "ergon/snapshot/v1"


_SNAPSHOT = TypeAdapter(Snapshot)
_OF_CONTAINER = {"labels", "frozen", "health_output"}
_UNTOLD: Any = {
    "resources": {
        "__all__": {
            "seen": {
                "instances": {"__all__": {"baseline": _OF_CONTAINER}},
                "containers": {"__all__": _OF_CONTAINER},
                "images": {"__all__": {"config", "labels"}},
            }
        }
    }
}


async def of_runtime(runtime: Runtime) -> Snapshot:
    """Return the state that a controller knows now."""
    records = runtime.records
    managed = {one.container_id for one in records.instances()}
    return Snapshot(
        taken_at=runtime.clock.now(),
        store_id=records.store_id,
        resources=tuple([await _recorded(runtime, records.resources[key]) for key in records.in_order()]),
        others=tuple(row for row in runtime.observed.summaries.values() if row.id not in managed),
        engine=runtime.link.info,
    )


async def _recorded(runtime: Runtime, stored: Stored) -> Recorded:
    return Recorded(
        stored.key.kind,
        stored.key.namespace,
        stored.key.name,
        spec=stored.resource.spec.declared(),
        source=stored.resource.source,
        uid=stored.uid,
        generation=stored.generation,
        held=moments.held_of(stored),
        status=runtime.records.statuses.get(stored.key) or Status(0, "Pending", ready=False, reason="NotYetSeen"),
        seen=moments.seen_of(await runtime.worlds.of(stored)),
    )


def stored_of(recorded: Recorded) -> Stored:
    """Return the resource as it was stored.

    Raises:
        ServiceError: its spec does not hold in this version of Ergon.
    """
    try:
        spec = KINDS[recorded.kind].from_declared(dict(recorded.spec))
    except (ValueError, KeyError) as error:
        raise ServiceError(f"the recorded spec of {recorded.key} can't be read: {error}") from error
    return moments.restored(
        recorded.key, spec, recorded.held, uid=recorded.uid, generation=recorded.generation, source=recorded.source
    )


def redacted(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot as it may leave the store: values that look like secrets are hidden."""
    resources = (replace(one, spec=spec_shown(one.spec), seen=_redacted(one.seen)) for one in snapshot.resources)
    others = (replace(row, labels=_ours(row.labels)) for row in snapshot.others)
    return replace(snapshot, resources=tuple(resources), others=tuple(others), redacted=True)


def _redacted(seen: Seen) -> Seen:
    return replace(
        seen,
        instances=tuple(replace(one, spec=spec_shown(one.spec)) for one in seen.instances),
        networks=tuple(replace(one, options=shown("options", one.options)) for one in seen.networks),
        volumes=tuple(replace(one, options=shown("options", one.options)) for one in seen.volumes),
        rollout=_redacted_rollout(seen.rollout),
    )


def _redacted_rollout(rollout: Rollout | None) -> Rollout | None:
    if rollout is None or rollout.former is None:
        return rollout
    return replace(rollout, former=replace(rollout.former, spec=spec_shown(rollout.former.spec)))


def _ours(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels by which things are known; what else somebody wrote on a container is nobody's business."""
    return {name: value for name, value in labels.items() if name.startswith(naming.LABEL_PREFIX)}


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot JSON-ready, secrets hidden."""
    plain: dict[str, Any] = _SNAPSHOT.dump_python(redacted(snapshot), mode="json", exclude=_UNTOLD)
    return plain


def from_json(value: Any) -> Snapshot:
    """Return the snapshot behind its JSON.

    Raises:
        ServiceError: it is none.
    """
    try:
        return _SNAPSHOT.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ServiceError(
            f"this is no snapshot of Ergon's: {where}: {first['msg']}",
            "make one with `ergon simulate --save-snapshot FILE`",
        ) from error
