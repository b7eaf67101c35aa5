"""Compose's variables in values: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+value}`, `$$`."""

import re
from collections.abc import Callable, Mapping

MAX_CHARACTERS = 1 << 22

# What follows an operator may hold variables itself, three deep.
_INNERMOST = r"\$\{[^{}]*\}"
_INNER = rf"\$\{{(?:{_INNERMOST}|[^{{}}])*\}}"
_DOLLAR = re.compile(
    rf"""\$(?:
        (?P<escaped>\$)
      | (?P<named>[A-Za-z_][A-Za-z0-9_]*)
      | \{{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<operator>:?[-?+])(?P<operand>(?:{_INNER}|[^{{}}])*))?\}}
      | (?P<invalid>)
    )""",
    re.VERBOSE,
)


class Interpolation:
    """Substitutes variables, once: what a variable holds is not looked at again.

    All texts given to one instance may grow to `MAX_CHARACTERS` together. A variable that is not set is
    refused, or with `note_unset` told to that and empty, as Compose has it.
    """

    def __init__(self, variables: Mapping[str, str], note_unset: Callable[[str], None] | None = None) -> None:
        self._variables = variables
        self._note_unset = note_unset
        self._room = MAX_CHARACTERS

    def __call__(self, text: str, *, lone_dollars: bool = False) -> str:
        """Return `text` with its variables replaced; `lone_dollars` keeps a `$` that begins none.

        Raises:
            ValueError: a variable is not set or demanded, a `$` begins nothing, or the result is too long.
        """
        if "$" not in text:
            return text
        pieces, end = [], 0
        for match in _DOLLAR.finditer(text):
            if match["invalid"] is not None and not lone_dollars:
                raise ValueError(_bad_dollar(text, match.start()))
            value = "$" if match["invalid"] is not None else self._value(match)
            pieces += [text[end : match.start()], value]
            end = match.end()
            self._spend(len(value))
        return "".join([*pieces, text[end:]])

    def _value(self, match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name = match["named"] or match["braced"]
        value = self._variables.get(name)
        operator, operand = match["operator"] or "", match["operand"] or ""
        present = value is not None and not (operator.startswith(":") and value == "")
        match operator[-1:], present:
            case "+", _:
                return self(operand) if present else ""
            case "-", False:
                return self(operand)
            case "?", False:
                raise ValueError(f"variable {name} is needed: {self(operand) or 'it is not set'}")
        if value is None and self._note_unset is not None:
            self._note_unset(name)
            return ""
        if value is None:
            raise ValueError(
                f"variable {name} is not set; set it, or write ${{{name}:-default}}, or $${name} for the text"
            )
        return value

    def _spend(self, characters: int) -> None:
        self._room -= characters
        if self._room < 0:
            raise ValueError(f"the variables' values add up to more than {MAX_CHARACTERS} characters")


def _bad_dollar(text: str, start: int) -> str:
    return f"{text[start : start + 20]!r} begins no variable; write $$ for a dollar sign"
