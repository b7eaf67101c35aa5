"""Drift is kept as intervals."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from desired_state.key import Key
from store import drift
from store.drift import DriftRow
from tests.store.builders import DB, NOON, WEB

MINUTE = timedelta(minutes=1)
MEMORY = DriftRow("u1", "spec.mem_limit", declared=256, observed=512, cause="drift")
NETWORK = DriftRow("u1", "spec.networks", declared={"back": {}}, observed=None, cause="drift")


def test_what_is_newly_seen_begins_now(session: Session) -> None:
    assert drift.record_open(session, WEB, [MEMORY], NOON)
    assert drift.open_for(session, WEB) == [replace(MEMORY, first_seen=NOON)]


def test_what_is_still_so_keeps_its_beginning_and_writes_nothing(session: Session) -> None:
    drift.record_open(session, WEB, [MEMORY], NOON)

    assert not drift.record_open(session, WEB, [MEMORY], NOON + MINUTE)
    assert drift.open_for(session, WEB) == [replace(MEMORY, first_seen=NOON)]


def test_what_vanished_is_resolved_now(session: Session) -> None:
    drift.record_open(session, WEB, [MEMORY, NETWORK], NOON)

    assert drift.record_open(session, WEB, [NETWORK], NOON + MINUTE)
    assert drift.open_for(session, WEB) == [replace(NETWORK, first_seen=NOON)]
    assert drift.history(session, WEB)[0].resolved_at == NOON + MINUTE


def test_what_comes_back_is_an_interval_of_its_own(session: Session) -> None:
    for minute, seen in enumerate(([MEMORY], [], [MEMORY])):
        drift.record_open(session, WEB, seen, NOON + minute * MINUTE)

    assert [row.first_seen for row in drift.history(session, WEB)] == [NOON, NOON + 2 * MINUTE]


def test_another_value_is_an_interval_of_its_own(session: Session) -> None:
    drift.record_open(session, WEB, [MEMORY], NOON)
    drift.record_open(session, WEB, [replace(MEMORY, observed=1024)], NOON + MINUTE)

    assert [row.observed for row in drift.open_for(session, WEB)] == [1024]
    assert [row.observed for row in drift.history(session, WEB)] == [512, 1024]


def test_evidence_that_is_found_later_is_added(session: Session) -> None:
    drift.record_open(session, WEB, [MEMORY], NOON)

    assert drift.record_open(session, WEB, [replace(MEMORY, evidence="update by hand")], NOON + MINUTE)
    assert not drift.record_open(session, WEB, [MEMORY], NOON + MINUTE)
    assert drift.open_for(session, WEB) == [replace(MEMORY, first_seen=NOON, evidence="update by hand")]


def test_evidence_that_says_more_takes_the_place_of_what_was_there(session: Session) -> None:
    drift.record_open(session, WEB, [replace(MEMORY, evidence="it ended")], NOON)

    assert drift.record_open(session, WEB, [replace(MEMORY, evidence="it was stopped")], NOON + MINUTE)
    assert drift.open_for(session, WEB) == [replace(MEMORY, first_seen=NOON, evidence="it was stopped")]


def test_all_that_differs_is_found_by_resource(session: Session) -> None:
    drift.record_open(session, WEB, [MEMORY], NOON)
    drift.record_open(session, DB, [NETWORK], NOON)
    drift.record_open(session, Key("Container", "shop", "fine"), [], NOON)

    assert {key: [row.path for row in rows] for key, rows in drift.open_all(session).items()} == {
        WEB: ["spec.mem_limit"],
        DB: ["spec.networks"],
    }


SIGHTINGS = st.lists(st.sets(st.sampled_from([1, 2, 3]), max_size=3), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(sightings=SIGHTINGS)
def test_what_is_open_is_always_what_was_seen_last(sightings: list[set[int]], session: Session) -> None:
    for minute, seen in enumerate(sightings):
        rows = [replace(MEMORY, observed=value) for value in sorted(seen)]
        drift.record_open(session, WEB, rows, NOON + minute * MINUTE)

        assert {row.observed for row in drift.open_for(session, WEB)} == seen
    assert all(row.first_seen and row.resolved_at != row.first_seen for row in drift.history(session, WEB))
    drift.record_open(session, WEB, [], NOON + timedelta(days=1))
