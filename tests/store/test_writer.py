"""Group commit: one transaction, and everybody's own result."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path

import pytest
from sqlmodel import Session

from store import meta, observations
from store.database import Store
from store.errors import Fenced, NotStored, StoreClosed, StoreUnwritable
from tests.store.builders import NOON

Function = Callable[[Session], object]


def put(topic: str) -> Function:
    return lambda session: observations.put(session, "writer", topic, "written", NOON)


def answer(value: object) -> Function:
    return lambda _: value


def written(store: Store) -> set[str]:
    return set(store.read_sync(lambda session: observations.of(session, "writer")))


class Gate:
    """Holds the writer's thread inside one function, so that what is submitted meanwhile becomes one group."""

    def __init__(self, store: Store) -> None:
        self._open = threading.Event()
        self._entered = threading.Event()
        self._store = store
        self._first = self.submit(self._wait)
        self._entered.wait(10)

    def submit(self, function: Function) -> Future[object]:
        writer = self._store._writer
        assert writer
        return writer.writer.submit(function)

    def _wait(self, _session: Session) -> None:
        self._entered.set()
        self._open.wait(10)

    def open(self) -> None:
        self._open.set()
        self._first.result(10)


def test_a_write_is_visible_to_readers_when_it_returns(store: Store) -> None:
    store.write_sync(put("one"))

    assert written(store) == {"one"}


def test_everyone_in_a_group_gets_an_answer_of_their_own(store: Store) -> None:
    gate = Gate(store)
    futures = [gate.submit(answer(number)) for number in range(20)]

    gate.open()

    assert [future.result(10) for future in futures] == list(range(20))


def test_a_group_is_one_transaction(store: Store) -> None:
    seen: list[set[str]] = []
    gate = Gate(store)
    futures = [
        gate.submit(put("one")),
        # Another connection does not see what the group has written so far.
        gate.submit(lambda _: seen.append(written(store))),
    ]

    gate.open()

    [future.result(10) for future in futures]
    assert seen == [set()]
    assert written(store) == {"one"}


def test_a_function_that_fails_takes_nobody_along(store: Store) -> None:
    def half(session: Session) -> None:
        put("half")(session)
        raise LookupError("mine")

    gate = Gate(store)
    before, failing, after = gate.submit(put("before")), gate.submit(half), gate.submit(put("after"))

    gate.open()

    with pytest.raises(LookupError, match="mine"):
        failing.result(10)
    assert (before.result(10), after.result(10)) == (None, None)
    assert written(store) == {"before", "after"}


def test_a_broken_rule_of_the_database_takes_nobody_along(store: Store) -> None:
    def orphan(session: Session) -> None:
        values = "('Container', 'shop', 'gone', 1, '{}', '2026-05-01')"
        session.connection().exec_driver_sql(
            f"INSERT INTO statuses (kind, namespace, name, resource_version, status, updated_at) VALUES {values}"
        )

    gate = Gate(store)
    failing, after = gate.submit(orphan), gate.submit(put("after"))

    gate.open()

    with pytest.raises(NotStored):
        failing.result(10)
    assert after.result(10) is None
    assert written(store) == {"after"}


def test_a_full_disk_fails_everyone_in_the_group_and_nobody_later(store: Store) -> None:
    def limit_pages(session: Session) -> None:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 1")

    def large(session: Session) -> None:
        observations.put(session, "writer", "large", "x" * 1_000_000, NOON)

    store.write_sync(limit_pages)
    gate = Gate(store)
    futures = [gate.submit(put("one")), gate.submit(large), gate.submit(put("two"))]
    gate.open()

    errors = [future.exception(10) for future in futures]
    assert [type(error) for error in errors] == [StoreUnwritable] * 3
    assert len({id(error) for error in errors}) == 3
    assert written(store) == set()
    store.write_sync(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 100000"))
    store.write_sync(large)
    assert written(store) == {"large"}


def test_a_write_given_up_before_it_began_is_not_done(store: Store) -> None:
    gate = Gate(store)
    given_up = gate.submit(put("given up"))

    assert given_up.cancel()
    gate.open()

    with pytest.raises(CancelledError):
        given_up.result(10)
    store.write_sync(put("later"))
    assert written(store) == {"later"}


def test_closing_finishes_what_waits(state_dir: Path) -> None:
    store = Store.open(state_dir)
    gate = Gate(store)
    waiting = gate.submit(put("waiting"))
    gate.open()

    store.close()

    assert waiting.result(0) is None
    with Store.open_readonly(state_dir) as reader:
        assert written(reader) == {"waiting"}


def test_a_closed_store_writes_no_more(state_dir: Path) -> None:
    store = Store.open(state_dir)
    store.close()
    store.close()

    with pytest.raises(StoreClosed):
        store.write_sync(put("late"))


def test_a_writer_that_was_overtaken_writes_no_more(store: Store) -> None:
    store.write_sync(lambda session: meta.begin_epoch(session, NOON))

    with pytest.raises(Fenced, match="epoch 3, ours was 2"):
        store.write_sync(put("stale"))
    assert written(store) == set()


async def test_many_tasks_write_at_once(store: Store) -> None:
    await asyncio.gather(*(store.write(put(f"topic {number}")) for number in range(300)))

    assert len(await store.read(lambda session: observations.of(session, "writer"))) == 300


async def test_a_tasks_own_error_reaches_it(store: Store) -> None:
    def fail(_session: Session) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await store.write(fail)


async def test_the_event_loop_goes_on_while_the_writer_is_busy(store: Store) -> None:
    gate = Gate(store)
    waiting = asyncio.create_task(store.write(put("waiting")))
    await asyncio.sleep(0)

    gate.open()

    await waiting
    assert written(store) == {"waiting"}


def test_a_lone_function_that_fails_leaves_nothing_behind_and_hinders_nobody(store: Store) -> None:
    class Stopped(BaseException):
        pass

    def half(session: Session) -> None:
        put("half")(session)
        raise Stopped

    with pytest.raises(Stopped):
        store.write_sync(half)
    store.write_sync(put("later"))

    assert written(store) == {"later"}
