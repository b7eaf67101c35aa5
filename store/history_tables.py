"""The tables that only questions about the past read, and nothing about how they are used."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from store.columns import UtcDateTime
from store.tables import Keyed, Row


class Period(Row, table=True):
    """A time in which a controller ran (`controller`) or the daemon did not answer (`outage`).

    `ended_at` is None while it lasts.
    """

    __tablename__ = "periods"
    __table_args__ = (Index("ix_periods_ended_at", "ended_at"),)

    id: int = Field(primary_key=True)
    what: str
    message: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MomentRow(Keyed, table=True):
    """How one resource stood from `at` on, until the next row of the same `uid`. `content` is JSON text.

    Two rows of the same fingerprint say the same, whatever their times.
    """

    __tablename__ = "moments"
    __table_args__ = (Index("ix_moments_uid", "uid", "at"), Index("ix_moments_at", "at"))

    id: int = Field(primary_key=True)
    uid: str
    generation: int
    at: datetime = Field(sa_type=UtcDateTime)
    fingerprint: str
    content: str = Field(sa_type=Text)
