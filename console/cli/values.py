"""Show an old and a new value: side by side where they are short, else only the lines that differ."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from console.cli.humane import size
from console.cli.text import visible

Sign = Literal["-", "+", " "]

_UNSET = "(unset)"
_SIZES = ("mem_limit", "memswap_limit", "mem_reservation", "shm_size", "memory")
_CPUS = ("cpus",)
_NANO = 10**9
# Lines that stay the same are shown for orientation only.
_AROUND = 1


def short(path: str, value: Any) -> str | None:
    """Return a value in one line, None when it has parts of its own that are better told apart."""
    if isinstance(value, Mapping | list) or (isinstance(value, str) and "\n" in value.strip("\n")):
        return visible(json.dumps(value, ensure_ascii=False)) if not value else None
    return visible(_scalar(path, value))


def differing_lines(path: str, observed: Any, declared: Any) -> Iterator[tuple[Sign, str]]:
    """Yield the lines by which two values differ, old ones first, with a line of what surrounds them."""
    import difflib  # noqa: PLC0415 - most differences need no such comparison

    old, new = list(_lines(path, observed)), list(_lines(path, declared))
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (kind, start, end, new_start, new_end) in enumerate(blocks):
        if kind == "equal":
            yield from _signed(" ", _surroundings(old[start:end], number == 0, number == len(blocks) - 1))
        else:
            yield from _signed("-", old[start:end])
            yield from _signed("+", new[new_start:new_end])


def _signed(sign: Sign, lines: Iterable[str]) -> Iterator[tuple[Sign, str]]:
    for line in lines:
        yield sign, line


def _scalar(path: str, value: Any) -> str:
    if value is None:
        return _UNSET
    if isinstance(value, bool) or not isinstance(value, int | str):
        return json.dumps(value)
    if isinstance(value, str):
        return value or '""'
    field = path.rpartition(".")[2]
    if field in _SIZES:
        return size(value)
    # Docker counts billionths where people write whole processors.
    return f"{value / _NANO:g}" if field in _CPUS and value >= _NANO // 1000 else str(value)


def _lines(path: str, value: Any) -> Iterator[str]:
    """Yield a value line by line: members of a list, keys of a map, lines of a text."""
    match value:
        case None:
            return
        case Mapping():
            yield from (visible(f"{key}: {_compact(path, item)}") for key, item in value.items())
        case list():
            yield from (visible(f"- {_compact(path, item)}") for item in value)
        case str():
            yield from map(visible, value.splitlines())
        case _:
            yield visible(_scalar(path, value))


def _compact(path: str, value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else _scalar(path, value)


def _surroundings(lines: Sequence[str], first: bool, last: bool) -> Iterator[str]:
    before = [] if first else list(lines[:_AROUND])
    after = [] if last else list(lines[max(len(lines) - _AROUND, len(before)) :])
    left_out = len(lines) - len(before) - len(after)
    yield from before
    if left_out and before and after:
        yield "..."
    yield from after
