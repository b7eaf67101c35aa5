"""What is forgotten, and when."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from store import actions, drift, events, exits, observations, retention, tombstones
from store.drift import DriftRow
from tests.store.builders import NOON, WEB

MONTH_LATER = NOON + timedelta(days=31)
DIFFERENCE = DriftRow("u1", "spec.mem_limit", 1, 2, "drift")


def happened(session: Session, count: int, at: datetime = NOON) -> None:
    words = [events.NewEvent(WEB, "Exited", f"exit {number}") for number in range(count)]
    events.record_new(session, words, at)


def test_events_of_the_last_month_are_kept(session: Session) -> None:
    happened(session, 2)
    happened(session, 1, MONTH_LATER)

    retention.purge(session, MONTH_LATER)

    assert [event.last_seen for event in events.recent(session)] == [MONTH_LATER]


def test_the_newest_event_stays_so_that_no_id_comes_twice(session: Session) -> None:
    happened(session, 3)
    newest = events.recent(session)[-1].id
    retention.purge(session, MONTH_LATER)

    happened(session, 1, MONTH_LATER)

    assert [event.id for event in events.recent(session)] == [newest, newest + 1]


def test_one_call_removes_a_bounded_number_of_rows(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS_PER_CALL", 10)
    happened(session, 25)

    removed = [retention.purge(session, MONTH_LATER) for _ in range(4)]

    assert removed == [10, 10, 4, 0]


def test_unfinished_actions_and_open_drift_are_never_forgotten(session: Session) -> None:
    for _ in range(2):
        actions.begin(session, actions.Intent(WEB, "Start", "", 1), NOON)
    drift.record_open(session, WEB, [DIFFERENCE], NOON)

    retention.purge(session, MONTH_LATER, largest_bytes=0)

    assert len(actions.unfinished(session)) == 2
    assert drift.open_for(session, WEB)


def test_finished_actions_and_resolved_drift_are_forgotten(session: Session) -> None:
    for _ in range(2):
        id_ = actions.begin(session, actions.Intent(WEB, "Start", "", 1), NOON)
        actions.finish(session, id_, outcome="done", now=NOON)
        drift.record_open(session, WEB, [DIFFERENCE], NOON)
        drift.record_open(session, WEB, [], NOON)

    retention.purge(session, MONTH_LATER)

    assert len(actions.of(session, WEB)) == 1
    assert len(drift.history(session, WEB)) == 1


def test_exits_are_forgotten_after_a_month(session: Session) -> None:
    for at in (NOON, MONTH_LATER):
        exits.record(
            session,
            WEB,
            instance="u1",
            container_id="a",
            exit_code=1,
            started_at=None,
            finished_at=at,
            reason="",
            counted=True,
            now=at,
        )

    retention.purge(session, MONTH_LATER)

    assert [exit_.finished_at for exit_ in exits.of(session, WEB)] == [MONTH_LATER]


def test_an_old_observation_goes_without_its_younger_siblings(session: Session) -> None:
    observations.put(session, "u1", "old", "1", NOON)
    observations.put(session, "u1", "young", "2", MONTH_LATER)

    retention.purge(session, MONTH_LATER)

    assert observations.of(session, "u1") == {"young": "2"}


def test_tombstones_are_kept_for_a_week(session: Session) -> None:
    tombstones.put(session, WEB, "first", NOON)
    tombstones.put(session, WEB, "second", NOON + timedelta(days=1))

    retention.purge(session, NOON + timedelta(days=7, hours=1))

    assert tombstones.uids(session) == {"second"}


def test_a_database_that_is_too_large_loses_its_oldest_history(session: Session) -> None:
    happened(session, retention.NEWEST_KEPT + 5)

    retention.purge(session, NOON, largest_bytes=0)

    kept = events.recent(session, limit=5000)
    assert len(kept) == retention.NEWEST_KEPT
    assert kept[0].message == "exit 5"


def test_a_second_call_with_nothing_old_removes_nothing(session: Session) -> None:
    happened(session, 5)

    assert retention.purge(session, NOON) == 0
