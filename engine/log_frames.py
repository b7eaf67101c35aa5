"""Docker's log stream taken apart: frames (a container without a terminal) or plain text (one with a terminal)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.observing import moment
from engine.protocol import LogLine
from engine.redaction import redacted

_HEADER_BYTES = 8
_STREAMS = {0: "stdout", 1: "stdout", 2: "stderr"}
# A program that never ends its line would else be kept in memory whole.
_LONGEST_LINE = 256 * 1024


@dataclass(slots=True)
class LogFrames:
    """Turns bytes cut anywhere into lines. The stream must have been asked for with timestamps.

    A frame begins with a stream number below 3, text from a terminal with the digit of a year: so
    the first byte tells the two apart on engines that don't say which it is.
    """

    container_id: str
    _rest: bytes = b""
    _framed: bool | None = None
    _begun: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """Yield the lines that are complete now."""
        if self._framed is None and data:
            self._framed = data[0] in _STREAMS
        self._rest += data
        for stream, entry in self._framed_entries() if self._framed else self._plain_entries():
            yield from self._line(stream, entry)

    def end(self) -> Iterator[LogLine]:
        """Yield what was begun and never ended."""
        if not self._framed and self._rest:
            yield from self._line("stdout", self._rest)
        for stream, (time, text) in self._begun.items():
            yield LogLine(self.container_id, time, stream, redacted(text))
        self._begun.clear()

    def _framed_entries(self) -> Iterator[tuple[str, bytes]]:
        start = 0
        while len(self._rest) - start >= _HEADER_BYTES:
            end = start + _HEADER_BYTES + int.from_bytes(self._rest[start + 4 : start + _HEADER_BYTES], "big")
            if end > len(self._rest):
                break
            yield _STREAMS.get(self._rest[start], "stdout"), self._rest[start + _HEADER_BYTES : end]
            start = end
        self._rest = self._rest[start:]

    def _plain_entries(self) -> Iterator[tuple[str, bytes]]:
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            yield "stdout", line + b"\n"

    def _line(self, stream: str, entry: bytes) -> Iterator[LogLine]:
        # Docker splits long lines; each part has a time of its own, and only the last an end.
        stamp, _, rest = entry.partition(b" ")
        time = moment(stamp.decode("ascii", "replace"))
        text = rest.decode("utf-8", "replace")
        if time is None:
            return
        begun_at, begun = self._begun.pop(stream, (time, ""))
        text = begun + text
        if text.endswith("\n") or len(text) >= _LONGEST_LINE:
            whole = redacted(text.removesuffix("\n").removesuffix("\r"))
            yield LogLine(self.container_id, begun_at, stream, whole)
        else:
            self._begun[stream] = (begun_at, text)
