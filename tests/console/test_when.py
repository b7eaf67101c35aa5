"""Moments in the past, as people write them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import pytest

from console.cli.when import When

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def somewhere_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the user live two hours ahead of UTC: at NOON it is two o'clock for them."""
    monkeypatch.setenv("TZ", "XST-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("10m", "2026-05-04T11:50:00"),
        ("10m ago", "2026-05-04T11:50:00"),
        ("1d12h ago", "2026-05-03T00:00:00"),
        ("90", "2026-05-04T11:58:30"),
        ("03:10", "2026-05-04T01:10:00"),
        ("15:10", "2026-05-03T13:10:00"),
        ("today 15:10", "2026-05-04T13:10:00"),
        ("yesterday", "2026-05-03T12:00:00"),
        ("yesterday 03:10", "2026-05-03T01:10:00"),
        ("yesterday at 3:10", "2026-05-03T01:10:00"),
        ("2 days ago 03:10:05", "2026-05-02T01:10:05"),
        ("2026-05-01T03:10:00Z", "2026-05-01T03:10:00"),
        ("2026-05-01 03:10", "2026-05-01T01:10:00"),
        ("2026-05-01T03:10:00+05:00", "2026-04-30T22:10:00"),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, moment: str) -> None:
    assert When().convert(text, None, None).before(NOON) == f"{moment}+00:00"


@pytest.mark.parametrize("text", ["", "soon", "25:00", "ago", "10 parsecs", "2026-99-99", "yesterday morning"])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(click.BadParameter, match="yesterday 03:10"):
        When().convert(text, None, None)
