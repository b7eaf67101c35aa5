"""Questions about revisions: one per generation of a resource, with the images it ran with and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, exists, insert, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from desired_state.key import Key
from store.columns import UtcDateTime
from store.tables import ResourceRow, Revision, RevisionImage, table_of

_REVISIONS = table_of(Revision)
_IMAGES = table_of(RevisionImage)
_THIS = (_REVISIONS.c.resource_uid == bindparam("the_uid"), _REVISIONS.c.generation == bindparam("the_generation"))
_IS_KNOWN = exists().where(
    _IMAGES.c.resource_uid == _REVISIONS.c.resource_uid,
    _IMAGES.c.generation == _REVISIONS.c.generation,
    _IMAGES.c.image_id == bindparam("image_id"),
)
# Nothing happens for a revision that is kept no more: what it ran with is of no use without it.
_REMEMBER_IMAGE = insert(_IMAGES).from_select(
    ["resource_uid", "generation", "image_id", "reference", "digest", "first_used"],
    select_columns(
        _REVISIONS.c.resource_uid,
        _REVISIONS.c.generation,
        bindparam("image_id", type_=String()),
        bindparam("reference", type_=String()),
        bindparam("digest", type_=String()),
        bindparam("now", type_=UtcDateTime()),
    ).where(*_THIS, ~_IS_KNOWN),
)
_SETTLE = (
    update(_REVISIONS)
    .where(*_THIS, _REVISIONS.c.outcome != bindparam("ended"))
    .values(outcome=bindparam("ended"), outcome_message=bindparam("message"), outcome_at=bindparam("now"))
)
_FAIL = _SETTLE.where(_REVISIONS.c.outcome != "ready")
_MARK_DELETED = (
    update(_REVISIONS).where(_REVISIONS.c.resource_uid == bindparam("the_uid")).values(deleted_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class RanWith:
    """An image that a revision's containers were made from.

    `image_id` is what Docker calls it on this host; `digest` the repository digest, "" when it came
    from no registry; `first_used` is set by the store.
    """

    generation: int
    image_id: str
    reference: str
    digest: str = ""
    first_used: datetime | None = None


def current(session: Session, key: Key) -> Revision | None:
    """Return the newest revision of a resource, None if it is not declared."""
    return session.exec(of_key(key).order_by(col(Revision.generation).desc()).limit(1)).first()


def list_for(session: Session, key: Key) -> Sequence[Revision]:
    """Return the kept revisions of a resource, oldest first; empty if it is not declared."""
    return session.exec(of_key(key).order_by(col(Revision.generation))).all()


def get(session: Session, key: Key, generation: int) -> Revision | None:
    """Return one revision of a resource, None if there is no such generation (any more)."""
    return session.exec(of_key(key).where(Revision.generation == generation)).first()


def last_life(session: Session, key: Key) -> Sequence[Revision]:
    """Return the kept revisions of the resource that has this key, or else of the last one that had; oldest first."""
    newest = select(Revision.resource_uid).where(*_named(key)).order_by(col(Revision.created_at).desc()).limit(1)
    if (uid := session.exec(newest).first()) is None:
        return []
    return session.exec(select(Revision).where(Revision.resource_uid == uid).order_by(col(Revision.generation))).all()


def declared_at(session: Session, at: datetime) -> list[Revision]:
    """Return the revision that each resource had at a moment, by kind, namespace and name."""
    then = select(Revision).where(
        col(Revision.created_at) <= at, or_(col(Revision.deleted_at).is_(None), col(Revision.deleted_at) > at)
    )
    newest = {row.resource_uid: row for row in session.exec(then.order_by(col(Revision.generation)))}
    return sorted(newest.values(), key=lambda row: row.key)


def specs(session: Session, uid: str, generations: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the specs of some revisions of one resource, as far as they are kept."""
    wanted = select(Revision.generation, Revision.spec).where(
        Revision.resource_uid == uid, col(Revision.generation).in_(generations)
    )
    return {generation: dict(spec) for generation, spec in session.exec(wanted)}


def keys(session: Session) -> frozenset[Key]:
    """Return the keys of all that is declared, or was and is still known."""
    named = select(Revision.kind, Revision.namespace, Revision.name).distinct()
    return frozenset(Key(*row) for row in session.exec(named))


def images(session: Session, key: Key) -> list[RanWith]:
    """Return what the kept revisions of a resource ran with, the newest last; several when a tag moved meanwhile."""
    return _ran_with(session, [row.resource_uid for row in list_for(session, key)[:1]])


def images_of(session: Session, uid: str) -> list[RanWith]:
    """Return what the kept revisions of one resource ran with, by uid: deleted ones too."""
    return _ran_with(session, [uid])


def image_ids(session: Session) -> frozenset[str]:
    """Return the ids of all images that a kept revision of anything declared ran with."""
    of_declared = select(RevisionImage.image_id).join(
        ResourceRow, col(ResourceRow.uid) == col(RevisionImage.resource_uid)
    )
    return frozenset(session.exec(of_declared))


def last_images(session: Session) -> dict[str, RanWith]:
    """Return what containers of what is declared now were last made from, by the resource's uid."""
    newest = (
        select(RevisionImage)
        .join(ResourceRow, col(ResourceRow.uid) == col(RevisionImage.resource_uid))
        .where(RevisionImage.generation == ResourceRow.generation)
        .order_by(col(RevisionImage.first_used))
    )
    return {row.resource_uid: _ran(row) for row in session.exec(newest)}


def remember_image(session: Session, uid: str, image: RanWith, now: datetime) -> None:
    """Record that containers of a revision are made from an image; once for each of both."""
    parameters = {"the_uid": uid, "the_generation": image.generation, "image_id": image.image_id, "now": now}
    session.connection().execute(_REMEMBER_IMAGE, parameters | {"reference": image.reference, "digest": image.digest})


def settle(
    session: Session, uid: str, generation: int, *, outcome: str, message: str, now: datetime, undone: bool = False
) -> None:
    """Record how the rollout of a revision ended: `ready` or `failed`; the same again changes nothing.

    What fails after it was ready has not failed to roll out, unless it was `undone` for that.
    """
    parameters = {"the_uid": uid, "the_generation": generation, "ended": outcome, "message": message, "now": now}
    session.connection().execute(_SETTLE if undone or outcome == "ready" else _FAIL, parameters)


def mark_deleted(session: Session, uid: str, now: datetime) -> None:
    """Record that the resource of these revisions is gone."""
    session.connection().execute(_MARK_DELETED, {"the_uid": uid, "now": now})


def of_key(key: Key) -> SelectOfScalar[Revision]:
    """Return the query for the revisions of the resource that has this key now."""
    declared = select(ResourceRow.uid).where(
        ResourceRow.kind == key.kind, ResourceRow.namespace == key.namespace, ResourceRow.name == key.name
    )
    return select(Revision).where(col(Revision.resource_uid).in_(declared))


def _named(key: Key) -> tuple[bool, bool, bool]:
    return (Revision.kind == key.kind, Revision.namespace == key.namespace, Revision.name == key.name)


def _ran_with(session: Session, uids: Sequence[str]) -> list[RanWith]:
    wanted = select(RevisionImage).where(col(RevisionImage.resource_uid).in_(uids))
    ordered = wanted.order_by(col(RevisionImage.generation), col(RevisionImage.first_used))
    return [_ran(row) for row in session.exec(ordered)]


def _ran(row: RevisionImage) -> RanWith:
    return RanWith(row.generation, row.image_id, row.reference, row.digest, row.first_used)
