"""Questions about declared resources, and the changes that people make to one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlmodel import Session

from desired_state.key import Key
from desired_state.resource import KINDS, Pause, Spec, Stored
from store import audit, changes, drift, edits, events, resource_rows, revisions, tombstones
from store.applying import FINALIZER, Applied, Outcome, apply, deleting
from store.errors import DeletingConflict, NotStored, VersionConflict
from store.tables import ResourceRow, table_of

__all__ = [
    "FINALIZER",
    "Applied",
    "Outcome",
    "all",
    "apply",
    "end_pause",
    "get",
    "mark_deleting",
    "release",
    "remove",
    "request_renewal",
    "request_restart",
    "set_pause",
    "set_replicas",
    "set_spec",
    "set_stopped",
]

_RESOURCES = table_of(ResourceRow)
_DELETE = delete(_RESOURCES).where(_RESOURCES.c.uid == bindparam("the_uid"))


def get(session: Session, key: Key) -> Stored | None:
    """Return one resource, None if it is not declared."""
    return resource_rows.fetch(session, [key]).get(key)


def all(session: Session) -> list[Stored]:  # noqa: A001 - read as `resources.all(session)`
    """Return every resource, by kind, namespace and name."""
    return resource_rows.fetch_all(session)


def mark_deleting(
    session: Session,
    key: Key,
    *,
    actor: str,
    now: datetime,
    orphan: bool = False,
    expected_version: int | None = None,
) -> Stored:
    """Ask for a resource to be deleted: it stays, with a finalizer, until `remove`. A second call changes nothing.

    With `orphan` what was made for it is left alone; once asked for, that can't be taken back.

    Raises:
        NotStored, VersionConflict
    """
    stored = require(session, key, expected_version)
    if stored.deleting_since and (stored.orphans or not orphan):
        return stored
    after = deleting(stored, now, orphan=orphan)
    how = ", and what was made for it is to stay" if orphan else ""
    edit = edits.Edit(stored, after, "delete", f"deletion requested by {actor}{how}", "Deleting")
    return edits.write(session, [edit], actor=actor, now=now)[0]


def request_renewal(
    session: Session, key: Key, now: datetime, actor: str, *, expected_version: int | None = None
) -> Stored:
    """Ask for a volume to be made anew, without its data.

    Raises:
        NotStored, VersionConflict, DeletingConflict
    """
    stored = require(session, key, expected_version)
    if stored.deleting_since:
        raise DeletingConflict(key)
    after = replace(stored, renew_requested=now)
    edit = edits.Edit(stored, after, "recreate", f"a new volume without the data was asked for by {actor}", "Renewal")
    return edits.write(session, [edit], actor=actor, now=now)[0]


def remove(session: Session, key: Key, now: datetime, *, actor: str = "ergon", left_behind: Sequence[str] = ()) -> None:
    """Drop a resource with its instances and its status, and leave a tombstone and its revisions.

    No tombstone where something stays in Docker on purpose: nobody may take that for a leftover.
    `left_behind` names what was dropped by force and is there still. Nothing happens when it is not declared.
    """
    stored = get(session, key)
    if stored is None:
        return
    session.connection().execute(_DELETE, {"the_uid": stored.uid})
    revisions.mark_deleted(session, stored.uid, now)
    drift.record_open(session, key, [], now, lambda _: "its resource was deleted")
    if not stored.orphans:
        tombstones.put(session, key, stored.uid, now)
    [version] = changes.record(session, [changes.Changed(key, stored.uid, "DELETED")], now)
    told = "what was made for it stays and is nobody's" if stored.orphans else "nothing of it is left"
    detail = f"dropped by force, left in Docker: {', '.join(left_behind)}" if left_behind else ""
    events.record_new(session, [events.NewEvent(key, "Deleted", detail or told)], now)
    audit.record(session, [audit.Deed(key, actor, "remove", detail, stored.resource_version, version)], now)


def release(session: Session, key: Key, now: datetime, *, actor: str) -> None:
    """Drop a resource as `remove` does, without a tombstone: what it has in Docker goes on, and is no leftover.

    Nothing happens when it is not declared.
    """
    stored = get(session, key)
    if stored is None:
        return
    session.connection().execute(_DELETE, {"the_uid": stored.uid})
    revisions.mark_deleted(session, stored.uid, now)
    drift.record_open(session, key, [], now, lambda _: "its resource was released")
    [version] = changes.record(session, [changes.Changed(key, stored.uid, "DELETED")], now)
    told = f"released by {actor}; what it has in Docker stays as it is"
    events.record_new(session, [events.NewEvent(key, "Released", told)], now)
    audit.record(session, [audit.Deed(key, actor, "release", "", stored.resource_version, version)], now)


def set_pause(
    session: Session, key: Key, pause: Pause | None, *, actor: str, now: datetime, expected_version: int | None = None
) -> Stored:
    """Keep Ergon's hands off a resource, or (None) let it act again.

    Raises:
        NotStored, VersionConflict
    """
    stored = require(session, key, expected_version)
    if stored.pause == pause:
        return stored
    verb, reason = ("pause", "Paused") if pause else ("resume", "Resumed")
    message = f"{_lasting(pause)}: {pause.reason}" if pause else f"resumed by {actor}"
    edit = edits.Edit(stored, replace(stored, pause=pause), verb, message, reason)
    return edits.write(session, [edit], actor=actor, now=now)[0]


def _lasting(pause: Pause) -> str:
    return f"paused by {pause.by}" + (f" until {pause.until:%Y-%m-%d %H:%M:%S} UTC" if pause.until else "")


def end_pause(session: Session, key: Key, pause: Pause, now: datetime) -> Stored | None:
    """Take away a pause whose time is over; another one that came meanwhile stays. None: the resource is gone."""
    stored = get(session, key)
    if stored is None or stored.pause != pause:
        return stored
    edit = edits.Edit(stored, replace(stored, pause=None), "resume", "the time of its pause is over", "Resumed")
    return edits.write(session, [edit], actor="ergon", now=now)[0]


def set_stopped(
    session: Session, key: Key, stopped: bool, *, actor: str, now: datetime, expected_version: int | None = None
) -> Stored:
    """Want a resource's containers there but not running, or running again.

    Raises:
        NotStored, VersionConflict
    """
    stored = require(session, key, expected_version)
    if stored.stopped == stopped:
        return stored
    verb, reason = ("stop", "StopRequested") if stopped else ("start", "StartRequested")
    edit = edits.Edit(stored, replace(stored, stopped=stopped), verb, f"{verb} requested by {actor}", reason)
    return edits.write(session, [edit], actor=actor, now=now)[0]


def request_restart(
    session: Session, key: Key, now: datetime, actor: str, *, expected_version: int | None = None
) -> Stored:
    """Ask for one restart of each of a resource's containers.

    Raises:
        NotStored, VersionConflict
    """
    stored = require(session, key, expected_version)
    after = replace(stored, restart_requested=now)
    edit = edits.Edit(stored, after, "restart", f"restart requested by {actor}", "RestartRequested")
    return edits.write(session, [edit], actor=actor, now=now)[0]


def set_replicas(
    session: Session, key: Key, n: int | None, actor: str, now: datetime, *, expected_version: int | None = None
) -> Stored:
    """Change how many instances are declared: a new generation whose spec says `replicas: n`; None: no number.

    Raises:
        NotStored, VersionConflict, DeletingConflict
        ValueError: this kind has no replicas, or not so many (pydantic's ValidationError).
    """
    stored = require(session, key, expected_version)
    if stored.deleting_since:
        raise DeletingConflict(key)
    declared = stored.resource.spec.declared()
    others = {name: value for name, value in declared.items() if name != "replicas"}
    spec = KINDS[key.kind].from_declared(others if n is None else declared | {"replicas": n})
    if spec.declared() == declared:
        return stored
    after = replace(stored, resource=replace(stored.resource, spec=spec), generation=stored.generation + 1)
    edit = edits.Edit(
        stored,
        after,
        "scale",
        f"generation {after.generation}: scaled {'by load' if n is None else f'to {n}'} by {actor}",
        "SpecChanged",
    )
    return edits.write(session, [edit], actor=actor, now=now)[0]


def set_spec(session: Session, key: Key, spec: Spec, actor: str, now: datetime, *, source: int) -> Stored:
    """Declare the spec of an earlier generation, `source`, anew: a new generation; the same spec changes nothing.

    Raises:
        NotStored, DeletingConflict
    """
    stored = require(session, key, None)
    if stored.deleting_since:
        raise DeletingConflict(key)
    if stored.resource.spec.declared() == spec.declared():
        return stored
    after = replace(stored, resource=replace(stored.resource, spec=spec), generation=stored.generation + 1)
    message = f"generation {after.generation}: back to generation {source}, says {actor}"
    edit = edits.Edit(stored, after, "rollback", message, "SpecChanged")
    return edits.write(session, [edit], actor=actor, now=now)[0]


def set_limits(session: Session, key: Key, spec: Spec, actor: str, now: datetime, *, why: str) -> Stored:
    """Declare a spec that differs in its limits alone: a new generation; the same spec changes nothing.

    Raises:
        NotStored, DeletingConflict
    """
    stored = require(session, key, None)
    if stored.deleting_since:
        raise DeletingConflict(key)
    if stored.resource.spec.declared() == spec.declared():
        return stored
    after = replace(stored, resource=replace(stored.resource, spec=spec), generation=stored.generation + 1)
    edit = edits.Edit(stored, after, "resize", f"generation {after.generation}: {why}, says {actor}", "SpecChanged")
    return edits.write(session, [edit], actor=actor, now=now)[0]


def require(session: Session, key: Key, expected_version: int | None) -> Stored:
    """Return a resource that must be there, at the version that the caller has seen (None: any)."""
    stored = get(session, key)
    if stored is None:
        raise NotStored(f"{key} is not declared")
    if expected_version is not None and expected_version != stored.resource_version:
        raise VersionConflict(key, expected_version, stored.resource_version)
    return stored
