"""The one way in which a stored resource changes: row, revision, event, change and audit row together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from desired_state.resource import Stored
from store import audit, changes, events, resource_rows
from store.tables import Revision, table_of

_INSERT_REVISION = insert(table_of(Revision))


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

    @property
    def new_spec(self) -> bool:
        """Whether this is a generation of its own."""
        return self.before is None or self.before.generation != self.after.generation


def write(session: Session, edits: Sequence[Edit], *, actor: str, now: datetime) -> list[Stored]:
    """Write edits with everything that belongs to them, and return the resources as stored, in order."""
    log = [changes.Changed(edit.after.key, edit.after.uid, "MODIFIED" if edit.before else "ADDED") for edit in edits]
    versions = changes.record(session, log, now)
    stored = [
        replace(edit.after, resource_version=version, updated_at=now)
        for edit, version in zip(edits, versions, strict=True)
    ]
    pairs = list(zip(edits, stored, strict=True))
    resource_rows.insert_all(session, [after for edit, after in pairs if edit.before is None])
    resource_rows.update_all(session, [after for edit, after in pairs if edit.before is not None])
    write_revisions(session, [after for edit, after in pairs if edit.new_spec], actor, now)
    events.record_new(
        session, [events.NewEvent(edit.after.key, edit.reason, edit.message) for edit in edits if edit.reason], now
    )
    audit.record(session, [deed(edit, after, actor) for edit, after in pairs], now)
    return stored


def write_revisions(session: Session, stored: Sequence[Stored], actor: str, now: datetime) -> None:
    """Keep the specs that begin a generation."""
    rows = [
        {
            "resource_uid": one.uid,
            "generation": one.generation,
            "spec": one.resource.spec.declared(),
            "actor": actor,
            "source": one.resource.source,
            "created_at": now,
        }
        for one in stored
    ]
    if rows:
        session.connection().execute(_INSERT_REVISION, rows)


def deed(edit: Edit, stored: Stored, actor: str) -> audit.Deed:
    """Return what the audit trail says about an edit."""
    before = edit.before.resource_version if edit.before else 0
    return audit.Deed(stored.key, actor, edit.verb, edit.message, before, stored.resource_version)
