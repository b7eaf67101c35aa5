"""The instructions of a Dockerfile with their lines, and which of them a builder speaks of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_CLASSIC_STEP = re.compile(r"Step (\d+)/\d+ : (.*)", re.DOTALL)
_BUILDKIT_STEP = re.compile(r"\[(?:\S+ )?(?:(\S+) )?(\d+)/\d+\] (.*)", re.DOTALL)
# Of an instruction, its first words: builders put variables' values in, and cut what is long.
_TELLING_CHARS = 24


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its number from 1, its first line, and its text in one line."""

    number: int
    line: int
    text: str


def instructions(dockerfile: str) -> tuple[Instruction, ...]:
    """Return the instructions of a Dockerfile in their order; comments are none, here-documents belong to theirs."""
    found: list[Instruction] = []
    for line, text in _logical_lines(dockerfile.splitlines()):
        found.append(Instruction(len(found) + 1, line, text))
    return tuple(found)


def _logical_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    index = 0
    while index < len(lines):
        first = index
        parts: list[str] = []
        while index < len(lines):
            text = lines[index].strip()
            index += 1
            if text.startswith("#") or (not text and parts):
                continue
            parts.append(text.removesuffix("\\").strip())
            if not text.endswith("\\"):
                break
        whole = " ".join(part for part in parts if part)
        for marker in _HEREDOC.findall(whole):
            while index < len(lines) and lines[index].strip() != marker:
                index += 1
            index += 1
        if whole:
            yield _first_line(lines, first) + 1, whole


def _first_line(lines: Sequence[str], index: int) -> int:
    """Return where an instruction really begins: comments and empty lines may come before it."""
    while not lines[index].strip() or lines[index].strip().startswith("#"):
        index += 1
    return index


def spoken_of(step: str, known: Sequence[Instruction]) -> Instruction | None:
    """Return the instruction that a builder's words for a step mean, None when that is not sure.

    The classic builder counts all instructions (`Step 3/7 : RUN make`), BuildKit those of a stage that do something
    (`[build 2/4] RUN make`); the text has the last word.
    """
    if found := _CLASSIC_STEP.match(step):
        number, text = int(found.group(1)), found.group(2)
        if number <= len(known) and _alike(known[number - 1].text, text):
            return known[number - 1]
    elif found := _BUILDKIT_STEP.match(step):
        text = found.group(3)
    else:
        return None
    alike = [one for one in known if _alike(one.text, text)]
    exact = [one for one in alike if _plain(one.text) == _plain(text)]
    return next(iter(exact or alike), None)


def _alike(one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    return one[:_TELLING_CHARS] == other[:_TELLING_CHARS]


def _plain(text: str) -> str:
    return " ".join(text.replace("\\\n", " ").split()).lower()
