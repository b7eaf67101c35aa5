"""The state at a time in the past, put together from revisions and from how resources stood."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlmodel import Session

from controller import moments
from controller.errors import ServiceError
from controller.moments import Held, Moment
from controller.runtime import Runtime
from controller.snapshots import Recorded, Snapshot
from observed_state.instance import Instance
from observed_state.status import Status
from store import meta, periods, revisions
from store import moments as moment_rows
from store.history_tables import Period
from store.tables import Revision

UNKNOWN = Status(0, "Pending", ready=False, reason="NotRecorded", message="how it stood then is not recorded")


@dataclass(frozen=True, slots=True)
class Then:
    """What the record says of one resource at a time. `moment` is None when nobody had looked at it yet."""

    revision: Revision
    moment: Moment | None
    recorded_at: datetime | None
    specs: dict[int, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Past:
    """Everything at `at`: what was declared, and the controller's life and the outage it lay in, if any."""

    at: datetime
    store_id: str
    resources: tuple[Then, ...]
    life: Period | None
    outage: Period | None


async def past_at(runtime: Runtime, at: datetime) -> Past:
    """Return what the record says of a time.

    Raises:
        ServiceError: the record does not go back so far, or the time has not come yet.
    """
    now = runtime.clock.now()
    if at > now:
        raise ServiceError(f"{at:%Y-%m-%d %H:%M:%S}Z has not come yet", "ask for a time in the past")
    return await runtime.store.read(partial(_read, at=at))


def _read(session: Session, at: datetime) -> Past:
    since = meta.history_since(session)
    if since is None:
        raise ServiceError(
            "nothing is recorded yet of how things stood", "it is recorded while a controller runs: `ergon up`", 404
        )
    if at < since:
        raise ServiceError(
            f"how things stood is recorded since {since:%Y-%m-%d %H:%M:%S}Z, not at {at:%Y-%m-%d %H:%M:%S}Z",
            f"ask for {since:%Y-%m-%dT%H:%M:%SZ} or later",
            404,
        )
    stood = moment_rows.at(session, at)
    declared = revisions.declared_at(session, at)
    return Past(
        at,
        meta.store_id(session),
        tuple(_then(session, revision, stood.get(revision.resource_uid)) for revision in declared),
        periods.around(session, "controller", at),
        periods.around(session, "outage", at),
    )


def _then(session: Session, revision: Revision, kept: moment_rows.Kept | None) -> Then:
    moment = moments.from_text(kept.content) if kept else None
    needed = {one.generation for one in moment.seen.instances} if moment else set()
    specs = revisions.specs(session, revision.resource_uid, needed)
    return Then(revision, moment, kept.at if kept else None, specs)


def recorded(then: Then) -> Recorded:
    """Return a resource as a snapshot holds it."""
    revision, moment = then.revision, then.moment
    held = moment.held if moment else Held(revision.created_at, revision.created_at)
    seen = moment.seen if moment else moments.Seen()
    return Recorded(
        revision.kind,
        revision.namespace,
        revision.name,
        spec=revision.spec,
        source=revision.source,
        uid=revision.resource_uid,
        generation=revision.generation,
        held=held,
        status=moment.status if moment else UNKNOWN,
        seen=replace(seen, instances=tuple(_with_spec(then, one) for one in seen.instances)),
    )


def _with_spec(then: Then, instance: Instance) -> Instance:
    return replace(instance, spec=then.specs.get(instance.generation, {}))


def snapshot_of(past: Past) -> tuple[Snapshot, list[str]]:
    """Return the past as a snapshot, and the names of resources that had to be left out of it.

    Those are what ran then from a revision that is not kept any more: what it would have become is not known.
    """
    known = [then for then in past.resources if not _lacks_specs(then)]
    left_out = [str(then.revision.key) for then in past.resources if _lacks_specs(then)]
    return Snapshot(past.at, past.store_id, tuple(recorded(then) for then in known)), left_out


def _lacks_specs(then: Then) -> bool:
    instances = then.moment.seen.instances if then.moment else ()
    return any(one.generation not in then.specs for one in instances)
