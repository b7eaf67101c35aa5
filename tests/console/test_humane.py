"""Times and durations as people read and write them."""

from datetime import UTC, datetime, timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.humane import Duration, Since, age, duration, moment, parse_time, size
from tests.console.canned import NOON


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (659, "10m"),
        (7800, "2h10m"),
        (86400, "1d"),
        (97200, "1d3h"),
        (-5, "0s"),
    ],
)
def test_a_duration_is_told_in_its_two_most_telling_units(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@given(st.floats(min_value=0, max_value=1e9))
def test_a_shown_duration_can_be_typed_again_and_is_never_longer_than_it_was(seconds: float) -> None:
    assert Duration().convert(duration(seconds), None, None) <= seconds


@pytest.mark.parametrize(
    ("typed", "seconds"), [("90", 90), ("90s", 90), ("1.5s", 1.5), ("10m", 600), ("1h30m", 5400), ("1d12h", 129600)]
)
def test_durations_are_typed_with_units_or_as_seconds(typed: str, seconds: float) -> None:
    assert Duration().convert(typed, None, None) == seconds


@pytest.mark.parametrize("typed", ["", "soon", "1y", "-5s", "5 apples", "1e9", "nan", "."])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a duration"):
        Duration().convert(typed, None, None)


def test_since_takes_how_long_ago_or_a_time() -> None:
    ago = Since().convert("10m", None, None)
    at = Since().convert("2026-05-04T11:00:00Z", None, None)

    assert (ago, at) == (timedelta(minutes=10), datetime(2026, 5, 4, 11, tzinfo=UTC))


def test_since_becomes_a_time_in_utc() -> None:
    assert moment(timedelta(minutes=10), NOON) == "2026-05-04T11:50:00+00:00"


def test_a_time_without_a_zone_is_read_as_utc() -> None:
    assert parse_time("2026-05-04T11:00:00") == datetime(2026, 5, 4, 11, tzinfo=UTC)


@pytest.mark.parametrize("unknown", [None, "", "not a time"])
def test_the_age_of_what_has_no_time_is_a_dash(unknown: str | None) -> None:
    assert age(unknown, NOON) == "-"


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1000, "1000"), (65536, "64k"), (256 << 20, "256M")])
def test_sizes_are_rounded_only_when_that_is_exact(count: int, shown: str) -> None:
    assert size(count) == shown
