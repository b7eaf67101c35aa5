"""What companions remember about containers across restarts: one text per subject and topic."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session

from store.tables import Observation, table_of

_OBSERVATIONS = table_of(Observation)
_THIS = (_OBSERVATIONS.c.subject == bindparam("the_subject"), _OBSERVATIONS.c.topic == bindparam("the_topic"))
_GET = select(_OBSERVATIONS.c.value).where(*_THIS)
_UPDATE = update(_OBSERVATIONS).where(*_THIS)
_INSERT = insert(_OBSERVATIONS)
_OF_SUBJECT = select(_OBSERVATIONS.c.topic, _OBSERVATIONS.c.value).where(
    _OBSERVATIONS.c.subject == bindparam("the_subject")
)
_FORGET = delete(_OBSERVATIONS).where(_OBSERVATIONS.c.subject == bindparam("the_subject"))


def put(session: Session, subject: str, topic: str, value: str, now: datetime) -> None:
    """Remember a text, in place of what was remembered about the same subject and topic.

    Args:
        subject: whom it is about, an instance's uid or a container's id.
        topic: what it says (`memory`, `services`), chosen by the one who remembers.
    """
    row = {"value": value, "recorded_at": now}
    connection = session.connection()
    if connection.execute(_UPDATE, row | {"the_subject": subject, "the_topic": topic}).rowcount == 0:
        connection.execute(_INSERT, row | {"subject": subject, "topic": topic})


def get(session: Session, subject: str, topic: str) -> str | None:
    """Return what is remembered, None if nothing is."""
    parameters = {"the_subject": subject, "the_topic": topic}
    return session.connection().execute(_GET, parameters).scalar_one_or_none()


def of(session: Session, subject: str) -> Mapping[str, str]:
    """Return everything that is remembered about a subject, by topic."""
    rows = session.connection().execute(_OF_SUBJECT, {"the_subject": subject})
    return {topic: value for topic, value in rows}  # noqa: C416 - a row is no pair to dict()


def forget(session: Session, subject: str) -> None:
    """Forget everything about a subject."""
    session.connection().execute(_FORGET, {"the_subject": subject})
