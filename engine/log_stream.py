"""A container's log as an async iterator. The reader sets the pace: nothing is read before it is asked for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from anyio import CapacityLimiter, WouldBlock, to_thread

from engine.connection import Connection, Params
from engine.errors import Refused
from engine.log_frames import LogFrames
from engine.protocol import LogLine
from engine.streams import Stream
from engine.translation import translated


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines of which container's log."""

    container_id: str
    follow: bool = False
    since: datetime | None = None
    until: datetime | None = None
    tail: int | None = None

    def params(self) -> Params:
        """Return Docker's query. Timestamps are always asked for: `LogFrames` needs them."""
        times = {"since": self.since, "until": self.until}
        return {
            "stdout": True,
            "stderr": True,
            "timestamps": True,
            "follow": self.follow,
            "tail": "all" if self.tail is None else self.tail,
            **{name: f"{time.timestamp():.6f}" for name, time in times.items() if time},
        }


async def read(connection: Connection, lines: Lines, limiter: CapacityLimiter) -> AsyncIterator[LogLine]:
    """Yield log lines; a followed log ends when the container does.

    Args:
        connection: the daemon.
        lines: which.
        limiter: admits the reads; one that is followed holds a place as long as it lasts.

    Raises:
        NotFound: there is no such container.
        Refused: as many logs are followed already as may be.
        EngineUnreachable: the stream broke.
    """
    place = _Place(lines, limiter)
    doing = f"read the log of container {lines.container_id[:12]}"
    with place, translated(doing, connection.host.url):
        stream = await to_thread.run_sync(_opened, connection, lines, limiter=place.limiter)
        read_some = stream.read_soon if lines.follow else stream.read
        frames = LogFrames(lines.container_id)
        try:
            while data := await to_thread.run_sync(read_some, limiter=place.limiter, abandon_on_cancel=True):
                for line in frames.feed(data):
                    yield line
            for line in frames.end():
                yield line
        finally:
            stream.interrupt()
            stream.close()


class _Place:
    """A followed log's seat among the followers; a log that is only read takes its turn with other reads."""

    def __init__(self, lines: Lines, limiter: CapacityLimiter) -> None:
        self._seats = limiter if lines.follow else None
        self.limiter = CapacityLimiter(1) if lines.follow else limiter

    def __enter__(self) -> None:
        if self._seats is None:
            return
        try:
            self._seats.acquire_on_behalf_of_nowait(self)
        except WouldBlock:
            most = int(self._seats.total_tokens)
            raise Refused(f"cannot follow another log: {most} are followed already; close one") from None

    def __exit__(self, *_: object) -> None:
        if self._seats is not None:
            self._seats.release_on_behalf_of(self)


def _opened(connection: Connection, lines: Lines) -> Stream:
    path = f"/containers/{lines.container_id}/logs"
    return Stream.opened(connection, path, lines.params(), endless=lines.follow)
