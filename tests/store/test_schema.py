"""The schema: made at once or by migrations, refused when newer, migrated with a backup when older."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect

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


@pytest.fixture
def migrated() -> Iterator[Connection]:
    """A database that every migration was run on."""
    with create_engine("sqlite://").connect() as connection:
        schema.upgrade(connection)
        yield connection


@pytest.fixture
def created() -> Iterator[Connection]:
    """A database as a new store has it."""
    with create_engine("sqlite://").connect() as connection:
        schema.create(connection)
        yield connection


def shape_of(connection: Connection) -> dict[str, object]:
    """Return what a database has of tables, columns, keys and indexes."""
    seen = inspect(connection)
    return {
        table: (
            {(one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(table)},
            seen.get_pk_constraint(table)["constrained_columns"],
            {(*one["constrained_columns"], one["referred_table"]) for one in seen.get_foreign_keys(table)},
            {(one["name"], *one["column_names"], one["unique"]) for one in seen.get_indexes(table)},
            {tuple(one["column_names"]) for one in seen.get_unique_constraints(table)},
        )
        for table in seen.get_table_names()
    }


def test_the_migrations_make_exactly_the_tables(migrated: Connection) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_type": False})

    assert compare_metadata(context, Period.metadata) == []


def test_a_new_store_is_as_the_migrations_would_have_made_it(migrated: Connection, created: Connection) -> None:
    assert shape_of(created) == shape_of(migrated)


def test_no_migration_is_missing_in_a_new_store(created: Connection) -> None:
    before = shape_of(created)

    schema.upgrade(created)

    assert shape_of(created) == before


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


@pytest.mark.parametrize("new", [False, True])
def test_a_store_that_is_new_or_of_the_known_schema_is_opened_without_alembic(state_dir: Path, *, new: bool) -> None:
    folder = state_dir / "new" if new else state_dir
    program = (
        "import sys; from pathlib import Path; from store.database import Store; "
        "Store.open(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program, folder], env=os.environ, check=False)

    assert done.returncode == 0
