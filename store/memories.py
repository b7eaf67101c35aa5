"""What companions remember of a resource or a container. Nobody else writes SQL for it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, delete, select
from sqlmodel import Session

from store.tables import MemoryRow, table_of

_MEMORIES = table_of(MemoryRow)


def recall(session: Session, about: str, topic: str) -> dict[str, Any] | None:
    """Return what was last kept under a topic, None for nothing."""
    kept = select(_MEMORIES.c.content).where(_MEMORIES.c.about == about, _MEMORIES.c.topic == topic)
    content = session.connection().execute(kept).scalar_one_or_none()
    return None if content is None else dict(json.loads(content))


def under(session: Session, topic: str) -> dict[str, dict[str, Any]]:
    """Return what is kept under a topic of everything, by what it is about."""
    kept = select(_MEMORIES.c.about, _MEMORIES.c.content).where(_MEMORIES.c.topic == topic)
    return {about: json.loads(content) for about, content in session.connection().execute(kept)}


def remember(session: Session, about: str, topic: str, value: Mapping[str, Any] | None, now: datetime) -> None:
    """Keep a JSON-ready value in the place of the former one; None forgets it."""
    if value is None:
        session.connection().execute(_delete(about).where(_MEMORIES.c.topic == topic))
        return
    session.merge(MemoryRow(about=about, topic=topic, content=json.dumps(value, separators=(",", ":")), saved_at=now))


def forget(session: Session, about: str) -> None:
    """Keep nothing of what is gone."""
    session.connection().execute(_delete(about))


def purge(session: Session, before: datetime) -> int:
    """Remove what was kept before a time and never since; return how many rows went."""
    return session.connection().execute(delete(_MEMORIES).where(_MEMORIES.c.saved_at < before)).rowcount


def _delete(about: str) -> Delete:
    return delete(_MEMORIES).where(_MEMORIES.c.about == about)
