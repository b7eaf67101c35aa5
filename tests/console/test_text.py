"""No text from elsewhere steers the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.text import visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("all fine\rfailed  ", r"all fine\rfailed  "),
        ("one\ntwo\ttabbed", r"one\ntwo\ttabbed"),
        ("backspace\x08\x08", r"backspace\x08\x08"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("in\u2066visible\u2069", r"in\u2066visible\u2069"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("line\u2028separator", r"line\u2028separator"),
        ("lone\ud800surrogate", r"lone\ud800surrogate"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("del\x7f", r"del\x7f"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@given(st.text())
def test_whatever_the_text_nothing_in_the_result_is_a_control_character(text: str) -> None:
    assert not {unicodedata.category(character) for character in visible(text)} & {"Cc", "Cs", "Zl", "Zp"}


@given(st.text())
def test_escaping_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_letters_of_all_languages_stay_as_they_are() -> None:
    assert visible("Grüße, 世界, мир, שלום") == "Grüße, 世界, мир, שלום"
