"""The schema: made by migrations alone, refused when newer, migrated with a backup when older."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from store import schema, sqlite
from store.database import Store
from store.errors import StoreTooNew, StoreTooOld, StoreUnwritable
from store.history_tables import Period


def set_version(state_dir: Path, version: int) -> None:
    with closing(sqlite3.connect(state_dir / sqlite.FILE_NAME)) as other:
        other.execute(f"PRAGMA user_version = {version}")


def tables_of(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as other:
        return {name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def next_migration(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE added (id INTEGER PRIMARY KEY)")


def test_the_migrations_make_exactly_the_tables(state_dir: Path) -> None:
    with sqlite.connect_writer(state_dir / sqlite.FILE_NAME) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})

        assert compare_metadata(context, Period.metadata) == []


def test_a_newer_schema_is_refused_and_left_as_it_is(state_dir: Path) -> None:
    set_version(state_dir, schema.VERSION + 1)

    for open_ in (Store.open, Store.open_readonly):
        with pytest.raises(StoreTooNew, match="upgrade Ergon"):
            open_(state_dir)


def test_a_reader_does_not_migrate(state_dir: Path) -> None:
    set_version(state_dir, schema.VERSION - 1)

    with pytest.raises(StoreTooOld, match="start the controller once"):
        Store.open_readonly(state_dir)


def test_an_older_schema_is_backed_up_and_migrated(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "upgrade", next_migration)

    with Store.open(state_dir):
        [saved] = (state_dir / "backups").iterdir()

    assert "added" in tables_of(state_dir / sqlite.FILE_NAME)
    assert "added" not in tables_of(saved)
    assert saved.name.endswith(f"before-schema-{schema.VERSION}.db")


def test_a_migration_that_fails_changes_nothing(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: Connection) -> None:
        next_migration(connection)
        raise StoreUnwritable("the disk is full")

    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "upgrade", half)

    with pytest.raises(StoreUnwritable):
        Store.open(state_dir)

    monkeypatch.undo()
    assert "added" not in tables_of(state_dir / sqlite.FILE_NAME)
    Store.open(state_dir).close()


def test_a_store_of_the_known_schema_is_opened_without_alembic(state_dir: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from store.database import Store; "
        "Store.open(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program, state_dir], env=os.environ, check=False)

    assert done.returncode == 0
