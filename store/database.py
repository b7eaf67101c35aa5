"""The state store: one writer, several readers, and who may be which."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from store import meta, schema, sqlite
from store.backend import Backend
from store.errors import StoreCorrupt, StoreUnwritable
from store.faults import translated
from store.file_systems import network_file_system
from store.lock import WriterLock
from store.postgres import PostgresServer
from store.writer import Writer

T = TypeVar("T")


class Store:
    """An open state store. Closing it twice is fine; the end of the process loses nothing either.

    Functions given to `write` and `read` get a `Session`, ask the query modules, and return values.
    They never commit: what a function wrote is committed when it returns, or none of it if it raises.
    """

    def __init__(self, state_dir: Path, backend: Backend, readers: Engine, writer: "WriterSide | None" = None) -> None:
        self.state_dir = state_dir
        self._backend = backend
        self._readers = readers
        self._writer = writer
        self._reading = CapacityLimiter(sqlite.READERS)

    @classmethod
    def open(cls, state_dir: Path, *, url: str | None = None, busy_timeout_ms: int = sqlite.BUSY_TIMEOUT_MS) -> Self:
        """Open the store as its only writer; makes it, or migrates it after a backup, when needed.

        Args:
            state_dir: the folder with the lock and, without `url`, the database.
            url: of a PostgreSQL database that holds the tables instead.
            busy_timeout_ms: how long a write waits for a lock of another process.

        Raises:
            StoreLocked: another process is the writer.
            StoreCorrupt: the file is damaged or not ours; it is left as it is, and the message says how to restore.
            StoreTooNew: a newer Ergon wrote it.
            StoreUnwritable: the folder, the file or the server can't be written.
        """
        backend = backend_for(state_dir, url, busy_timeout_ms)
        with restore_explained(backend):
            writer = WriterSide.open(backend, state_dir)
        return cls(state_dir, backend, backend.reader_engine(), writer)

    @classmethod
    def open_readonly(
        cls, state_dir: Path, *, url: str | None = None, busy_timeout_ms: int = sqlite.BUSY_TIMEOUT_MS
    ) -> Self:
        """Open the store to look only: takes no lock and changes nothing, beside a writer or without one.

        Raises:
            StoreMissing: there is none.
            StoreCorrupt, StoreTooNew, StoreTooOld, StoreUnwritable: it can't be read.
        """
        if url is None:
            sqlite.require_file(state_dir / sqlite.FILE_NAME)
        backend = backend_for(state_dir, url, busy_timeout_ms)
        with ExitStack() as undo:
            readers = backend.reader_engine()
            undo.callback(readers.dispose)
            undo.enter_context(restore_explained(backend))
            undo.enter_context(translated(f"read the state store {backend.shown}"))
            with readers.connect() as connection:
                backend.require_store(connection)
                schema.check(backend, connection)
            undo.pop_all()
        return cls(state_dir, backend, readers)

    @property
    def path(self) -> Path:
        """The database file in the state folder; with PostgreSQL there is none."""
        return self.state_dir / sqlite.FILE_NAME

    @property
    def epoch(self) -> int:
        """The number of this writer among all that ever opened the store; 0 for a reader."""
        return self._writer.epoch if self._writer else 0

    @property
    def writable(self) -> bool:
        """Whether this is the store's writer."""
        return self._writer is not None

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
        with translated(f"read the state store {self._backend.shown}"), Session(self._readers) as session:
            return function(session)

    async def backup(self, now: datetime) -> None:
        """Copy the database into `backups/`, keeping the newest seven; on PostgreSQL do nothing."""
        await to_thread.run_sync(self._backend.back_up, now, "")

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
            raise StoreUnwritable(
                f"cannot write to the state store {self._backend.shown}: it was opened for reading only"
            )
        return self._writer.writer


class WriterSide:
    """What only the writer has: the lock, the connection that writes, its thread and its epoch."""

    def __init__(self, backend: Backend, lock: WriterLock, connection: Connection, epoch: int) -> None:
        self.epoch = epoch
        self._backend = backend
        self._lock = lock
        self._connection = connection
        self.writer = Writer(
            connection,
            before=lambda session: meta.assert_epoch(session, epoch),
            after=backend.check_unharmed,
            name=backend.shown,
        )

    @classmethod
    def open(cls, backend: Backend, state_dir: Path) -> Self:
        """Become the writer, in the order that leaves nothing behind when a step fails."""
        with ExitStack() as undo:
            lock = locked(state_dir)
            undo.callback(lock.release)
            connection = undo.enter_context(connected(backend))
            epoch = taken_over(backend, connection)
            undo.pop_all()
        return cls(backend, lock, connection, epoch)

    def close(self) -> None:
        """Finish waiting writes and stop being the writer."""
        self.writer.close()
        if not self._connection.closed:
            with translated("checkpoint the state store"):
                self._backend.checkpoint(self._connection)
            self._connection.close()
        self._lock.release()


def backend_for(state_dir: Path, url: str | None, busy_timeout_ms: int) -> Backend:
    """Return where the tables are."""
    if url is None:
        return sqlite.SqliteFile(state_dir, busy_timeout_ms=busy_timeout_ms)
    return PostgresServer(url, busy_timeout_ms=busy_timeout_ms)


@contextmanager
def restore_explained(backend: Backend) -> Iterator[None]:
    """Add to a StoreCorrupt raised inside what a person does about it."""
    try:
        yield
    except StoreCorrupt as error:
        raise StoreCorrupt(f"{error.message}\n{backend.restore_steps()}") from error


def locked(state_dir: Path) -> WriterLock:
    """Return the lock of a folder, which is made when it is missing."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind := network_file_system(state_dir):
            raise StoreUnwritable(
                f"the state store can't be in {state_dir}: on a network file system ({kind}) two machines could write "
                "it at once and damage it; name a local folder with ERGON_STATE_DIR"
            )
        return WriterLock.acquire(state_dir)
    except OSError as error:
        raise StoreUnwritable(f"cannot open the state store in {state_dir}: {error.strerror}") from error


def connected(backend: Backend) -> Connection:
    """Return the connection that writes."""
    try:
        return backend.connect_writer()
    except OSError as error:
        raise StoreUnwritable(f"cannot open the state store {backend.shown}: {error.strerror}") from error


def taken_over(backend: Backend, connection: Connection) -> int:
    """Check and migrate the database, and return the epoch of its new writer."""
    now = datetime.now(UTC)
    backend.verify(connection)
    schema.bring_up_to_date(backend, connection, now)
    with translated(f"write to the state store {backend.shown}"), Session(bind=connection) as session:
        epoch = meta.begin_epoch(session, now)
        session.commit()
    return epoch
