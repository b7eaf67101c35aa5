"""Whose turn it is."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bench.interleaving import interleaved


class Track:
    """Remembers who ran; a trial returns how many ran before it."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def trial(self, name: str) -> Callable[[], float]:
        def run() -> float:
            self.ran.append(name)
            return float(len(self.ran) - 1)

        return run

    def trials(self, names: str) -> dict[str, Callable[[], float]]:
        return {name: self.trial(name) for name in names}


def test_everybody_begins_a_round_in_turn() -> None:
    track = Track()

    interleaved(track.trials("abc"), 3)

    assert "".join(track.ran) == "abcbcacab"


def test_samples_are_by_contender_in_the_order_of_the_rounds() -> None:
    assert interleaved(Track().trials("ab"), 2) == {"a": [0.0, 3.0], "b": [1.0, 2.0]}


def test_what_warms_up_is_run_and_not_counted() -> None:
    track = Track()

    samples = interleaved(track.trials("ab"), 1, warm_up=2)

    assert len(track.ran) == 6
    assert samples == {"a": [4.0], "b": [5.0]}


@given(st.integers(1, 6), st.integers(0, 20))
def test_everybody_is_tried_once_in_every_round(contenders: int, rounds: int) -> None:
    names = "abcdef"[:contenders]
    track = Track()

    interleaved(track.trials(names), rounds)

    turns = [track.ran[start : start + contenders] for start in range(0, len(track.ran), contenders)]
    assert len(turns) == rounds
    assert all(sorted(turn) == sorted(names) for turn in turns)
