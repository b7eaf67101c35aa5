"""The SQLite file: how it is opened, what is checked first, and whether it is still the file we opened."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

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
    with translated(f"read the state store {path}"):
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


@contextmanager
def restore_explained(path: Path) -> Iterator[None]:
    """Add to a StoreCorrupt raised inside what a person does about it."""
    try:
        yield
    except StoreCorrupt as error:
        raise StoreCorrupt(f"{error.message}\n{restore_steps(path)}") from error


def restore_steps(path: Path) -> str:
    """Return what a person does about a damaged store."""
    backups = sorted(path.parent.glob("backups/*.db"))
    newest = backups[-1] if backups else "your newest backup"
    return (
        "Containers keep running and nothing was changed. To restore:\n"
        "  1. stop the controller;\n"
        f"  2. move {path.name}, {path.name}-wal and {path.name}-shm out of {path.parent};\n"
        f"  3. copy {newest} to {path};\n"
        "  4. start the controller and look at `ergon diff`."
    )


class FileIdentity:
    """Which file we opened. SQLite goes on committing into a file that was deleted or replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = self._current()

    def check(self) -> None:
        """Return if the path still leads to the file we opened.

        Raises:
            StoreUnwritable: it does not; commits would vanish.
        """
        if self._current() != self._identity:
            raise StoreUnwritable(
                f"cannot write to the state store: {self._path} was deleted or replaced while it was open; "
                "put it back or restart the controller"
            )

    def _current(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


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


def checkpoint(connection: Connection) -> None:
    """Move the log into the database as far as readers allow, and empty it if all of it went."""
    connection.rollback()
    connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
