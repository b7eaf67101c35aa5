"""Variables in values, as Compose has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.interpolation import Interpolation

VARIABLES = {"A": "1", "EMPTY": "", "DOLLAR": "$A"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a-$A-${A}", "a-1-1"),
        ("$$A $$", "$A $"),
        ("${NONE:-d}${EMPTY:-d}${A:-d}", "dd1"),
        ("${NONE-d}${EMPTY-d}", "d"),
        ("${NONE:+d}${EMPTY:+d}${A:+d}", "d"),
        ("${EMPTY+d}", "d"),
        ("${A:?needed}${EMPTY?needed}", "1"),
        ("${NONE:-}", ""),
        ("${NONE:-a:b/c}", "a:b/c"),
        ("$DOLLAR", "$A"),
        ("${NONE:-$A}${NONE:-${NONE:-${A}}}${A:+${A}-}", "111-"),
        ("${NONE:-$$A}", "$A"),
    ],
)
def test_a_variable_becomes_its_value(text: str, value: str) -> None:
    assert Interpolation(VARIABLES)(text) == value


@pytest.mark.parametrize(
    "text", ["$NONE", "${NONE}", "${EMPTY:?}", "${NONE?why}", "$", "$1", "${", "${}", "${A", "${A!}"]
)
def test_what_has_no_value_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"variable|dollar"):
        Interpolation(VARIABLES)(text)


@given(st.text())
def test_doubled_dollars_keep_any_text(text: str) -> None:
    assert Interpolation({})(text.replace("$", "$$")) == text
