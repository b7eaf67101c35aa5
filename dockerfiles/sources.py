"""Looking through a project's code without understanding all of it: comments blanked, hits with their lines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from dockerfiles.analysis import Evidence
from dockerfiles.tree import Text, Tree

MAX_SOURCES = 400

# Folders whose code is not what runs.
ASIDE = frozenset(
    {
        *("test", "tests", "spec", "specs", "testdata", "__tests__", "fixtures", "androidTest", "integration-tests"),
        *("example", "examples", "sample", "samples", "docs", "doc", "benchmarks", "benches", "third_party"),
        *("vendor", "deps", "_build", "target", "build", "dist", "out", "bin", "obj", "tmp", "log", "node_modules"),
    }
)
# `bin/` holds built files of some languages, and the programs themselves of others.
PROGRAMS = frozenset({"bin"})

_STRINGS = {
    "c": r'"""(?:\\.|.)*?"""|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\\n])\'|`[^`]*`',
    "js": r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`',
    "php": r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'',
    "hash": r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
}
_COMMENTS = {
    "c": r"//[^\n]*|/\*.*?\*/",
    "js": r"//[^\n]*|/\*.*?\*/",
    "php": r"//[^\n]*|/\*.*?\*/|#(?!\[)[^\n]*",
    "hash": r"#[^\n]*",
}
Style = Literal["c", "js", "php", "hash"]
_TOKENS = {style: re.compile(f"(?P<kept>{_STRINGS[style]})|{_COMMENTS[style]}", re.DOTALL) for style in _STRINGS}
_NOT_A_NEWLINE = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A place at which a pattern was found; `text` is the line itself, `groups` those of the pattern."""

    file: str
    line: int
    text: str
    groups: tuple[str, ...]

    @property
    def source(self) -> str:
        return f"{self.file}:{self.line}"

    def speaks_for(self, field: str, rule: str) -> Evidence:
        """Return the hit as evidence for a field."""
        return Evidence(field, self.file, self.line, self.text, rule)


def sources(
    tree: Tree, *suffixes: str, style: Style, tests: str = "", within: frozenset[str] = frozenset()
) -> tuple[Text, ...]:
    """Return the code of a project, comments blanked, those nearest to its root first.

    Args:
        tree: the project.
        suffixes: how the names of its code end.
        style: how the language writes strings and comments.
        tests: a pattern of the names that are tests.
        within: folders that count although their name is one of `ASIDE`.
    """
    found: list[Text] = []
    for path in tree.with_suffix(*suffixes):
        if aside(path, within) or (tests and re.search(tests, path)):
            continue
        if (text := tree.text(path)) is not None:
            found.append(without_comments(text, style))
        if len(found) >= MAX_SOURCES:
            break
    return tuple(found)


def aside(path: str, within: frozenset[str] = frozenset()) -> bool:
    """Say whether a file lies in a folder whose code is not what runs."""
    return any(part in ASIDE and part not in within for part in PurePosixPath(path).parts[:-1])


def without_comments(text: Text, style: Style) -> Text:
    """Return a text with its comments blanked; every line keeps its number."""

    def blanked(token: re.Match[str]) -> str:
        return token[0] if token["kept"] is not None else _NOT_A_NEWLINE.sub(" ", token[0])

    return Text(text.path, _TOKENS[style].sub(blanked, text.content))


def search(texts: Iterable[Text], pattern: str | re.Pattern[str]) -> Iterator[Hit]:
    """Yield where a pattern is found; a group that took no part is ""."""
    wanted = re.compile(pattern, re.MULTILINE) if isinstance(pattern, str) else pattern
    for text in texts:
        for match in wanted.finditer(text.content):
            yield _hit(text, match)


def first(texts: Iterable[Text], *patterns: str | re.Pattern[str]) -> Hit | None:
    """Return the first hit of the first of these patterns that has one."""
    texts = tuple(texts)
    for pattern in patterns:
        if (hit := next(search(texts, pattern), None)) is not None:
            return hit
    return None


def at_line(text: Text, wanted: str) -> Hit:
    """Return the first line of a text that contains this; the text itself (line 0) when none does."""
    number = text.line_of(wanted)
    return Hit(text.path, number, text.content.split("\n")[number - 1].strip() if number else "", ())


def _hit(text: Text, match: re.Match[str]) -> Hit:
    # Where the first group begins is what was looked for; the pattern may start lines before it.
    start = match.start(1) if match.re.groups and match.start(1) >= 0 else match.start()
    line = text.content.count("\n", 0, start) + 1
    begin = text.content.rfind("\n", 0, start) + 1
    end = text.content.find("\n", start)
    shown = text.content[begin : end if end >= 0 else None].strip()
    return Hit(text.path, line, shown[:200], tuple(group or "" for group in match.groups()))
