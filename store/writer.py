"""The one thread that writes. Everything that waits for it is committed together.

A commit costs a flush of the disk, the statements in it almost nothing: so all functions that wait
when a transaction begins share it, and each gets its own result or its own exception after the
commit. One that is alone needs no more; several have a savepoint each. The transaction begins before
the functions are collected: while another process holds the lock, everybody waits in the same five seconds.
"""

import copy
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlmodel import Session

from store.errors import StoreClosed, StoreError, StoreUnwritable
from store.faults import translated

T = TypeVar("T")

# The most functions in one commit; bounds how long the first of them waits for the others.
LARGEST_GROUP = 256


@dataclass(slots=True)
class Call:
    """One function that waits, and who waits for it."""

    function: Callable[[Session], Any]
    future: Future[Any] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        # Each caller raises an exception of its own: tracebacks and causes must not mix.
        self.future.set_exception(copy.copy(error) if isinstance(error, StoreError) else error)


@dataclass(slots=True)
class Answer:
    """What came of one function: a result or an exception, kept until the commit."""

    call: Call
    result: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if self.error is None:
            self.call.future.set_result(self.result)
        else:
            self.call.future.set_exception(self.error)


class Writer:
    """Owns the writing connection from construction until `close`.

    `before` runs first and `after` last in every transaction; what they raise fails all of it.
    """

    def __init__(
        self, connection: Connection, *, before: Callable[[Session], None], after: Callable[[], None], name: str
    ) -> None:
        self._connection = connection
        self._before = before
        self._after = after
        self._doing = f"write to the state store {name}"
        self._waiting: SimpleQueue[Call | None] = SimpleQueue()
        self._admission = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[Session], T]) -> Future[T]:
        """Queue a function; the future is done after the commit.

        Raises:
            StoreClosed: nothing is written any more.
        """
        call = Call(function)
        with self._admission:
            if self._closed:
                raise StoreClosed("the state store is closed")
            self._waiting.put(call)
        return call.future

    def close(self) -> None:
        """Finish what waits, then stop. Later calls fail with StoreClosed."""
        with self._admission:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            if self._begun(first):
                self._finish(started([first, *self._others()]))

    def _begun(self, first: Call) -> bool:
        """Begin a transaction; when that is impossible, tell everybody who waits and return False."""
        try:
            with translated(self._doing):
                self._connection.begin()
        except Exception as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._connection.rollback()
            for call in started([first, *self._others()]):
                call.fail(error)
            return False
        return True

    def _others(self) -> list[Call]:
        others: list[Call] = []
        while len(others) < LARGEST_GROUP - 1:
            try:
                call = self._waiting.get_nowait()
            except Empty:
                break
            if call is None:
                self._waiting.put(None)
                break
            others.append(call)
        return others

    def _finish(self, group: list[Call]) -> None:
        try:
            with translated(self._doing):
                answers = self._run(group)
                self._connection.commit()
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._connection.rollback()
            for call in group:
                call.fail(error)
        else:
            for answer in answers:
                answer.deliver()

    def _run(self, group: list[Call]) -> list[Answer]:
        with self._session() as session:
            self._before(session)
        answers = [self._alone(group[0])] if len(group) == 1 else [self._isolated(call) for call in group]
        self._after()
        return answers

    def _alone(self, call: Call) -> Answer:
        """Run the only function of a transaction: what it raises fails all of it, so that it needs no savepoint."""
        with self._session() as session, translated(self._doing):
            result = call.function(session)
            session.flush()
        return Answer(call, result)

    def _isolated(self, call: Call) -> Answer:
        self._connection.exec_driver_sql("SAVEPOINT one_call")
        try:
            with self._session() as session, translated(self._doing):
                result = call.function(session)
                session.flush()
        except StoreUnwritable:
            # Of the store itself, not of this function: SQLite may have given up the whole transaction.
            raise
        except BaseException as error:  # noqa: BLE001 - belongs to the caller, who gets it
            self._connection.exec_driver_sql("ROLLBACK TO one_call")
            return Answer(call, error=error)
        self._connection.exec_driver_sql("RELEASE one_call")
        return Answer(call, result)

    def _session(self) -> Session:
        # The session joins our transaction and never ends it.
        return Session(bind=self._connection, join_transaction_mode="rollback_only", expire_on_commit=False)


def started(calls: list[Call]) -> list[Call]:
    """Return the calls that nobody has given up meanwhile; from here on they can't be."""
    return [call for call in calls if call.future.set_running_or_notify_cancel()]
