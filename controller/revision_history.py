"""List the revisions of a resource: who declared what when, what changed, what it ran with, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from controller.redaction import shown
from controller.views import cause, moment
from desired_state.key import Key
from reconcilers.differences import differences
from store import exit_reports, exits, instances, revisions
from store.exit_reports import Report
from store.revisions import RanWith
from store.tables import Exit, Revision

Json = dict[str, Any]

# So many of the newest ends are looked at for crashes.
_ENDS = 2000


@dataclass(frozen=True, slots=True)
class Lineage:
    """The kept revisions of one resource, oldest first, with what ran: `running` counts containers by generation.

    `crashes` are the ends of runs that nobody wanted, oldest first, with their causes by the ends' ids in `reports`.
    """

    revisions: Sequence[Revision]
    images: Sequence[RanWith]
    running: Mapping[int, int]
    crashes: Sequence[Exit] = ()
    reports: Mapping[int, Report] = field(default_factory=dict)


def read(session: Session, key: Key) -> Lineage:
    """Return what the store knows about the revisions of a resource, declared or deleted."""
    kept = revisions.last_life(session, key)
    made = [one for one in instances.of(session, key) if one.phase == "created"]
    generations = {one.generation for one in made}
    crashes = [end for end in exits.of(session, key, _ENDS) if end.counted]
    return Lineage(
        kept,
        revisions.images_of(session, kept[0].resource_uid) if kept else (),
        {number: sum(one.generation == number for one in made) for number in generations},
        crashes,
        exit_reports.of(session, crashes),
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
        "crashes": _crashes(lineage, revision, after),
    }


def _crashes(lineage: Lineage, revision: Revision, after: Revision | None) -> Json:
    """Return how often containers crashed while a revision was the declared one, and why the last of them did."""
    until = after.created_at if after else revision.deleted_at
    ends = [end for end in lineage.crashes if end.recorded_at >= revision.created_at]
    ends = [end for end in ends if until is None or end.recorded_at < until]
    last = ends[-1] if ends else None
    return {
        "count": len(ends),
        "last_at": moment(last.finished_at) if last else None,
        "last_cause": cause(last, lineage.reports.get(last.id)) if last else "",
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
