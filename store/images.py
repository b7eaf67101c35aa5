"""Questions about images: what is remembered of references and versions, and which images Ergon brought here."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy import delete as delete_from
from sqlmodel import Session

from store.tables import ImageReference, ImageVersion, OwnedImage, table_of

_REFERENCES = table_of(ImageReference)
_VERSIONS = table_of(ImageVersion)
_OWNED = table_of(OwnedImage)
_UPDATE = update(_REFERENCES).where(_REFERENCES.c.reference == bindparam("the_reference"))
_THIS_OWNED = (_OWNED.c.image_id == bindparam("the_id"), _OWNED.c.reference == bindparam("the_reference"))


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of one reference; see `store.tables.ImageReference`."""

    reference: str
    fetched_at: datetime | None = None
    context: str = ""
    offered: str = ""
    offered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owned:
    """An image that Ergon brought to the engine under a reference, by a pull or a build."""

    image_id: str
    reference: str
    origin: str
    brought_at: datetime


def remember(session: Session, known: Remembered, now: datetime) -> None:
    """Record what is known of a reference, replacing what was."""
    row = {
        "fetched_at": known.fetched_at,
        "context": known.context,
        "offered": known.offered,
        "offered_since": known.offered_since,
        "changed_at": now,
    }
    connection = session.connection()
    if connection.execute(_UPDATE, row | {"the_reference": known.reference}).rowcount == 0:
        connection.execute(insert(_REFERENCES), row | {"reference": known.reference})


def references(session: Session) -> dict[str, Remembered]:
    """Return what is remembered, by reference."""
    rows = session.connection().execute(select(_REFERENCES))
    return {
        row.reference: Remembered(row.reference, row.fetched_at, row.context, row.offered, row.offered_since)
        for row in rows
    }


def add_versions(session: Session, repository: str, first_seen: Mapping[str, datetime]) -> None:
    """Record tags of a repository that were not known, each with the time from which its age counts."""
    rows: list[dict[str, Any]] = [
        {"repository": repository, "tag": tag, "first_seen": moment} for tag, moment in first_seen.items()
    ]
    if rows:
        session.connection().execute(insert(_VERSIONS), rows)


def versions(session: Session) -> dict[str, dict[str, datetime]]:
    """Return since when which tag is known, by repository."""
    found: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for row in session.connection().execute(select(_VERSIONS)):
        found[row.repository][row.tag] = row.first_seen
    return dict(found)


def own(session: Session, image: Owned) -> None:
    """Record that Ergon brought an image here; again brings nothing new."""
    disown(session, image.image_id, image.reference)
    row = {"image_id": image.image_id, "reference": image.reference}
    session.connection().execute(insert(_OWNED), row | {"origin": image.origin, "brought_at": image.brought_at})


def owned(session: Session) -> list[Owned]:
    """Return every image that Ergon brought here, the oldest first; some may be gone meanwhile."""
    rows = session.connection().execute(select(_OWNED).order_by(_OWNED.c.brought_at, _OWNED.c.image_id))
    return [Owned(row.image_id, row.reference, row.origin, row.brought_at) for row in rows]


def disown(session: Session, image_id: str, reference: str) -> None:
    """Forget that an image was brought here under a reference."""
    session.connection().execute(
        delete_from(_OWNED).where(*_THIS_OWNED), {"the_id": image_id, "the_reference": reference}
    )


def disown_all_but(session: Session, present: Collection[str]) -> int:
    """Forget the images that the engine has no more, and return how many those are."""
    gone = {row.image_id for row in owned(session)} - set(present)
    if not gone:
        return 0
    return session.connection().execute(delete_from(_OWNED).where(_OWNED.c.image_id.in_(gone))).rowcount
