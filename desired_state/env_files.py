"""Files of environment variables, in the dialect that Compose reads.

`NAME=value` or `NAME: value` in a line, `export ` before it if you like; `#` begins a comment.
Single quotes keep everything, double quotes know \\n, \\t, \\" and variables, and both may span
lines. A variable is looked up in the surrounding environment first, then in the lines above.
"""

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desired_state.interpolation import Interpolation
from desired_state.reading import Unreadable

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*")
_BLANK = re.compile(r"[ \t]*(?:#.*)?$")
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#.*)?$", re.MULTILINE)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?$', re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable and the line (from 1) that sets it."""

    value: str
    line: int


def parsed(text: str, environment: Mapping[str, str], *, raw: bool = False) -> dict[str, Variable]:
    """Return the variables of a file's text; of two lines for one name the last counts.

    A name without `=` is passed on from `environment`, or left out when that has none. With `raw`
    a value is the rest of its line as it stands.

    Raises:
        Unreadable: a line makes no sense; carries its place.
    """
    found: dict[str, Variable] = {}
    values: dict[str, str] = {}
    interpolate = Interpolation(ChainMap(dict(environment), values))
    for name, written, line in _assignments(text, raw=raw):
        meant = written if raw or written is None else _meaning(written, interpolate, line)
        value = environment.get(name) if meant is None else meant
        if value is not None:
            found[name] = Variable(value, line)
            values[name] = value
    return found


def _assignments(text: str, *, raw: bool) -> Iterator[tuple[str, str | None, int]]:
    """Yield each name, what is written behind its `=` (None without one), and its line."""
    text = text.replace("\r\n", "\n")
    position, line = 0, 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end == -1 else end
        if not _BLANK.match(text[position:end]):
            name, start = _name(text, position, end, line)
            quoted = None if raw or start is None else _quoted(text, start, line)
            end = quoted.end() if quoted else end
            written = None if start is None else quoted[0] if quoted else text[start:end]
            yield name, written, line
        line += text.count("\n", position, end + 1)
        position = end + 1


def _name(text: str, position: int, end: int, line: int) -> tuple[str, int | None]:
    match = _NAME.match(text, position, end)
    if match is None:
        raise Unreadable("write NAME=value; a name holds letters, digits and underscores", line, 1)
    if match.end() == end or text[match.end()] == "#":
        return match[1], None
    if text[match.end()] not in "=:":
        raise Unreadable(f"{match[1]!r} is not followed by =", line, match.end() - position + 1)
    start = match.end() + 1
    while start < end and text[start] in " \t":
        start += 1
    return match[1], start


def _quoted(text: str, start: int, line: int) -> re.Match[str] | None:
    pattern = {"'": _SINGLE, '"': _DOUBLE}.get(text[start : start + 1])
    if pattern is None:
        return None
    match = pattern.match(text, start)
    if match is None:
        column = start - text.rfind("\n", 0, start)
        raise Unreadable("the quote is not closed, or something follows it", line, column)
    return match


def _meaning(written: str, interpolate: Interpolation, line: int) -> str:
    try:
        if single := _SINGLE.match(written):
            return single[1]
        if double := _DOUBLE.match(written):
            dollars_kept = _ESCAPE.sub(lambda match: "$$" if match[1] == "$" else match[0], double[1])
            return _unescaped(interpolate(dollars_kept, lone_dollars=True))
        return interpolate(_COMMENT.sub("", written, count=1).strip(), lone_dollars=True)
    except ValueError as error:
        raise Unreadable(f"{error} (single quotes keep every $)", line, 1) from None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def written(name: str, value: str) -> str:
    """Return the line (or lines) of a file that gives a variable exactly this value."""
    if "'" not in value:
        return f"{name}='{value}'\n"
    escaped = "".join(f"\\{character}" if character in '\\"$' else character for character in value)
    return f'{name}="{escaped}"\n'
