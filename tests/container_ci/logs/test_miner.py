"""Lines that say the same have one template, whatever their values are."""

from hypothesis import given
from hypothesis import strategies as st

from container_ci.logs.miner import Miner, masked


def test_lines_that_differ_by_values_share_a_template() -> None:
    miner = Miner()

    found = [miner.add(f"GET /orders/{number} took {number * 3}ms for 10.0.0.{number}") for number in range(20)]

    assert (len(miner), found[-1].count) == (1, 20)


def test_words_that_differ_become_a_mark() -> None:
    miner = Miner()
    miner.add("user ann logged in from paris")

    template = miner.add("user bob logged in from rome")

    assert template.text == "user <*> logged in from <*>"


def test_lines_that_say_something_else_have_their_own() -> None:
    miner = Miner()

    texts = {miner.add(line).text for line in ("connection refused by db", "listening on port 80", "disk is full")}

    assert len(texts) == 3


def test_values_are_masked_by_what_they_are() -> None:
    line = '2026-05-01T12:00:00Z 10.0.0.1:80 id 6f9619ff-8b86-d011-b42d-00cf4fc964ff at 0xdead took 12ms "x y"'

    assert masked(line) == "<time> <ip> id <uuid> at <hex> took <n> <text>"


def test_the_template_unseen_for_longest_makes_room() -> None:
    miner = Miner(most=2)
    miner.add("alpha is first here")
    miner.add("beta comes second now")
    miner.add("alpha is first here")
    miner.add("gamma is a third thing entirely")

    assert len(miner) == 2
    assert miner.add("alpha is first here").count == 3
    assert miner.add("beta comes second now").count == 1


@given(st.lists(st.text(max_size=60), max_size=80))
def test_every_line_is_counted_once_and_the_number_of_templates_is_bounded(lines: list[str]) -> None:
    miner = Miner(most=10)
    for line in lines:
        miner.add(line)

    assert miner.seen == len(lines)
    assert len(miner) <= 10
