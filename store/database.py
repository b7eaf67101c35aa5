"""The state store: one writer, several readers, and who may be which."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from store import backup, meta, schema, sqlite
from store.errors import StoreUnwritable
from store.faults import translated
from store.lock import WriterLock
from store.writer import Writer

T = TypeVar("T")


class Store:
    """An open state store. Closing it twice is fine; the end of the process loses nothing either.

    Functions given to `write` and `read` get a `Session`, ask the query modules, and return values.
    They never commit: what a function wrote is committed when it returns, or none of it if it raises.
    """

    def __init__(self, path: Path, readers: Engine, writer: "WriterSide | None" = None) -> None:
        self.path = path
        self._readers = readers
        self._writer = writer
        self._reading = CapacityLimiter(sqlite.READERS)

    @classmethod
    def open(cls, state_dir: Path, *, busy_timeout_ms: int = sqlite.BUSY_TIMEOUT_MS) -> Self:
        """Open the store as its only writer; makes it, or migrates it after a backup, when needed.

        Raises:
            StoreLocked: another process is the writer.
            StoreCorrupt: the file is damaged or not ours; it is left as it is, and the message says how to restore.
            StoreTooNew: a newer Ergon wrote it.
            StoreUnwritable: the folder or the file can't be written.
        """
        path = state_dir / sqlite.FILE_NAME
        with sqlite.restore_explained(path):
            writer = WriterSide.open(path, busy_timeout_ms)
        return cls(path, sqlite.reader_engine(path, busy_timeout_ms=busy_timeout_ms), writer)

    @classmethod
    def open_readonly(cls, state_dir: Path, *, busy_timeout_ms: int = sqlite.BUSY_TIMEOUT_MS) -> Self:
        """Open the store to look only: takes no lock and changes nothing, beside a writer or without one.

        Raises:
            StoreMissing: there is none.
            StoreCorrupt, StoreTooNew, StoreTooOld, StoreUnwritable: it can't be read.
        """
        path = state_dir / sqlite.FILE_NAME
        sqlite.require_file(path)
        readers = sqlite.reader_engine(path, busy_timeout_ms=busy_timeout_ms)
        with ExitStack() as undo:
            undo.callback(readers.dispose)
            undo.enter_context(sqlite.restore_explained(path))
            with translated(f"read the state store {path}"), readers.connect() as connection:
                schema.check(connection, path)
            undo.pop_all()
        return cls(path, readers)

    @property
    def epoch(self) -> int:
        """The number of this writer among all that ever opened the store; 0 for a reader."""
        return self._writer.epoch if self._writer else 0

    async def write(self, function: Callable[[Session], T]) -> T:
        """Run a function on the writer's thread and return its result after the commit.

        Shares the commit with what else waits, but neither its errors nor its rollback.
        When cancelled, the function may still run and be committed.

        Raises:
            StoreUnwritable: nothing was written; surfaces within the busy timeout.
            Fenced: another process took over.
            whatever the function raises
        """
        return await asyncio.wrap_future(self._for_writing().submit(function))

    def write_sync(self, function: Callable[[Session], T]) -> T:
        """Do what `write` does, for a caller without an event loop."""
        return self._for_writing().submit(function).result()

    async def read(self, function: Callable[[Session], T]) -> T:
        """Run a function on one consistent snapshot and return its result. Keep it short: it delays checkpoints."""
        return await to_thread.run_sync(self.read_sync, function, limiter=self._reading)

    def read_sync(self, function: Callable[[Session], T]) -> T:
        """Do what `read` does, for a caller without an event loop."""
        with translated(f"read the state store {self.path}"), Session(self._readers) as session:
            return function(session)

    async def backup(self, now: datetime) -> Path:
        """Copy the database into `backups/` and return the copy's path; the newest seven are kept."""
        return await to_thread.run_sync(backup.take, self.path, now)

    def close(self) -> None:
        """Finish waiting writes, checkpoint, and let others write."""
        self._readers.dispose()
        if self._writer:
            self._writer.close()

    async def aclose(self) -> None:
        """Do what `close` does, without blocking the event loop."""
        await to_thread.run_sync(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _for_writing(self) -> Writer:
        if self._writer is None:
            raise StoreUnwritable(f"cannot write to the state store {self.path}: it was opened for reading only")
        return self._writer.writer


class WriterSide:
    """What only the writer has: the lock, the connection that writes, its thread and its epoch."""

    def __init__(self, path: Path, lock: WriterLock, connection: Connection, epoch: int) -> None:
        self.epoch = epoch
        self._lock = lock
        self._connection = connection
        self.writer = Writer(
            connection,
            before=lambda session: meta.assert_epoch(session, epoch),
            after=sqlite.FileIdentity(path).check,
            name=str(path),
        )

    @classmethod
    def open(cls, path: Path, busy_timeout_ms: int) -> Self:
        with ExitStack() as undo:
            lock = prepared(path)
            undo.callback(lock.release)
            connection = undo.enter_context(sqlite.connect_writer(path, busy_timeout_ms=busy_timeout_ms))
            epoch = taken_over(connection, path)
            undo.pop_all()
        return cls(path, lock, connection, epoch)

    def close(self) -> None:
        self.writer.close()
        if not self._connection.closed:
            with translated("checkpoint the state store"):
                sqlite.checkpoint(self._connection)
            self._connection.close()
        self._lock.release()


def prepared(path: Path) -> WriterLock:
    """Make the folder and the file where they are missing, and return the lock on them."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = WriterLock.acquire(path.parent)
        sqlite.create_file(path)
    except OSError as error:
        raise StoreUnwritable(f"cannot open the state store {path}: {error.strerror}") from error
    return lock


def taken_over(connection: Connection, path: Path) -> int:
    """Check and migrate the database, and return the epoch of its new writer."""
    now = datetime.now(UTC)
    sqlite.verify(connection, path)
    schema.bring_up_to_date(connection, path, now)
    with translated(f"write to the state store {path}"), Session(bind=connection) as session:
        epoch = meta.begin_epoch(session, now)
        session.commit()
    return epoch
