"""What a plain YAML scalar means: YAML 1.2's core schema, narrowed so that no spelling is lost.

`yes`, `on`, `22:22` and `2020-01-01` are text, as in YAML 1.2. A number is a number only when it
prints as it was written: `1.10`, `0777` and `1e3` stay text, so that an environment variable
reads what the file says. Fields that want a number take such text all the same.
"""

import re

Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"-?[1-9][0-9]{0,17}|0")
_FLOAT = re.compile(r"-?[0-9]{1,17}\.[0-9]{1,17}")


def resolved(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar. Every text has one."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "-0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text
