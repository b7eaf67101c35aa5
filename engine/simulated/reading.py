"""A container's log, read once or followed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import anyio

from engine.protocol import LogLine
from engine.redaction import redacted
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
