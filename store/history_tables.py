"""The tables that only questions about the past read, and nothing about how they are used."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from store.columns import UtcDateTime
from store.tables import Row


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
