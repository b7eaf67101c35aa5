"""The one way in which a stored resource changes: row, revision, event, change and audit row together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import String, bindparam, exists, insert, literal, select
from sqlmodel import Session

from desired_state.resource import Stored
from store import audit, changes, events, resource_rows
from store.columns import UtcDateTime
from store.tables import ResourceRow, Revision, table_of

_RESOURCES = table_of(ResourceRow)
_REVISIONS = table_of(Revision)
_IS_KEPT = exists().where(
    _REVISIONS.c.resource_uid == _RESOURCES.c.uid, _REVISIONS.c.generation == _RESOURCES.c.generation
)
# Copied inside the database: the specs have just been written there.
_KEEP_REVISIONS = insert(_REVISIONS).from_select(
    [
        *("resource_uid", "kind", "namespace", "name", "generation", "spec", "source"),
        *("outcome", "outcome_message", "actor", "created_at"),
    ],
    select(
        _RESOURCES.c.uid,
        _RESOURCES.c.kind,
        _RESOURCES.c.namespace,
        _RESOURCES.c.name,
        _RESOURCES.c.generation,
        _RESOURCES.c.spec,
        _RESOURCES.c.source,
        literal(""),
        literal(""),
        bindparam("actor", type_=String()),
        bindparam("now", type_=UtcDateTime()),
    ).where(_RESOURCES.c.resource_version.between(bindparam("first"), bindparam("last")), ~_IS_KEPT),
)

EDITS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """One resource before (None: new) and after. Its version and the time of its update are set when it is written.

    `verb` goes into the audit trail, `reason` and `message` into an event, none when `reason` is "".
    """

    before: Stored | None
    after: Stored
    verb: str
    message: str
    reason: str = ""


def write(session: Session, edits: Sequence[Edit], *, actor: str, now: datetime) -> list[Stored]:
    """Write edits with everything that belongs to them, and return the resources as stored, in order."""
    # In parts: rows that live for a moment only cost the garbage collector nothing.
    parts = [edits[start : start + EDITS_AT_ONCE] for start in range(0, len(edits), EDITS_AT_ONCE)]
    return [stored for part in parts for stored in write_part(session, part, actor, now)]


def write_part(session: Session, edits: Sequence[Edit], actor: str, now: datetime) -> list[Stored]:
    """Write some edits."""
    log = [changes.Changed(edit.after.key, edit.after.uid, "MODIFIED" if edit.before else "ADDED") for edit in edits]
    versions = changes.record(session, log, now)
    pairs = [
        (edit, replace(edit.after, resource_version=version, updated_at=now))
        for edit, version in zip(edits, versions, strict=True)
    ]
    resource_rows.insert_all(session, [stored for edit, stored in pairs if edit.before is None])
    resource_rows.update_all(session, [stored for edit, stored in pairs if edit.before is not None])
    write_revisions(session, versions, actor, now)
    events.record_new(session, [event(edit) for edit in edits if edit.reason], now)
    audit.record(session, [deed(edit, stored, actor) for edit, stored in pairs], now)
    return [stored for _, stored in pairs]


def write_revisions(session: Session, versions: range, actor: str, now: datetime) -> None:
    """Keep the specs of the resources just written, where they begin a generation."""
    parameters = {"first": versions.start, "last": versions.stop - 1, "actor": actor, "now": now}
    session.connection().execute(_KEEP_REVISIONS, parameters)


def event(edit: Edit) -> events.NewEvent:
    """Return what is said to people about an edit."""
    return events.NewEvent(edit.after.key, edit.reason, edit.message)


def deed(edit: Edit, stored: Stored, actor: str) -> audit.Deed:
    """Return what the audit trail says about an edit."""
    before = edit.before.resource_version if edit.before else 0
    return audit.Deed(stored.key, actor, edit.verb, edit.message, before, stored.resource_version)
