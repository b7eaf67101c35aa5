"""Old and new values are shown by what differs, and nothing is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.text import visible
from console.cli.values import differing_lines, short

LINES = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(LINES, LINES)
def test_every_line_that_differs_is_shown_and_no_other_is_called_so(old: list[str], new: list[str]) -> None:
    shown = list(differing_lines("spec.command", old, new))
    gone, come = ([line for sign, line in shown if sign == wanted] for wanted in "-+")

    assert len(old) - len(gone) == len(new) - len(come)
    assert left_over(old, gone) == left_over(new, come)


def left_over(lines: list[str], taken: list[str]) -> list[str]:
    """Return, sorted, the lines that are not among those taken."""
    rest = [f"- {line}" for line in lines]
    for line in taken:
        rest.remove(line)
    return sorted(rest)


@given(LINES)
def test_equal_values_have_no_differing_lines(lines: list[str]) -> None:
    assert {sign for sign, _ in differing_lines("spec.command", lines, lines)} <= {" "}


LEAVES = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(LEAVES, lambda some: st.lists(some) | st.dictionaries(st.text(), some))


@given(VALUES)
def test_no_value_steers_the_terminal(value: Any) -> None:
    told = [short("spec.x", value) or "", *(line for _, line in differing_lines("spec.x", None, value))]

    assert [visible(line) for line in told] == told


SHORT: dict[str, tuple[str, Any, str | None]] = {
    "absent": ("spec.x", None, "(unset)"),
    "empty text": ("spec.x", "", '""'),
    "a size": ("spec.mem_limit", 256 << 20, "256M"),
    "a size that is none": ("spec.ports", 1 << 20, "1048576"),
    "processors": ("spec.cpus", 1_500_000_000, "1.5"),
    "a flag": ("spec.init", True, "true"),
    "an empty list": ("spec.command", [], "[]"),
    "a list": ("spec.command", ["a"], None),
    "a text of one line with its end": ("spec.content", "one\n", "one\\n"),
    "a text of two lines": ("spec.content", "one\ntwo", None),
}


@pytest.mark.parametrize("case", SHORT)
def test_a_value_of_one_line_is_told_as_people_write_it(case: str) -> None:
    path, value, told = SHORT[case]

    assert short(path, value) == told
