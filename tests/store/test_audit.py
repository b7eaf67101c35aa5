"""The audit trail shows when somebody edited it."""

import pytest
from sqlmodel import Session

from store import audit, resources
from tests.store.builders import DB, NOON, WEB, stored


@pytest.fixture(autouse=True)
def trail(session: Session) -> None:
    stored(session, WEB)
    stored(session, DB)
    resources.set_replicas(session, WEB, 3, "bob", NOON)


def tamper(session: Session, statement: str) -> None:
    session.connection().exec_driver_sql(statement)


def test_the_trail_says_who_did_what_to_which_version(session: Session) -> None:
    created, scaled = audit.recent(session, key=WEB)

    assert (created.actor, created.verb, created.version_before) == ("ann", "create", 0)
    assert (scaled.actor, scaled.verb, scaled.version_before) == ("bob", "scale", created.version_after)


def test_an_untouched_trail_is_whole(session: Session) -> None:
    assert audit.first_broken(session) is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'ann' WHERE seq = 3", "UPDATE audit SET hash = 'x' WHERE seq = 3"],
)
def test_an_edited_row_is_found(session: Session, statement: str) -> None:
    tamper(session, statement)

    assert audit.first_broken(session) == 3


def test_a_dropped_row_is_found_by_the_next(session: Session) -> None:
    tamper(session, "DELETE FROM audit WHERE seq = 2")

    assert audit.first_broken(session) == 3


def test_a_row_that_is_written_on_top_of_a_broken_one_does_not_heal_it(session: Session) -> None:
    tamper(session, "UPDATE audit SET actor = 'eve' WHERE seq = 1")
    resources.remove(session, DB, NOON)

    assert audit.first_broken(session) == 1
