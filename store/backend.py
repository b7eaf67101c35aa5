"""What a database must offer to hold the store. SQLite in a file is the usual one; PostgreSQL is there by URL."""

from abc import ABC, abstractmethod
from datetime import datetime

from sqlalchemy import Connection, Engine


class Backend(ABC):
    """One place for the tables."""

    @property
    @abstractmethod
    def shown(self) -> str:
        """Return the place's name for people, without passwords."""

    @abstractmethod
    def connect_writer(self) -> Connection:
        """Return the one connection that writes; each of its transactions excludes other writers.

        Raises:
            StoreLocked: the database itself knows of another writer.
            StoreUnwritable: it can't be reached or opened.
        """

    @abstractmethod
    def reader_engine(self) -> Engine:
        """Return a small pool of connections that can't write; each transaction sees one moment."""

    @abstractmethod
    def verify(self, connection: Connection) -> None:
        """Return if what is there is sound, and ours or empty.

        Raises:
            StoreCorrupt: it is not.
        """

    @abstractmethod
    def require_store(self, connection: Connection) -> None:
        """Return if a store was made here. Looks only, and quickly.

        Raises:
            StoreMissing: none was.
            StoreCorrupt: something else is there.
        """

    @abstractmethod
    def schema_version(self, connection: Connection) -> int:
        """Return the schema of what is there, 0 when it is empty."""

    @abstractmethod
    def mark_schema(self, connection: Connection, version: int) -> None:
        """Record that the migrations up to `version` were run, in their transaction."""

    @abstractmethod
    def back_up(self, now: datetime, label: str) -> None:
        """Keep a copy from before a migration, where that is ours to do."""

    @abstractmethod
    def restore_steps(self) -> str:
        """Return what a person does about a damaged store."""

    @abstractmethod
    def check_unharmed(self) -> None:
        """Return if commits still go where we opened it.

        Raises:
            StoreUnwritable: they would be lost.
        """

    @abstractmethod
    def checkpoint(self, connection: Connection) -> None:
        """Put things in order before the writer closes."""
