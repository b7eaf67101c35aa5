"""What pydantic refuses, in plain words. One table: a new kind of refusal gets its words here."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

Details = dict[str, Any]

_WORDS: dict[str, Callable[[Details], str]] = {
    "missing": lambda _: "is missing",
    "string_type": lambda error: f"must be text{_quote_it(error['input'])}",
    "string_too_short": lambda _: "must not be empty",
    "too_short": lambda _: "must not be empty",
    "string_pattern_mismatch": lambda error: f"must match {error['ctx']['pattern']}",
    "int_type": lambda error: f"must be a whole number{_not(error['input'])}",
    "int_parsing": lambda error: f"must be a whole number{_not(error['input'])}",
    "int_from_float": lambda error: f"must be a whole number{_not(error['input'])}",
    "int_parsing_size": lambda _: "is too large a number",
    "float_type": lambda error: f"must be a number{_not(error['input'])}",
    "float_parsing": lambda error: f"must be a number{_not(error['input'])}",
    "finite_number": lambda error: f"must be a number{_not(error['input'])}",
    "bool_type": lambda error: f"must be true or false{_not(error['input'])}",
    "bool_parsing": lambda error: f"must be true or false{_not(error['input'])}",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a map of keys and values",
    "model_type": lambda _: "must be a map of keys and values",
    "model_attributes_type": lambda _: "must be a map of keys and values",
    "none_required": lambda _: "must be left empty",
    "greater_than_equal": lambda error: f"must be at least {error['ctx']['ge']}{_not(error['input'])}",
    "greater_than": lambda error: f"must be more than {error['ctx']['gt']}{_not(error['input'])}",
    "less_than_equal": lambda error: f"must be at most {error['ctx']['le']}{_not(error['input'])}",
    "less_than": lambda error: f"must be less than {error['ctx']['lt']}{_not(error['input'])}",
    "literal_error": lambda error: _one_of(error["ctx"]["expected"], error["input"]),
}


def in_plain_words(error: Details) -> str:
    """Return what one of pydantic's errors means, as the rest of a sentence that begins with the field's name."""
    words = _WORDS.get(error["type"])
    return words(error) if words else "has a value that is not accepted here"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "x"?` for the known word that `word` most resembles, or ""."""
    matches = difflib.get_close_matches(word.lower(), list(known), n=1) if len(word) <= 64 else []
    return f'; did you mean "{matches[0]}"?' if matches else ""


def _quote_it(value: Any) -> str:
    if isinstance(value, bool):
        return f'; write "{str(value).lower()}" in quotes'
    return f'; write "{value}" in quotes' if isinstance(value, int | float) else ""


def _not(value: Any) -> str:
    if value is None:
        return ", not empty"
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, str):
        return f', not "{value[:40]}"'
    return f", not {value}" if isinstance(value, int | float) else ""


def _one_of(expected: str, value: Any) -> str:
    choices = [choice.strip("'") for part in expected.split(", ") for choice in part.split(" or ")]
    known = ", ".join(choices[:-1]) + " or " + choices[-1] if len(choices) > 1 else choices[0]
    return f"must be {known}{_not(value)}{nearest(value, choices) if isinstance(value, str) else ''}"
