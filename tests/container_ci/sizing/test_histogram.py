"""Histograms in which old samples fade."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from container_ci.sizing.histogram import HALF_LIFE_S, RATIO, Histogram

START = datetime(2026, 3, 1, tzinfo=UTC)
VALUES = st.lists(st.floats(0.001, 900.0), min_size=1, max_size=40)


def test_the_buckets_are_those_of_kubernetes() -> None:
    cpu = Histogram(0.01)

    assert [round(cpu.start_of(bucket), 6) for bucket in range(4)] == [0, 0.01, 0.0205, 0.031525]
    assert cpu.start_of(175) > 1000  # 176 buckets reach a thousand cores


def test_an_empty_histogram_says_nothing() -> None:
    assert Histogram(0.01).empty
    assert Histogram(0.01).percentile(0.9) == 0


def test_after_one_half_life_an_old_sample_weighs_half_of_a_new_one() -> None:
    histogram = Histogram(0.01)
    histogram.add(1.0, 1.0, START)
    histogram.add(5.0, 1.0, START + timedelta(seconds=HALF_LIFE_S))

    assert histogram.percentile(0.33) < 1.1
    assert histogram.percentile(0.34) > 4.9


def test_what_lies_months_back_is_forgotten_and_nothing_overflows() -> None:
    histogram = Histogram(0.01)
    histogram.add(9.0, 1.0, START)
    for day in range(1, 400):
        histogram.add(1.0, 1.0, START + timedelta(days=day))

    assert histogram.percentile(1.0) < 1.1


@settings(max_examples=40, deadline=None)
@given(VALUES, st.floats(0.01, 1.0))
def test_a_percentile_is_never_below_the_value_and_at_most_a_bucket_above(values: list[float], share: float) -> None:
    histogram = Histogram(0.01)
    for value in values:
        histogram.add(value, 1.0, START)
    exact = sorted(values)[max(round(share * len(values) + 0.499999), 1) - 1]

    found = histogram.percentile(share)

    assert found >= exact * (1 - 1e-9) or found >= sorted(values)[max(int(share * len(values)) - 1, 0)]
    assert found <= max(values) * RATIO + 0.011


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_larger_shares_never_lie_lower(values: list[float]) -> None:
    histogram = Histogram(0.01)
    for number, value in enumerate(values):
        histogram.add(value, 1.0, START + timedelta(minutes=number))

    found = [histogram.percentile(share) for share in (0.1, 0.5, 0.9, 0.95, 1.0)]

    assert found == sorted(found)


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_what_is_read_back_is_what_was_kept(values: list[float]) -> None:
    histogram = Histogram(0.01)
    for number, value in enumerate(values):
        histogram.add(value, 60.0, START + timedelta(minutes=number))

    again = Histogram.load(histogram.dump())

    for share in (0.25, 0.75, 1.0):
        assert again.percentile(share) == pytest.approx(histogram.percentile(share), rel=0.06)


@settings(max_examples=40, deadline=None)
@given(st.permutations([(0.5, 0), (2.0, 10), (4.0, 20), (0.5, 30)]))
def test_the_order_of_arrival_does_not_matter(samples: list[tuple[float, int]]) -> None:
    def filled(given: list[tuple[float, int]]) -> Histogram:
        histogram = Histogram(0.01)
        for value, hour in given:
            histogram.add(value, 1.0, START + timedelta(hours=hour))
        return histogram

    assert filled(samples).percentile(0.5) == filled(sorted(samples, key=lambda one: one[1])).percentile(0.5)
