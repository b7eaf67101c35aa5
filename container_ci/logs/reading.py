"""Read a container's log within bounds, and know what is missing. Thin: judging is done by others."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import anyio

from engine.errors import EngineError
from engine.protocol import Engine, LogLine
from observed_state.container import Container

MOST_LINES = 5000
MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 10.0

# What each line takes in Docker's own file beside its text: JSON, stream and time.
_FRAMING_BYTES = 75
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
# The defaults of the `local` driver ("Docker docs, Local file logging driver"); json-file keeps everything.
_LOCAL_FILE_BYTES, _LOCAL_FILES = 20 * 1024**2, 5


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much of a log Docker keeps: `files` of `file_bytes` each, None for everything."""

    driver: str = "json-file"
    file_bytes: int | None = None
    files: int = 1

    def may_have_lost(self, read_bytes: int) -> bool:
        """Return whether lines may be gone by rotation: only when all files but the newest are full."""
        return self.file_bytes is not None and read_bytes >= self.file_bytes * (self.files - 1)

    def __str__(self) -> str:
        """What Docker keeps, in words."""
        if self.file_bytes is None:
            return "everything"
        return f"{self.files} file{'s' * (self.files > 1)} of {_shown_bytes(self.file_bytes)}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a log, oldest line first.

    `since` and `until` bound what was asked for; `missing` says in words what is not among the lines
    although it was asked for. `error` is why nothing could be read, "" when it could.
    """

    lines: tuple[LogLine, ...]
    since: datetime | None
    until: datetime
    bytes: int = 0
    missing: tuple[str, ...] = ()
    error: str = ""


async def read_log(
    engine: Engine,
    container: Container,
    *,
    now: datetime,
    since: datetime | None = None,
    after: datetime | None = None,
    lines: int = MOST_LINES,
) -> Reading:
    """Read the end of a container's log: at most `lines` lines, 2 MiB and 10 s of it.

    Args:
        engine: where the container lives.
        container: which.
        now: aware, UTC; until when the log is read.
        since: only what was said since then, None: from the beginning.
        after: the time of the last line of an earlier reading, to go on from there: Docker gives that line
            once more, unless what was said meanwhile has pushed it out.
        lines: how many lines at most.
    """
    window = _Window(lines)
    start = after or since
    cut = ""
    try:
        with anyio.move_on_after(MOST_SECONDS) as scope:
            async for line in engine.logs(container.id, since=start, tail=lines + 1):
                window.add(line)
    except EngineError as error:
        return Reading((), since, now, error=error.message)
    if scope.cancelled_caught:
        cut = f"reading took longer than {MOST_SECONDS:g} s and was ended"
    kept = window.lines if after is None else [line for line in window.lines if line.time > after]
    overlaps = after is None or len(kept) < len(window.lines)
    missing = tuple(part for part in (cut, _gap(window, keeping(container), start, overlaps=overlaps)) if part)
    return Reading(tuple(kept), start, now, sum(map(_size, kept)), missing)


def keeping(container: Container) -> Keeping:
    """Return how much of a container's log Docker keeps."""
    config: Mapping[str, Any] = (container.frozen.get("HostConfig") or {}).get("LogConfig") or {}
    options: Mapping[str, str] = config.get("Config") or {}
    driver = config.get("Type") or "json-file"
    local = driver == "local"
    return Keeping(
        driver,
        _bytes(options.get("max-size", "")) or (_LOCAL_FILE_BYTES if local else None),
        max(_number(options.get("max-file", "")) or (_LOCAL_FILES if local else 1), 1),
    )


def _gap(window: "_Window", kept: Keeping, start: datetime | None, *, overlaps: bool) -> str:
    begins = f" before {window.lines[0].time:%Y-%m-%d %H:%M:%S}Z" if window.lines else ""
    if window.why:
        return f"only the end was read, {window.why}: what was said{begins} is not looked at"
    if not overlaps:
        return f"lines are lost between the last reading and this one: Docker keeps {kept}"
    begins_late = bool(window.lines) and (start is None or window.lines[0].time - start > timedelta(seconds=1))
    if begins_late and kept.may_have_lost(window.bytes + _FRAMING_BYTES * len(window.lines)):
        return f"Docker keeps {kept}: what was said{begins} may be gone"
    return ""


class _Window:
    """The newest lines, within bounds; `why` names the bound that older ones were over, "" while none was."""

    def __init__(self, most: int) -> None:
        self.lines: deque[LogLine] = deque()
        self.bytes = 0
        self.why = ""
        self._most = most

    def add(self, line: LogLine) -> None:
        """Take a line; the oldest make room."""
        self.lines.append(line)
        self.bytes += _size(line)
        while len(self.lines) > self._most or self.bytes > MOST_BYTES:
            self.why = f"{self._most} lines" if len(self.lines) > self._most else _shown_bytes(MOST_BYTES)
            self.bytes -= _size(self.lines.popleft())


def _size(line: LogLine) -> int:
    return len(line.text) + 1


def _bytes(text: str) -> int | None:
    """Return a size as Docker reads it (`10m`, `512k`), None for what is none."""
    bare = text.strip().lower().removesuffix("ib").removesuffix("b")
    digits = bare.rstrip("kmg")
    number = _number(digits)
    return number * _UNITS[bare[len(digits) :][:1]] if number else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _shown_bytes(number: int) -> str:
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if number >= size:
            return f"{number / size:.4g} {unit}"
    return f"{number} bytes"
