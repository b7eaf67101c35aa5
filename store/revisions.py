"""Questions about revisions. One per generation of a resource; they go when the resource goes."""

from collections.abc import Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from desired_state.key import Key
from store.tables import ResourceRow, Revision


def current(session: Session, key: Key) -> Revision | None:
    """Return the newest revision of a resource, None if it is not declared."""
    return session.exec(of_key(key).order_by(col(Revision.generation).desc()).limit(1)).first()


def list_for(session: Session, key: Key) -> Sequence[Revision]:
    """Return all revisions of a resource, oldest first; empty if it is not declared."""
    return session.exec(of_key(key).order_by(col(Revision.generation))).all()


def get(session: Session, key: Key, generation: int) -> Revision | None:
    """Return one revision of a resource, None if there is no such generation."""
    return session.exec(of_key(key).where(Revision.generation == generation)).first()


def of_key(key: Key) -> SelectOfScalar[Revision]:
    """Return the query for the revisions of the resource that has this key now."""
    return (
        select(Revision)
        .join(ResourceRow, col(ResourceRow.uid) == col(Revision.resource_uid))
        .where(ResourceRow.kind == key.kind, ResourceRow.namespace == key.namespace, ResourceRow.name == key.name)
    )
