"""List the revisions of a resource: who declared what when, what changed, what it ran with, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from controller.redaction import shown
from controller.views import moment
from desired_state.key import Key
from reconcilers.differences import differences
from store import instances, revisions
from store.revisions import RanWith
from store.tables import Revision

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The kept revisions of one resource, oldest first, with what ran: `running` counts containers by generation."""

    revisions: Sequence[Revision]
    images: Sequence[RanWith]
    running: Mapping[int, int]


def read(session: Session, key: Key) -> Lineage:
    """Return what the store knows about the revisions of a resource, declared or deleted."""
    kept = revisions.last_life(session, key)
    made = [one for one in instances.of(session, key) if one.phase == "created"]
    generations = {one.generation for one in made}
    return Lineage(
        kept,
        revisions.images_of(session, kept[0].resource_uid) if kept else (),
        {number: sum(one.generation == number for one in made) for number in generations},
    )


def listed(lineage: Lineage) -> list[Json]:
    """Return the revisions, newest first, each with what it changed from the kept one before it."""
    rows = lineage.revisions
    pairs = zip([None, *rows], rows, [*rows[1:], None], strict=False)
    return [_row(lineage, before, revision, after) for before, revision, after in pairs][::-1]


def _row(lineage: Lineage, before: Revision | None, revision: Revision, after: Revision | None) -> Json:
    ran_with = [one for one in lineage.images if one.generation == revision.generation]
    return {
        "generation": revision.generation,
        "created_at": moment(revision.created_at),
        "actor": revision.actor,
        "source": revision.source,
        "current": after is None and revision.deleted_at is None,
        "deleted_at": moment(revision.deleted_at),
        "running": lineage.running.get(revision.generation, 0),
        "changes": _changes(before, revision),
        "images": [_image(one) for one in ran_with],
        "outcome": _outcome(revision, after),
    }


def _changes(before: Revision | None, revision: Revision) -> list[Json]:
    """Return what changed, secrets hidden; nothing for the first one that is kept."""
    if before is None:
        return []
    return [
        {"path": f"spec.{path}", "old": shown(f"spec.{path}", old), "new": shown(f"spec.{path}", new)}
        for path, new, old in differences(revision.spec, before.spec)
    ]


def _image(one: RanWith) -> Json:
    return {
        "reference": one.reference,
        "image_id": one.image_id,
        "digest": one.digest,
        "first_used": moment(one.first_used),
    }


def _outcome(revision: Revision, after: Revision | None) -> Json:
    """Return how its rollout ended: ready, failed, superseded before it had ended, or rolling-out."""
    superseded, unrecorded = "superseded", "rolling-out"
    state = revision.outcome or (superseded if after else unrecorded)
    ended = revision.outcome_at or (after.created_at if after else None)
    took = (ended - revision.created_at).total_seconds() if ended and revision.outcome else None
    return {"state": state, "message": revision.outcome_message, "at": moment(ended), "took_s": took}
