"""The same store on a PostgreSQL server. Needs ERGON_TEST_POSTGRES_URL, of an empty database, and its driver."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import Session

from store import (
    actions,
    audit,
    changes,
    drift,
    events,
    exits,
    instances,
    meta,
    moments,
    periods,
    resources,
    retention,
    revisions,
    statuses,
    tombstones,
)
from store.database import Store
from store.drift import DriftRow
from store.errors import Fenced, NotStored, StoreLocked, StoreMissing, StoreUnwritable
from store.history_tables import Period
from tests.store.builders import NOON, WEB, instance_of, resource, status, stored

URL = os.environ.get("ERGON_TEST_POSTGRES_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="needs ERGON_TEST_POSTGRES_URL")


@pytest.fixture
def empty() -> None:
    """Nothing in the database."""
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


@pytest.fixture
def store(empty: None, tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, url=URL) as opened:
        yield opened


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    engine = create_engine(URL)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})

        assert compare_metadata(context, Period.metadata) == []
    engine.dispose()


def test_what_is_stored_comes_back(store: Store) -> None:
    [applied] = store.write_sync(
        lambda session: resources.apply(session, [resource(environment={"Z": "1", "A": "2"})], actor="ann", now=NOON)
    )
    saved = instance_of(applied.stored, created_at=NOON)
    store.write_sync(lambda session: instances.save(session, saved))

    assert store.read_sync(lambda session: resources.get(session, WEB)) == applied.stored
    assert store.read_sync(instances.all) == [saved]


def test_every_kind_of_record_is_written_and_read(store: Store) -> None:
    def everything(session: Session) -> None:
        stored(session)
        resources.set_replicas(session, WEB, 3, "ann", NOON)
        assert statuses.write(session, {WEB: status()}, NOON)
        assert not statuses.write(session, {WEB: status()}, NOON)
        for _ in range(2):
            events.record(session, WEB, type="Normal", reason="Started", message="started", now=NOON)
        action = actions.begin(session, actions.Intent(WEB, "Start", "", 1), NOON)
        actions.finish(session, action, outcome="done", now=NOON)
        exits.record(
            session, WEB, instance="u1", container_id="a", exit_code=1, started_at=NOON, finished_at=None,
            reason="exit 1", counted=True, now=NOON,
        )  # fmt: skip
        periods.begin(session, "controller", "process 1", NOON)
        periods.end_forgotten(session, "controller")
        uid = resource_uid(session)
        moments.append(session, [moments.NewMoment(WEB, uid, 2, NOON, "f", "{}")])
        for _ in range(2):
            revisions.remember_image(session, uid, revisions.RanWith(2, "sha256:a", "web:1"), NOON)
        revisions.settle(session, uid, 2, outcome="ready", message="", now=NOON)
        assert drift.record_open(session, WEB, [DriftRow("u1", "spec.x", {"a": 1}, None, "drift")], NOON)
        assert not drift.record_open(session, WEB, [DriftRow("u1", "spec.x", {"a": 1}, None, "drift")], NOON)

    store.write_sync(everything)

    def look(session: Session) -> None:
        assert [revision.generation for revision in revisions.list_for(session, WEB)] == [1, 2]
        assert [event.count for event in events.recent(session, key=WEB, limit=1)] == [2]
        assert [record.outcome for record in actions.of(session, WEB)] == ["done"]
        assert [exit_.exit_code for exit_ in exits.of(session, WEB)] == [1]
        assert [row.declared for row in drift.open_for(session, WEB)] == [{"a": 1}]
        assert [row.part for row in changes.since(session, 0)] == ["resource", "resource", "status"]
        assert audit.first_broken(session) is None
        assert periods.around(session, "controller", NOON)
        assert list(moments.at(session, NOON)) == [resource_uid(session)]
        assert [one.image_id for one in revisions.images(session, WEB)] == ["sha256:a"]
        assert [row.outcome for row in revisions.declared_at(session, NOON)] == ["ready"]

    store.read_sync(look)


def resource_uid(session: Session) -> str:
    found = resources.get(session, WEB)
    assert found
    return found.uid


def test_removal_and_retention_work_as_on_sqlite(store: Store) -> None:
    def remove(session: Session) -> None:
        instances.save(session, instance_of(stored(session)))
        resources.remove(session, WEB, NOON)
        retention.purge(session, NOON + timedelta(days=31), largest_bytes=0)

    store.write_sync(remove)

    assert store.read_sync(instances.all) == []
    assert store.read_sync(tombstones.uids) == frozenset()
    assert store.read_sync(changes.latest) == 2


def test_an_instance_of_nothing_is_refused_and_takes_nobody_along(store: Store) -> None:
    owner = store.write_sync(stored)
    store.write_sync(lambda session: resources.remove(session, WEB, NOON))

    with pytest.raises(NotStored):
        store.write_sync(lambda session: instances.save(session, instance_of(owner)))
    assert store.write_sync(stored).generation == 1


def test_a_second_writer_on_another_host_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreLocked):
        Store.open(tmp_path / "elsewhere", url=URL)


def test_an_overtaken_writer_is_fenced(store: Store) -> None:
    store.write_sync(lambda session: meta.begin_epoch(session, NOON))

    with pytest.raises(Fenced):
        store.write_sync(stored)


def test_readers_cant_write(store: Store) -> None:
    with pytest.raises(Exception, match="read-only transaction"):
        store.read_sync(stored)


def test_an_empty_database_has_nothing_to_read(empty: None, tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        Store.open_readonly(tmp_path, url=URL)


def test_a_server_that_is_not_there_is_a_clear_error_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable) as refused:
        Store.open(tmp_path, url="postgresql+psycopg://ergon:hunter2@127.0.0.1:1/ergon?connect_timeout=2")

    assert "cannot open the state store postgresql" in refused.value.message
    assert "hunter2" not in refused.value.message


def test_a_lost_connection_is_an_error_and_writing_goes_on_after_it(store: Store) -> None:
    def hang_up(session: Session) -> None:
        session.connection().exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreUnwritable):
        store.write_sync(hang_up)

    assert store.write_sync(stored).generation == 1
