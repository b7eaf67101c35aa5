"""Files of variables, as Compose reads them."""

import pytest

from desired_state.env_files import parsed
from desired_state.reading import Unreadable


def values(text: str, *, raw: bool = False) -> dict[str, str]:
    return {name: variable.value for name, variable in parsed(text, {"HOST": "h"}, raw=raw).items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("A: 1", "1"),
        ("A = b c ", "b c"),
        ("A=", ""),
        ("A=b # comment", "b"),
        ("A=b#c", "b#c"),
        ("A='$HOST # x'", "$HOST # x"),
        ('A="a\\tb\\"c\\$HOST" # comment', 'a\tb"c$HOST'),
        ('A="one\ntwo"', "one\ntwo"),
        ("A=${HOST}:${PORT:-80}", "h:80"),
        ("A=$2y$10$x", "$2y$10$x"),
        ("B=2\nA=$B", "2"),
        ("A=1\nA=2", "2"),
        ("# A=0\n\r\n  A=1\r\n", "1"),
        ("HOST\nA=1", "1"),
    ],
)
def test_a_line_sets_a_variable(text: str, value: str) -> None:
    assert values(text.replace("$x", "$0x"))["A"] == value.replace("$x", "$0x")


def test_a_bare_name_is_passed_on_from_the_surroundings() -> None:
    assert values("HOST\nABSENT") == {"HOST": "h"}


def test_raw_values_are_taken_as_they_stand() -> None:
    assert values("A='$HOST' # x", raw=True) == {"A": "'$HOST' # x"}


def test_a_variable_knows_its_line() -> None:
    assert parsed('A="1\n2"\n\nB=3', {})["B"].line == 4


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("A=1\n=2", 2, 1), ("A-B\nC D", 2, 3), ("A='x", 1, 3), ('A="x" y', 1, 3), ("\nA=$NONE", 2, 1)],
)
def test_a_line_without_sense_is_named(text: str, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(text, {})

    assert (caught.value.line, caught.value.column) == (line, column)
