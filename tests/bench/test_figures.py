"""What counts as good enough, and the statistics behind it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Figure, Measured, medians, percentile

samples = st.lists(st.floats(0, 1e6), min_size=1)


def test_a_figure_within_its_allowance_is_ok() -> None:
    figure = Figure("recovery", 209, "ms", "floor", 200, allowed=1.10)

    assert (figure.ratio, figure.verdict) == (1.045, "ok")


def test_a_figure_beyond_its_allowance_is_over() -> None:
    assert Figure("recovery", 221, "ms", "floor", 200, allowed=1.10).verdict == "over"


def test_a_figure_without_an_allowance_informs_and_is_not_judged() -> None:
    assert Figure("command line", 500, "ms", "compose", 200, allowed=None).verdict == "-"


def test_a_figure_whose_peer_could_not_be_had_is_not_judged() -> None:
    figure = Figure("convergence", 1.7, "s", "compose", None)

    assert (figure.ratio, figure.verdict) == (None, "-")


@pytest.mark.parametrize(("writes", "verdict"), [(0, "ok"), (1, "over")])
def test_a_limit_of_nothing_at_all_has_no_ratio_but_a_verdict(writes: int, verdict: str) -> None:
    figure = Figure("writes", writes, "", "limit", 0)

    assert (figure.ratio, figure.verdict) == (None, verdict)


def test_medians_are_by_contender_and_leave_out_who_was_never_tried() -> None:
    assert medians({"ergon": [3.0, 1.0, 2.0], "compose": []}) == {"ergon": 2.0}


def test_the_95th_percentile_of_twenty_is_the_second_largest() -> None:
    assert percentile([float(value) for value in range(20, 0, -1)], 95) == 19


def test_the_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)


@given(samples, st.floats(0, 100))
def test_at_least_so_many_percent_do_not_exceed_a_percentile(values: list[float], percent: float) -> None:
    found = percentile(values, percent)

    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100 - 1e-9


def test_joined_measurements_keep_everything_in_order() -> None:
    few = Measured([Figure("40", 1, "s")], {"40 (s)": [1.0]}, ["few"])
    many = Measured([Figure("200", 5, "s")], {"200 (s)": [5.0]}, ["many"])

    joined = few.joined(many)

    assert [figure.name for figure in joined.figures] == ["40", "200"]
    assert joined.samples == {"40 (s)": [1.0], "200 (s)": [5.0]}
    assert joined.notes == ["few", "many"]
