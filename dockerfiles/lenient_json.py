"""JSON as people write it: comments, trailing commas, single quotes, bare keys (JSON5); errors with their place."""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from dockerfiles.tree import Text

MAX_DEPTH = 200

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/|\ufeff)*", re.DOTALL)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w$-]*|\$[\w$]*")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|Infinity|NaN)")
# A character beyond the first 65536 is written as two escapes.
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\({_PAIR}|u[0-9a-fA-F]{{4}}|x[0-9a-fA-F]{{2}}|\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


class Malformed(ValueError):
    """Says where a file stops being JSON: `package.json:3:14: a value is expected here`."""

    def __init__(self, file: str, line: int, column: int, reason: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {reason}")
        self.file, self.line, self.column, self.reason = file, line, column, reason


@dataclass(frozen=True, slots=True)
class Document:
    """The value of a file, and its text for telling where things stand in it."""

    value: Any
    text: Text

    def line(self, *keys: str) -> int:
        """Return the line of the key that is reached through these keys, 0 when there is none."""
        content, at = self.text.content, 0
        for key in keys:
            found = re.compile(rf"[\"']?{re.escape(key)}[\"']?\s*:").search(content, at)
            if not found:
                return 0
            at = found.start()
        return content.count("\n", 0, at) + 1 if keys else 0


def parse(text: Text) -> Document:
    """Return what a file says.

    Raises:
        Malformed: it is no JSON, even read leniently, or is nested deeper than anything real.
    """
    try:
        return Document(json.loads(text.content, strict=False), text)
    except RecursionError:
        raise Malformed(text.path, 1, 1, f"it is nested more than {MAX_DEPTH} levels deep") from None
    except ValueError:
        return Document(_Parser(text).document(), text)


class _Parser:
    def __init__(self, text: Text) -> None:
        self.path, self.content, self.at = text.path, text.content, 0

    def document(self) -> Any:
        value = self._value(0)
        self._skip()
        if self.at < len(self.content):
            self._fail("nothing may follow the value")
        return value

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._fail(f"it is nested more than {MAX_DEPTH} levels deep")
        self._skip()
        match self.content[self.at : self.at + 1]:
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"' | "'":
                return self._string()
            case _:
                return self._scalar()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while not self._closed("}"):
            key = self._key()
            self._expect(":", f'":" is expected after the key "{key}"')
            found[key] = self._value(depth + 1)
            self._separated("}")
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while not self._closed("]"):
            found.append(self._value(depth + 1))
            self._separated("]")
        return found

    def _key(self) -> str:
        if self.content[self.at : self.at + 1] in {'"', "'"}:
            return self._string()
        name = _NAME.match(self.content, self.at)
        if name is None:
            self._fail("a key is expected here")
        self.at = name.end()
        return name.group()

    def _string(self) -> str:
        found = _STRING.match(self.content, self.at)
        if not found:
            self._fail("the text that begins here has no end")
        self.at = found.end()
        return _ESCAPE.sub(_unescaped, found.group(1) if found.group(1) is not None else found.group(2))

    def _scalar(self) -> Any:
        if number := _NUMBER.match(self.content, self.at):
            self.at = number.end()
            return _number(number.group())
        word = _NAME.match(self.content, self.at)
        if word is None or word.group() not in _WORDS:
            self._fail("a value is expected here")
        self.at = word.end()
        return _WORDS[word.group()]

    def _closed(self, end: str) -> bool:
        self._skip()
        if self.content.startswith(end, self.at):
            self.at += 1
            return True
        return False

    def _separated(self, end: str) -> None:
        self._skip()
        if self.content.startswith(",", self.at):
            self.at += 1
        elif not self.content.startswith(end, self.at):
            self._fail(f'"," or "{end}" is expected here')

    def _expect(self, mark: str, reason: str) -> None:
        self._skip()
        if not self.content.startswith(mark, self.at):
            self._fail(reason)
        self.at += 1

    def _skip(self) -> None:
        if space := _SPACE.match(self.content, self.at):
            self.at = space.end()

    def _fail(self, reason: str) -> NoReturn:
        line = self.content.count("\n", 0, self.at) + 1
        raise Malformed(self.path, line, self.at - self.content.rfind("\n", 0, self.at), reason)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape.group(1)
    if len(code) > 6:
        return bytes.fromhex(code[1:5] + code[7:]).decode("utf-16-be")
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)


def _number(text: str) -> int | float:
    digits = text.lstrip("+-").lower()
    if digits.startswith("0x"):
        return -int(digits, 16) if text.startswith("-") else int(digits, 16)
    if digits.isdigit():
        return int(text)
    return float(text)
