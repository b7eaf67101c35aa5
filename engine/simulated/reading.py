"""What is read out of a simulated container: its log, once or followed; its processes; its files."""

import io
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio

from engine.archives import unpacked
from engine.protocol import Archive, LogLine
from engine.redaction import redacted
from engine.simulated.answers import Refusal
from engine.simulated.daemon import Daemon
from engine.simulated.record import Line, Record


@dataclass(frozen=True, slots=True)
class Span:
    """Which lines: printed at `since` or later, at `until` or earlier, and of those the last `tail`."""

    since: datetime | None = None
    until: datetime | None = None
    tail: int | None = None

    def holds(self, line: Line) -> bool:
        return (self.since is None or line.time >= self.since) and (self.until is None or line.time <= self.until)


async def lines(daemon: Daemon, record: Record, span: Span, *, follow: bool) -> AsyncIterator[LogLine]:
    """Yield the lines of the span; a followed log ends when the container's run does."""
    read = len(record.log)
    kept = [line for line in record.log if span.holds(line)]
    for line in kept if span.tail is None else kept[len(kept) - min(span.tail, len(kept)) :]:
        yield _shown(record, line)
    while follow:
        for line in record.log[read:]:
            yield _shown(record, line)
        read = len(record.log)
        if not record.alive:
            return
        await _printed_or_gone(daemon, record)


async def _printed_or_gone(daemon: Daemon, record: Record) -> None:
    async def until(event: anyio.Event) -> None:
        await daemon.agenda.wait(event)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(until, record.printed)
        tasks.start_soon(until, record.gone)


def _shown(record: Record, line: Line) -> LogLine:
    return LogLine(record.id, line.time, line.stream, redacted(line.text))


def top(record: Record) -> dict[str, Any]:
    """Return what `GET /containers/{id}/top` answers.

    Raises:
        Refusal: 409, it does not run.
    """
    if not record.alive:
        raise Refusal(409, f"Container {record.id} is not running")
    command = [record.inspect["Path"], *record.inspect["Args"]]
    own = [(None, posixpath.basename(command[0])[:15], " ".join(command))]
    first = int(record.state["Pid"])
    rows = [
        [str(first + at), str(1 if parent is None else first + parent), comm, args]
        for at, (parent, comm, args) in enumerate(record.behaviour.processes or own)
    ]
    return {"Titles": ["PID", "PPID", "COMMAND", "COMMAND"], "Processes": rows}


def archive(record: Record, path: str, limit: int) -> Archive:
    """Return the files at a path: those of its image, and what was put there since.

    Raises:
        Refusal: 404, nothing is there.
    """
    base = posixpath.dirname(posixpath.normpath(path)).rstrip("/") + "/"
    there = {name: data for name, data in _files(record).items() if f"{name}/".startswith(path.rstrip("/") + "/")}
    if not there:
        raise Refusal(404, f"Could not find the file {path} in container {record.id}")
    fitting = {name.removeprefix(base): data for name, data in there.items() if len(data) <= limit}
    return Archive(fitting, complete=len(fitting) == len(there))


def _files(record: Record) -> dict[str, bytes]:
    files = {name: text.encode() for name, text in record.behaviour.files.items()}
    for folder, packed in record.archives:
        inside = unpacked(io.BytesIO(packed).read, len(packed)).files
        files |= {posixpath.normpath(posixpath.join("/", folder, name)): data for name, data in inside.items()}
    return files
