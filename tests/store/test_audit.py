"""The audit trail shows when somebody edited it."""

from datetime import timedelta

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


def test_a_trail_that_grew_too_long_loses_its_beginning_and_stays_whole(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LARGEST_COUNT", 2)
    monkeypatch.setattr(audit, "REMOVED_AT_ONCE", 3)
    for number in range(4, 9):
        resources.set_replicas(session, WEB, number, "bob", NOON)

    removed = audit.purge(session, NOON, at_most=5)
    found = audit.verified(session)

    assert (removed, found.anchor, found.first_broken) == (5, 5, None)
    assert audit.recent(session)[-1].detail.startswith("the rows up to 5 were too old")


def test_rows_are_removed_only_when_enough_are_due(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST_COUNT", 2)

    assert audit.purge(session, NOON, at_most=2000) == 0


def test_who_drops_the_oldest_rows_and_moves_the_anchor_is_found(session: Session) -> None:
    tamper(session, "UPDATE meta SET audit_seq = 1, audit_hash = (SELECT hash FROM audit WHERE seq = 1)")
    tamper(session, "DELETE FROM audit WHERE seq = 1")

    assert audit.first_broken(session) == 2


def test_a_trail_goes_on_after_all_of_it_was_removed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "REMOVED_AT_ONCE", 1)
    late = NOON + audit.KEPT + timedelta(days=1)
    audit.purge(session, late, at_most=100)
    resources.set_replicas(session, WEB, 5, "bob", late)

    assert audit.first_broken(session) is None
    assert audit.recent(session)[-1].verb == "scale"
