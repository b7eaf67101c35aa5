"""Opening a store: who may, what is made, and what readers can't do."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session

from store import meta, observations, sqlite
from store.database import Store
from store.errors import StoreLocked, StoreMissing, StoreUnwritable
from tests.store.builders import NOON

HOLD_AND_WAIT = "import sys; from pathlib import Path; from store.lock import WriterLock; "
HOLD_AND_WAIT += "WriterLock.acquire(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


def put(session: Session) -> None:
    observations.put(session, "a", "b", "c", NOON)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_opening_makes_a_private_folder_and_private_files(tmp_path: Path) -> None:
    state_dir = tmp_path / "made" / "what?is#this%20name"

    with Store.open(state_dir) as store:
        store.write_sync(put)

        assert mode_of(state_dir) == 0o700
        assert {path.name: mode_of(path) for path in state_dir.iterdir() if path.is_file()} == {
            "ergon.db": 0o600,
            "ergon.db-wal": 0o600,
            "ergon.db-shm": 0o600,
            "writer.lock": 0o600,
        }


def test_every_store_has_an_id_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    ids = []
    for name in ("one", "one", "two"):
        with Store.open(tmp_path / name) as store:
            ids.append(store.read_sync(meta.store_id))

    assert ids[0] == ids[1] != ids[2]


def test_every_writer_has_a_higher_epoch(state_dir: Path) -> None:
    epochs = []
    for _ in range(3):
        with Store.open(state_dir) as store:
            epochs.append(store.epoch)

    assert epochs == sorted(set(epochs))


@pytest.mark.durable
def test_the_writer_is_told_to_be_durable_and_careful(store: Store) -> None:
    def settings(session: Session) -> dict[str, object]:
        connection = session.connection()
        names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "busy_timeout")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}

    assert store.write_sync(settings) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "busy_timeout": 5000,
    }


def test_readers_cant_write(store: Store) -> None:
    with pytest.raises(StoreUnwritable, match="read-only"):
        store.read_sync(put)


def test_a_read_sees_one_moment_however_long_it_takes(store: Store) -> None:
    def before_and_after(session: Session) -> tuple[object, object]:
        before = observations.get(session, "a", "b")
        store.write_sync(put)
        return before, observations.get(session, "a", "b")

    assert store.read_sync(before_and_after) == (None, None)
    assert store.read_sync(lambda session: observations.get(session, "a", "b")) == "c"


def test_a_second_writer_in_this_process_is_refused(store: Store, state_dir: Path) -> None:
    with pytest.raises(StoreLocked) as refused:
        Store.open(state_dir)

    assert refused.value.pid == os.getpid()
    assert refused.value.since


def test_a_second_writer_is_told_who_the_first_is(state_dir: Path) -> None:
    holder = [sys.executable, "-c", HOLD_AND_WAIT, str(state_dir)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"

        with pytest.raises(StoreLocked, match=f"process {other.pid}, running since") as refused:
            Store.open(state_dir)
        assert refused.value.pid == other.pid
        other.kill()

    with Store.open(state_dir) as store:
        assert store.epoch


def test_a_refused_writer_leaves_the_epoch_alone(store: Store, state_dir: Path) -> None:
    with pytest.raises(StoreLocked):
        Store.open(state_dir)

    store.write_sync(put)


def test_a_reader_needs_no_lock_and_begins_no_epoch(store: Store, state_dir: Path) -> None:
    with Store.open_readonly(state_dir) as reader:
        assert reader.read_sync(meta.epoch) == store.epoch
        assert reader.epoch == 0

    store.write_sync(put)


def test_a_reader_sees_what_the_writer_commits(store: Store, state_dir: Path) -> None:
    with Store.open_readonly(state_dir) as reader:
        store.write_sync(put)

        assert reader.read_sync(lambda session: observations.get(session, "a", "b")) == "c"


def test_a_store_opened_for_reading_refuses_to_write(state_dir: Path) -> None:
    with Store.open_readonly(state_dir) as reader, pytest.raises(StoreUnwritable, match="reading only"):
        reader.write_sync(put)


def test_where_nothing_was_declared_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="ergon apply"):
        Store.open_readonly(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_opening_for_reading_makes_no_store_of_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / sqlite.FILE_NAME).touch()

    with pytest.raises(StoreMissing):
        Store.open_readonly(tmp_path)


def test_closing_leaves_nothing_in_the_log(state_dir: Path) -> None:
    with Store.open(state_dir) as store:
        store.write_sync(put)

    log = state_dir / f"{sqlite.FILE_NAME}-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_a_folder_that_cant_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnwritable, match=r"cannot open the state store .*Not a directory"):
        Store.open(tmp_path / "file" / "state")


async def test_closing_does_not_block_the_event_loop(state_dir: Path) -> None:
    store = Store.open(state_dir)
    await store.write(put)

    await store.aclose()

    with Store.open(state_dir) as again:
        assert again.read_sync(lambda session: observations.get(session, "a", "b")) == "c"
