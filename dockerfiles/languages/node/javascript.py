"""The tokens of JavaScript and TypeScript: enough to tell code from comments and texts, and no more.

A token's `kind` is `name`, `text` (a string, without its quotes), `template` (with its `${}` left in), `number`,
`pattern` (a regular expression) or `mark` (an operator or bracket).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Kind = Literal["name", "text", "template", "number", "pattern", "mark"]


class Token(NamedTuple):
    kind: Kind
    text: str
    line: int


_SKIPPED = r"(?P<skipped>[\s\ufeff]+|//[^\n]*|/\*.*?(?:\*/|\Z)|(?:(?<=\A)#![^\n]*))"
_TEXT = r"(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
_TEMPLATE = r"(?P<template>`(?:[^`\\]|\\.)*`)"
_NUMBER = r"(?P<number>0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?n?)"
_NAME = r"(?P<name>[^\W\d][\w$]*|\$[\w$]*|[$#][\w$]+)"
_PATTERN = r"(?P<pattern>/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)"
_MARK = r"(?P<mark>===|!==|\?\?=|\|\|=|&&=|\?\?|\?\.|\|\||&&|==|!=|=>|>=|<=|\.\.\.|.)"

_PLAIN = re.compile("|".join((_SKIPPED, _TEXT, _TEMPLATE, _NUMBER, _NAME, _MARK)), re.DOTALL)
_WITH_PATTERNS = re.compile("|".join((_SKIPPED, _TEXT, _TEMPLATE, _NUMBER, _NAME, _PATTERN, _MARK)), re.DOTALL)
_BEFORE_A_PATTERN = frozenset(
    [
        "(",
        ",",
        "=",
        ":",
        "[",
        "!",
        "&",
        "|",
        "?",
        "{",
        "}",
        ";",
        "=>",
        "&&",
        "||",
        "??",
        "==",
        "===",
        "!=",
        "!==",
        "+",
        "-",
        "*",
        "%",
        "<",
        ">",
        "~",
        "^",
    ]
)
_WORDS_BEFORE_A_PATTERN = frozenset({"return", "typeof", "case", "in", "of", "delete", "void", "throw"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def tokens(source: str) -> list[Token]:
    """Return the tokens of a program in order; what is no program gives tokens too, and never an error."""
    return list(_scan(source))


def _scan(source: str) -> Iterator[Token]:
    at, line, last = 0, 1, Token("mark", ";", 0)
    while at < len(source):
        found = (_WITH_PATTERNS if _may_begin_a_pattern(last) else _PLAIN).match(source, at)
        if found is None:  # the last alternative takes any character
            return
        whole, kind = found.group(), found.lastgroup
        if kind != "skipped":
            last = _token(kind, whole, line)
            yield last
        line += whole.count("\n")
        at = found.end()


def _token(kind: str | None, whole: str, line: int) -> Token:
    match kind:
        case "text":
            return Token("text", re.sub(r"\\(.)", r"\1", whole[1:-1]), line)
        case "template":
            return Token("template", whole[1:-1], line)
        case "name":
            return Token("name", whole, line)
        case "number":
            return Token("number", whole.replace("_", ""), line)
        case "pattern":
            return Token("pattern", whole, line)
        case _:
            return Token("mark", whole, line)


def _may_begin_a_pattern(last: Token) -> bool:
    if last.kind == "mark":
        return last.text in _BEFORE_A_PATTERN
    return last.kind == "name" and last.text in _WORDS_BEFORE_A_PATTERN


def is_mark(found: Sequence[Token], at: int, *marks: str) -> bool:
    """Return whether the token at a place is one of these operators or brackets."""
    return 0 <= at < len(found) and found[at].kind == "mark" and found[at].text in marks


def is_name(found: Sequence[Token], at: int, *names: str) -> bool:
    """Return whether the token at a place is one of these names; with none, any name."""
    return 0 <= at < len(found) and found[at].kind == "name" and (not names or found[at].text in names)


def end_of_group(found: Sequence[Token], opening: int) -> int:
    """Return the place of the bracket that closes the one at `opening`, the end where none does."""
    depth = 0
    for at in range(opening, len(found)):
        if found[at].kind != "mark":
            continue
        if found[at].text in _CLOSING:
            depth += 1
        elif found[at].text in ")]}":
            depth -= 1
            if depth == 0:
                return at
    return len(found)


def split(found: Sequence[Token], start: int, end: int, mark: str = ",") -> list[tuple[int, int]]:
    """Return the parts between `start` and `end` that a mark separates, brackets kept whole, as (start, end)."""
    parts: list[tuple[int, int]] = []
    begun = at = start
    while at < end:
        if is_mark(found, at, "(", "[", "{"):
            at = end_of_group(found, at)
        elif is_mark(found, at, mark):
            parts.append((begun, at))
            begun = at + 1
        at += 1
    if begun < end:
        parts.append((begun, min(end, len(found))))
    return parts


def entries(found: Sequence[Token], opening: int) -> dict[str, tuple[int, int]]:
    """Return the keys of the object literal at `opening`, each with where its value stands; `{port}` has itself."""
    held: dict[str, tuple[int, int]] = {}
    for start, end in split(found, opening + 1, end_of_group(found, opening)):
        if found[start].kind not in {"name", "text"}:
            continue
        if is_mark(found, start + 1, ":"):
            held[found[start].text] = (start + 2, end)
        elif end == start + 1:
            held[found[start].text] = (start, end)
    return held


def text_of(token: Token) -> str | None:
    """Return the text that a token is, None for one that is no text or is put together from parts."""
    if token.kind == "text" or (token.kind == "template" and "${" not in token.text):
        return token.text
    return None
