"""What a store of an older schema holds is there after the migration, too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import Session

from store import revisions, sqlite
from store.database import Store
from tests.store.builders import WEB
from tests.store.first_schema import make_empty

RESOURCE = """
INSERT INTO resources (kind, namespace, name, uid, generation, resource_version, spec, labels, annotations, source,
                       sources, finalizers, stopped, created_at, updated_at)
VALUES ('Container', 'shop', 'web', 'u1', 2, 3, '{}', '{}', '{}', 'web.yaml', '[]', '[]', 0, '2026-05-01', '2026-05-01')
"""
REVISIONS = """
INSERT INTO revisions (resource_uid, generation, spec, actor, source, created_at)
VALUES ('u1', 1, '{"image": "a"}', 'ann', 'web.yaml', '2026-05-01'),
       ('u1', 2, '{"image": "b"}', 'bob', '', '2026-05-02')
"""


@pytest.fixture
def first_schema(tmp_path: Path) -> Path:
    """A state folder with a store of schema 1, in which one resource has two revisions."""
    with sqlite.connect_writer(make_empty(tmp_path)) as connection:
        for statement in (RESOURCE, REVISIONS):
            connection.exec_driver_sql(statement)
        connection.commit()
    return tmp_path


def test_revisions_survive_and_know_their_resource(first_schema: Path) -> None:
    with Store.open(first_schema) as store:

        def look(session: Session) -> list[tuple[int, str, str, str]]:
            rows = revisions.list_for(session, WEB)
            return [(row.generation, row.actor, row.spec["image"], row.name) for row in rows]

        assert store.read_sync(look) == [(1, "ann", "a", "web"), (2, "bob", "b", "web")]


def test_a_migrated_store_is_sound(first_schema: Path) -> None:
    Store.open(first_schema).close()

    with closing(sqlite3.connect(first_schema / sqlite.FILE_NAME)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
