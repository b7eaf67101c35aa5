"""A status is written when it changed, and only then."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from desired_state.key import Key
from observed_state.status import Condition, Status
from store import changes, resources, statuses
from tests.store.builders import NOON, WEB, status, stored

LATER = NOON + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def web(session: Session) -> None:
    stored(session)


def transition(session: Session, type_: str = "Ready") -> object:
    found = statuses.get(session, WEB)
    assert found
    return next(condition.last_transition for condition in found.conditions if condition.type == type_)


def test_a_new_status_is_written_with_a_change(session: Session) -> None:
    before = changes.latest(session)

    assert statuses.write(session, {WEB: status()}, NOON)
    [change] = changes.since(session, before)
    assert (change.key, change.type, change.part) == (WEB, "MODIFIED", "status")


def test_the_same_status_again_writes_nothing(session: Session) -> None:
    statuses.write(session, {WEB: status()}, NOON)
    before = changes.latest(session)

    assert not statuses.write(session, {WEB: status()}, LATER)
    assert changes.latest(session) == before


def test_a_status_is_no_change_of_the_resource(session: Session) -> None:
    before = resources.get(session, WEB)

    statuses.write(session, {WEB: status()}, NOON)

    assert resources.get(session, WEB) == before


def test_a_transition_moves_when_the_condition_changes(session: Session) -> None:
    statuses.write(session, {WEB: status("True")}, NOON)
    statuses.write(session, {WEB: status("False")}, LATER)

    assert transition(session) == LATER


def test_a_transition_stays_when_only_the_words_change(session: Session) -> None:
    statuses.write(session, {WEB: status(message="1 of 2")}, NOON)

    assert statuses.write(session, {WEB: status(message="2 of 2")}, LATER)
    assert transition(session) == NOON


def test_conditions_are_known_by_type_and_not_by_place(session: Session) -> None:
    ready, progressing = Condition("Ready", "True", "AllRunning"), Condition("Progressing", "False", "Done")
    statuses.write(session, {WEB: Status(1, "Ready", True, conditions=(ready, progressing))}, NOON)

    assert not statuses.write(session, {WEB: Status(1, "Ready", True, conditions=(progressing, ready))}, LATER)


def test_a_condition_that_goes_and_comes_back_begins_anew(session: Session) -> None:
    statuses.write(session, {WEB: status()}, NOON)
    statuses.write(session, {WEB: Status(1, "Ready", True)}, NOON)
    statuses.write(session, {WEB: status()}, LATER)

    assert transition(session) == LATER


def test_all_statuses_are_found_by_key(session: Session) -> None:
    statuses.write(session, {WEB: status()}, NOON)

    assert statuses.all(session) == {WEB: statuses.get(session, WEB)}


def test_a_status_of_what_is_not_declared_any_more_is_left_out(session: Session) -> None:
    gone = Key("Container", "shop", "gone")

    assert statuses.write(session, {gone: status(), WEB: status()}, NOON) == [WEB]
    assert statuses.all(session).keys() == {WEB}


def test_many_statuses_are_each_a_change_of_their_own(session: Session) -> None:
    db = stored(session, Key("Container", "shop", "db")).key
    before = changes.latest(session)

    statuses.write(session, {WEB: status(), db: status()}, NOON)

    assert [change.key.name for change in changes.since(session, before)] == ["web", "db"]
