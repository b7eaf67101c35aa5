"""Backups are whole, private, one file each, and few."""

import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from store import backup, observations
from store.database import Store
from store.errors import StoreUnwritable
from tests.store.builders import NOON


def put(session: Session) -> None:
    observations.put(session, "a", "b", "c", NOON)


def test_a_backup_holds_what_was_committed(store: Store, database: Path) -> None:
    store.write_sync(put)

    copy = backup.take(database, NOON)

    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as saved:
        assert saved.execute("SELECT value FROM observations").fetchall() == [("c",)]
        assert saved.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_backup_is_one_file_that_only_we_may_read(store: Store, database: Path) -> None:
    copy = backup.take(database, NOON)

    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_only_the_newest_backups_are_kept(store: Store, database: Path) -> None:
    copies = [backup.take(database, NOON + timedelta(days=day), label="daily") for day in range(backup.KEPT + 2)]

    assert sorted(copies[0].parent.iterdir()) == copies[2:]


def test_a_backup_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable, match="cannot back up"):
        backup.take(tmp_path / "ergon.db", NOON)


async def test_a_backup_can_be_taken_while_others_write(store: Store, state_dir: Path) -> None:
    await store.backup(NOON)
    await store.write(put)

    assert [path.suffix for path in (state_dir / backup.FOLDER).iterdir()] == [".db"]
