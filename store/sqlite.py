"""The store in an SQLite file: how it is opened, what is checked first, and whether it is still the file we opened."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from store import backup
from store.backend import Backend
from store.codecs import compact_json
from store.errors import StoreCorrupt, StoreMissing, StoreUnwritable
from store.faults import translated

FILE_NAME = "ergon.db"
# "ErgS": tells our files from everybody else's (SQLite file format, offset 68).
APPLICATION_ID = 0x45726753
# Milliseconds. The longest that a writer waits for another process's lock.
BUSY_TIMEOUT_MS = 5000
READERS = 4

PRAGMAS = ("busy_timeout={busy_timeout}", "foreign_keys=ON", "trusted_schema=OFF")
# FULL: a commit we answered survives a power cut. The engine can't absorb more commits than it allows.
WRITER_PRAGMAS = (*PRAGMAS, "journal_mode=WAL", "synchronous=FULL")
# Only the writer may checkpoint: two connections that do so at once can corrupt SQLite before 3.51.3.
READER_PRAGMAS = (*PRAGMAS, "query_only=ON", "wal_autocheckpoint=0")


class SqliteFile(Backend):
    """The backend in `ergon.db` of a state folder."""

    def __init__(self, state_dir: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = state_dir / FILE_NAME
        self._busy_timeout_ms = busy_timeout_ms
        self._opened: tuple[int, int] | None = None

    @property
    def shown(self) -> str:
        """The file's path."""
        return str(self.path)

    def connect_writer(self) -> Connection:
        """Return the one connection that writes; makes the file when there is none."""
        create_file(self.path)
        connection = connect_writer(self.path, busy_timeout_ms=self._busy_timeout_ms)
        self._opened = identity(self.path)
        return connection

    def reader_engine(self) -> Engine:
        """Return connections to a file that is there."""
        return reader_engine(self.path, busy_timeout_ms=self._busy_timeout_ms)

    def verify(self, connection: Connection) -> None:
        """Check every page; takes a millisecond per megabyte or so."""
        with translated(f"read the state store {self.path}"):
            verify(connection, self.path)

    def require_store(self, connection: Connection) -> None:
        """Look at the file's header."""
        require_ours(connection, self.path)

    def schema_version(self, connection: Connection) -> int:
        """Return what the file's header says."""
        return pragma(connection, "user_version")

    def mark_schema(self, connection: Connection, version: int) -> None:
        """Write the header: whose file it is, and which schema."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")

    def back_up(self, now: datetime, label: str) -> None:
        """Copy the file into `backups/`."""
        backup.take(self.path, now, label=label)

    def restore_steps(self) -> str:
        """Return how a backup comes back, by name if there is one."""
        backups = sorted(self.path.parent.glob("backups/*.db"))
        newest = backups[-1] if backups else "your newest backup"
        name, folder = self.path.name, self.path.parent
        return (
            "Containers keep running and nothing was changed. To restore:\n"
            "  1. stop the controller;\n"
            f"  2. move {name}, {name}-wal and {name}-shm out of {folder};\n"
            f"  3. copy {newest} to {self.path};\n"
            "  4. start the controller and look at `ergon diff`."
        )

    def check_unharmed(self) -> None:
        """Compare the file at the path with the one we opened: SQLite goes on committing into a deleted one."""
        if identity(self.path) != self._opened:
            raise StoreUnwritable(
                f"cannot write to the state store: {self.path} was deleted or replaced while it was open; "
                "put it back or restart the controller"
            )

    def checkpoint(self, connection: Connection) -> None:
        """Move the log into the database as far as readers allow, and empty it if all of it went."""
        connection.rollback()
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def create_file(path: Path) -> None:
    """Make an empty database file that only we may read, unless there is one."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return


def connect_writer(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Connection:
    """Return the one connection that writes. The file must exist."""

    def connect() -> sqlite3.Connection:
        return opened(path, "rw", WRITER_PRAGMAS, busy_timeout_ms)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, json_serializer=compact_json)
    # A deferred transaction that turns into a writing one fails at once, whatever the busy timeout.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with translated(f"open the state store {path}"):
        return engine.connect()


def reader_engine(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """Return a small pool of connections that can't write, not even by mistake."""

    def connect() -> sqlite3.Connection:
        return opened(path, "ro", READER_PRAGMAS, busy_timeout_ms)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        json_serializer=compact_json,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def opened(path: Path, mode: str, pragmas: tuple[str, ...], busy_timeout_ms: int) -> sqlite3.Connection:
    """Return a connection of the driver that begins no transactions by itself."""
    uri = f"file:{quote(str(path))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma.format(busy_timeout=busy_timeout_ms)}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def verify(connection: Connection, path: Path) -> None:
    """Check that the file is sound, and ours or empty.

    Raises:
        StoreCorrupt: it is not.
    """
    problems = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
    is_empty = pragma(connection, "schema_version") == 0
    if problems != ["ok"]:
        raise StoreCorrupt(f"the state store {path} is damaged: {'; '.join(problems)}")
    if not is_empty:
        require_ours(connection, path)


def require_ours(connection: Connection, path: Path) -> None:
    """Raise StoreCorrupt for a database that another program made."""
    if pragma(connection, "application_id") != APPLICATION_ID:
        raise StoreCorrupt(f"{path} is not a state store of Ergon's")


def pragma(connection: Connection, name: str) -> int:
    """Return the value of an integer pragma."""
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def require_file(path: Path) -> None:
    """Raise StoreMissing unless there is a database with something in it."""
    try:
        is_there = path.stat().st_size > 0
    except FileNotFoundError:
        is_there = False
    except OSError as error:
        raise StoreUnwritable(f"cannot open the state store {path}: {error.strerror}") from error
    if not is_there:
        raise StoreMissing(f"there is no state store in {path.parent}; `ergon apply` makes one")


def identity(path: Path) -> tuple[int, int] | None:
    """Return which file a path leads to, None when to none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
