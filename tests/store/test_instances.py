"""Instances come back exactly as they were saved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from observed_state.container import Container
from observed_state.instance import Restarts
from store import codecs, instances
from store.database import Store
from store.errors import NotStored
from tests.store.builders import DB, NOON, WEB, instance_of, stored

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.none() | st.integers(0, 4 * 10**15).map(lambda us: EPOCH + timedelta(microseconds=us))
NUMBERS = st.integers(-(2**53), 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(TEXT, JSON, max_size=3)


def containers() -> st.SearchStrategy[Container]:
    return st.builds(
        Container,
        id=TEXT,
        name=TEXT,
        image=TEXT,
        image_id=TEXT,
        state=st.sampled_from(["created", "running", "exited"]),
        labels=st.dictionaries(TEXT, TEXT, max_size=3),
        created_at=TIMES,
        resources=st.dictionaries(TEXT, NUMBERS | TEXT, max_size=3),
        frozen=MAPPINGS,
    )


def restarts() -> st.SearchStrategy[Restarts]:
    return st.builds(
        Restarts, total=NUMBERS, last_restart=TIMES, last_exit_at=TIMES, retry_at=TIMES, held=TEXT, last_reason=TEXT
    )


@given(container=containers())
def test_a_baseline_comes_back_exactly(container: Container) -> None:
    assert codecs.container_from(codecs.container_text(container)) == container


@given(value=restarts())
def test_a_restart_history_comes_back_exactly(value: Restarts) -> None:
    assert codecs.restarts_from(codecs.restarts_text(value)) == value


def details() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "phase": st.sampled_from(["pending", "created", "removing"]),
            "container_id": st.none() | TEXT,
            "spec": MAPPINGS,
            "resolved": MAPPINGS,
            "baseline": st.none() | containers(),
            "warnings": st.lists(TEXT, max_size=2).map(tuple),
            "restarts": restarts(),
            "stop_expected": st.booleans(),
            "adopted": st.booleans(),
            "created_at": TIMES,
        }
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(details=details())
def test_an_instance_comes_back_exactly(details: dict[str, Any], session: Session) -> None:
    instance = instance_of(stored(session), **details)

    instances.save(session, instance)

    assert instances.of(session, WEB) == [instance]


def test_saving_again_replaces_what_was_saved(session: Session) -> None:
    pending = instance_of(stored(session))
    instances.save(session, pending)
    created = replace(pending, phase="created", container_id="a" * 64, restarts=Restarts(total=1, last_restart=NOON))

    instances.save(session, created)

    assert instances.all(session) == [created]


def test_instances_are_those_of_one_resource(session: Session) -> None:
    of_web = instance_of(stored(session, WEB), "w")
    of_db = instance_of(stored(session, DB), "d")
    instances.save(session, of_web)
    instances.save(session, of_db)

    assert instances.of(session, WEB) == [of_web]
    assert instances.all(session) == [of_db, of_web]


def test_a_forgotten_instance_is_gone(session: Session) -> None:
    instances.save(session, instance_of(stored(session)))

    instances.delete(session, "u1")
    instances.delete(session, "u1")

    assert instances.all(session) == []


def test_an_instance_of_nothing_is_refused(store: Store) -> None:
    def save_after_its_owner_went(session: Session) -> None:
        orphan = replace(instance_of(stored(session)), owner_uid="gone")
        instances.save(session, orphan)

    with pytest.raises(NotStored, match="not declared"):
        store.write_sync(save_after_its_owner_went)
