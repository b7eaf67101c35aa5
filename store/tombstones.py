"""Questions about what was really deleted, so that its leftovers in Docker are known as such."""

from datetime import datetime

from sqlmodel import Session, select

from desired_state.key import Key
from store.tables import Tombstone


def of(session: Session, uid: str) -> Tombstone | None:
    """Return the tombstone of a resource that was deleted in the last seven days, None for others."""
    return session.get(Tombstone, uid)


def uids(session: Session) -> frozenset[str]:
    """Return the uids of everything that was deleted in the last seven days."""
    return frozenset(session.exec(select(Tombstone.uid)))


def put(session: Session, key: Key, uid: str, now: datetime) -> None:
    """Remember that a resource was deleted."""
    session.add(Tombstone(kind=key.kind, namespace=key.namespace, name=key.name, uid=uid, deleted_at=now))
    session.flush()
