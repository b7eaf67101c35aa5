"""Which times a schedule has, also where the clocks change, and which of them nobody followed."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desired_state.schedule import Schedule
from reconcilers.schedule import COUNTED, due, next_time, upcoming
from tests.reconcilers.worlds import NOON, later

NIGHTLY = Schedule.model_validate("0 3 * * *")


def berlin(cron: str) -> Schedule:
    return Schedule.model_validate({"cron": cron, "time_zone": "Europe/Berlin"})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(schedule: Schedule, after: str, count: int) -> list[str]:
    return [f"{moment:%m-%d %H:%M}" for moment in islice(upcoming(schedule, utc(after)), count)]


def test_a_schedule_is_read_in_its_time_zone() -> None:
    assert times(NIGHTLY, "2026-05-01", 2) == ["05-01 03:00", "05-02 03:00"]
    assert times(berlin("0 3 * * *"), "2026-05-01", 2) == ["05-01 01:00", "05-02 01:00"]


def test_a_time_that_is_now_has_come_and_is_not_the_next() -> None:
    assert next_time(NIGHTLY, utc("2026-05-01T03:00")) == utc("2026-05-02T03:00")


def test_a_time_that_the_clocks_skip_comes_when_they_have() -> None:
    assert times(berlin("30 2 * * *"), "2026-03-28T12:00", 2) == ["03-29 01:00", "03-30 00:30"]


def test_a_time_that_comes_twice_counts_once() -> None:
    assert times(berlin("30 2 * * *"), "2026-10-24T12:00", 2) == ["10-25 00:30", "10-26 01:30"]


def test_a_time_that_comes_twice_does_not_come_again_for_who_asks_in_between() -> None:
    assert times(berlin("30 2 * * *"), "2026-10-25T00:45", 1) == ["10-26 01:30"]


def test_every_hour_means_every_hour_of_the_night_in_which_the_clocks_change() -> None:
    hours = times(berlin("0 * * * *"), "2026-10-24T22:30", 5)

    assert hours == ["10-24 23:00", "10-25 00:00", "10-25 01:00", "10-25 02:00", "10-25 03:00"]


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
CRONS = st.sampled_from(["* * * * *", "*/7 * * * *", "30 2 * * *", "0,30 1-3 * * *", "0 */2 * * *", "5 1 * * 0"])
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@settings(deadline=None)
@given(CRONS, ZONES, MOMENTS)
def test_times_only_ever_grow_and_lie_after_what_was_asked(cron: str, zone: str, after: datetime) -> None:
    schedule = Schedule.model_validate({"cron": cron, "time_zone": zone})
    found = [after, *islice(upcoming(schedule, after), 30)]

    assert all(earlier < moment for earlier, moment in pairwise(found))


@settings(deadline=None)
@given(CRONS, ZONES, MOMENTS, st.lists(st.integers(1, 90_000), max_size=12))
def test_whoever_looks_now_and_then_sees_each_time_once(
    cron: str, zone: str, start: datetime, steps: list[int]
) -> None:
    schedule = Schedule.model_validate({"cron": cron, "time_zone": zone})
    followed, now, seen = start, start, 0
    for step in steps:
        now += timedelta(seconds=step)
        if found := due(schedule, followed, now):
            followed, seen = found.at, seen + found.missed + 1

    whole = _until(schedule, start, now)
    assert seen == len(whole) or seen >= COUNTED
    assert followed == (whole[-1] if whole else start)


def _until(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    found = []
    for moment in upcoming(schedule, start):
        if moment > end:
            break
        found.append(moment)
    return found


def test_nothing_is_due_before_its_time() -> None:
    assert due(NIGHTLY, NOON, later(3600)) is None


def test_what_came_last_is_due_and_what_came_before_it_was_missed() -> None:
    found = due(NIGHTLY, NOON, NOON + timedelta(days=3))

    assert found is not None
    assert (found.at.day, found.missed, found.last_missed) == (4, 2, utc("2026-05-03T03:00"))


@pytest.mark.parametrize("cron", ["* * * * *", "* * 1 * *"])
def test_a_year_of_missed_minutes_is_not_counted_to_its_end(cron: str) -> None:
    now = utc("2027-05-02T12:00:30")
    found = due(Schedule.model_validate(cron), utc("2026-05-01"), now)

    assert found is not None
    assert found.missed >= COUNTED
    assert found.at == max(_until(Schedule.model_validate(cron), now - timedelta(days=2), now))


def test_the_zone_is_the_declared_one() -> None:
    assert berlin("0 3 * * *").zone == ZoneInfo("Europe/Berlin")
