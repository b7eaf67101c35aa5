"""A page of documentation as something that can be run: its files, its commands, and what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# (?P<name>[\w.-]+)\n")
# What is another each time: times, ages, ids, process numbers.
_VOLATILE = re.compile(r"\b(?:[0-9a-f]{12,64}|\d[\d:.,TZ-]*(?:ms|[smhd])?(?:\d+[smh])?)(?![\w-])")


@dataclass(frozen=True)
class File:
    """A file that the reader writes: a fenced text whose first line names it."""

    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command that the reader types, and the lines that the page shows of its output; `...` stands for any."""

    line: str
    shown: tuple[str, ...]


def steps(page: Path) -> Iterator[File | Command]:
    """Yield what a reader of the page does, from top to bottom."""
    for fence in _FENCE.finditer(page.read_text()):
        if fence["kind"] == "console":
            yield from _commands(fence["body"])
        elif named := _FILE_NAME.match(fence["body"]):
            yield File(named["name"], fence["body"])


def _commands(body: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, tuple(shown for shown in output.splitlines() if shown.strip() not in ("", "...")))


def missing(command: Command, output: str) -> list[str]:
    """Return the lines that the page shows and the command did not print, times and ids aside."""
    printed = {_plain(line) for line in output.splitlines()}
    return [line for line in command.shown if _plain(line) not in printed]


def _plain(line: str) -> str:
    return " ".join(_VOLATILE.sub("#", line).split())
