"""Stores as the first schema had them: empty ones, and present ones put back into its shape."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from store import schema, sqlite

# What instances knew of themselves then, in the texts that hold several things.
RESOLVED = ("image", "image_id", "networks", "parents", "files", "engine")
RESTARTS = (
    *("total", "failures", "last_restart", "last_exit_at"),
    *("last_exit_code", "last_reason", "held", "retry_at"),
)


def make_empty(folder: Path) -> Path:
    """Make a store of the first schema and return its file."""
    database = folder / sqlite.FILE_NAME
    sqlite.create_file(database)
    with sqlite.connect_writer(database) as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
        connection.exec_driver_sql("PRAGMA user_version = 1")
        connection.commit()
    return database


def put_back(state_dir: Path) -> None:
    """Replace a store that nobody has open by one of the first schema with the same rows, as far as that had room."""
    present = state_dir / sqlite.FILE_NAME
    before = state_dir / "before"
    before.mkdir()
    first = make_empty(before)
    with closing(sqlite3.connect(first)) as store, store:
        store.execute("PRAGMA foreign_keys = OFF")
        store.execute("ATTACH ? AS present", (str(present),))
        for (table,) in store.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            _copy(store, table)
        _forget_what_came_later(store)
    for file in state_dir.glob(f"{sqlite.FILE_NAME}*"):
        file.unlink()
    first.rename(present)


def _copy(store: sqlite3.Connection, table: str) -> None:
    here, there = (_columns(store, schema, table) for schema in ("main", "present"))
    names = ", ".join(f'"{name}"' for name in here if name in there)
    if names and table != "alembic_version":
        where = "" if table != "revisions" else " WHERE resource_uid IN (SELECT uid FROM present.resources)"
        store.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM present.{table}{where}")


def _columns(store: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [row[1] for row in store.execute(f"PRAGMA {schema}.table_info({table})")]


def _forget_what_came_later(store: sqlite3.Connection) -> None:
    for uid, resolved, restarts in store.execute("SELECT uid, resolved, restarts FROM instances").fetchall():
        kept = (_only(resolved, RESOLVED), _only(restarts, RESTARTS), uid)
        store.execute("UPDATE instances SET resolved = ?, restarts = ? WHERE uid = ?", kept)


def _only(text: str, names: tuple[str, ...]) -> str:
    value: dict[str, Any] = json.loads(text)
    return json.dumps({name: value[name] for name in names if name in value})
