"""Plain scalars are YAML 1.2's, and numbers keep their spelling."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.scalars import resolved


@pytest.mark.parametrize("text", ["22:22", "no", "on", "yes", "y", "2020-01-01", "2020-99-99", "=", "9" * 5000, ".inf"])
def test_what_yaml_1_1_would_change_stays_text(text: str) -> None:
    assert resolved(text) == text


@pytest.mark.parametrize("text", ["0777", "1.10", "1e3", "+1", "1_000", "0x1F", "-0"])
def test_a_number_that_would_lose_its_spelling_stays_text(text: str) -> None:
    assert resolved(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("0", 0), ("-7", -7), ("1.5", 1.5)],
)
def test_constants_and_numbers_are_what_they_look_like(text: str, value: Any) -> None:
    assert resolved(text) is value or resolved(text) == value


@given(st.text() | st.from_regex(r"[-+.0-9eE_]+"))
def test_a_number_always_prints_as_it_was_written(text: str) -> None:
    value = resolved(text)

    assert isinstance(value, bool) or value is None or str(value) == text
