"""What happens to the file: locked, full, read-only, damaged, deleted."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from store import backup, observations, resources, sqlite
from store.database import Store
from store.errors import StoreCorrupt, StoreError, StoreUnwritable
from tests.store.builders import NOON, WEB, resource


def put(session: Session) -> None:
    observations.put(session, "a", "b", "c", NOON)


def get(session: Session) -> str | None:
    return observations.get(session, "a", "b")


@contextmanager
def locked_by_another(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_lock_that_is_let_go_in_time_is_waited_for(state_dir: Path, database: Path) -> None:
    with Store.open(state_dir, busy_timeout_ms=20_000) as store, locked_by_another(database) as other:
        writer = store._writer
        assert writer
        waiting = writer.writer.submit(put)

        assert not waiting.done()
        other.execute("ROLLBACK")
        waiting.result(20)
        assert store.read_sync(get) == "c"


def test_a_lock_that_is_kept_is_an_error_for_all_who_waited(state_dir: Path, database: Path) -> None:
    with Store.open(state_dir, busy_timeout_ms=50) as store, locked_by_another(database):
        writer = store._writer
        assert writer
        futures = [writer.writer.submit(put) for _ in range(3)]

        for future in futures:
            with pytest.raises(StoreUnwritable, match="another process has locked it"):
                future.result(20)


def test_writing_goes_on_after_the_lock_is_gone(state_dir: Path, database: Path) -> None:
    with Store.open(state_dir, busy_timeout_ms=50) as store:
        with locked_by_another(database), pytest.raises(StoreUnwritable):
            store.write_sync(put)

        store.write_sync(put)
        assert store.read_sync(get) == "c"


def test_reading_goes_on_while_another_process_has_the_lock(store: Store, database: Path) -> None:
    store.write_sync(put)

    with locked_by_another(database):
        assert store.read_sync(get) == "c"


def test_a_full_disk_is_an_error_and_writing_goes_on_when_it_has_room(store: Store) -> None:
    def large(session: Session) -> None:
        observations.put(session, "a", "large", "x" * 1_000_000, NOON)

    store.write_sync(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1"))
    with pytest.raises(StoreUnwritable, match="the disk is full"):
        store.write_sync(large)

    store.write_sync(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 100000"))
    store.write_sync(large)


def test_a_read_only_database_is_an_error_and_stays_readable(store: Store) -> None:
    store.write_sync(put)
    store.write_sync(lambda session: session.connection().exec_driver_sql("PRAGMA query_only = ON"))

    with pytest.raises(StoreUnwritable, match="read-only"):
        store.write_sync(put)
    assert store.read_sync(get) == "c"


def test_a_deleted_database_takes_no_more_writes(store: Store, database: Path) -> None:
    database.unlink()

    with pytest.raises(StoreUnwritable, match="deleted or replaced"):
        store.write_sync(put)


def test_a_replaced_database_takes_no_more_writes(store: Store, database: Path) -> None:
    copy = database.with_name("copy.db")
    shutil.copy(database, copy)
    copy.replace(database)

    with pytest.raises(StoreUnwritable, match="deleted or replaced"):
        store.write_sync(put)


def test_a_database_that_is_put_back_takes_writes_again(store: Store, database: Path) -> None:
    elsewhere = database.with_name("elsewhere.db")
    database.rename(elsewhere)
    with pytest.raises(StoreUnwritable):
        store.write_sync(put)

    elsewhere.rename(database)

    store.write_sync(put)


def test_junk_is_refused_with_the_way_back(state_dir: Path, database: Path) -> None:
    saved = backup.take(database, NOON)
    (state_dir / sqlite.FILE_NAME).write_bytes(b"junk" * 4096)

    with pytest.raises(StoreCorrupt) as refused:
        Store.open(state_dir)

    assert "not a database" in refused.value.message
    assert f"copy {saved} to {state_dir / sqlite.FILE_NAME}" in refused.value.message
    assert (state_dir / sqlite.FILE_NAME).read_bytes() == b"junk" * 4096


def test_the_way_back_leads_back(state_dir: Path, database: Path) -> None:
    with Store.open(state_dir) as store:
        store.write_sync(put)
        saved = backup.take(database, NOON)
    (state_dir / sqlite.FILE_NAME).write_bytes(b"junk" * 4096)

    for name in ("ergon.db", "ergon.db-wal", "ergon.db-shm"):
        (state_dir / name).unlink(missing_ok=True)
    shutil.copy(saved, state_dir / sqlite.FILE_NAME)

    with Store.open(state_dir) as store:
        assert store.read_sync(get) == "c"


def test_someone_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / sqlite.FILE_NAME
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE bookmarks (url TEXT)")

    with pytest.raises(StoreCorrupt, match="not a state store of Ergon's"):
        Store.open(tmp_path)
    with closing(sqlite3.connect(path)) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_a_truncated_database_is_refused_and_left_as_it_is(filled: Path) -> None:
    path = filled / sqlite.FILE_NAME
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(half)

    with pytest.raises(StoreCorrupt, match="To restore"):
        Store.open(filled)
    assert path.read_bytes() == half


@pytest.fixture
def filled(state_dir: Path) -> Path:
    """A state folder with a store that has something on every page, closed."""
    with Store.open(state_dir) as store:
        store.write_sync(lambda session: resources.apply(session, [resource()], actor="ann", now=NOON))
        store.write_sync(put)
    return state_dir


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(place=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_flipped_byte_is_found_or_does_no_harm(place: float, flipped: int, filled: Path) -> None:
    path = filled / sqlite.FILE_NAME
    sound = path.read_bytes()
    damaged = bytearray(sound)
    damaged[int(place * len(sound))] ^= flipped
    path.write_bytes(damaged)
    try:
        look_at(filled)
    except StoreError:
        assert path.read_bytes() == damaged
    finally:
        path.write_bytes(sound)


def look_at(state_dir: Path) -> None:
    # A byte in the middle of a stored text can't be found out: then the text is another one.
    with Store.open_readonly(state_dir) as store:
        assert store.read_sync(lambda session: len(resources.all(session))) <= 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cant_be_written_is_a_clear_error(state_dir: Path) -> None:
    state_dir.chmod(0o500)
    try:
        with pytest.raises(StoreUnwritable, match="Permission denied"):
            Store.open(state_dir)
    finally:
        state_dir.chmod(0o700)


@pytest.mark.parametrize("damage", ["X'7BFF22'", "'{'", "'{\"image\":7}'"])
def test_a_damaged_value_is_an_error_of_the_store(filled: Path, damage: str) -> None:
    with closing(sqlite3.connect(filled / sqlite.FILE_NAME)) as other:
        other.execute(f"UPDATE resources SET spec = CAST({damage} AS TEXT)")
        other.commit()

    with Store.open(filled) as store, pytest.raises(StoreCorrupt, match="damaged"):
        store.read_sync(lambda session: resources.get(session, WEB))
