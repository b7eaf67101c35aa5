"""Log lines for tests."""

from datetime import UTC, datetime, timedelta

from engine.protocol import LogLine

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def lines_of(text: str, stream: str = "stderr", *, start: datetime = NOON, step_s: float = 0.001) -> list[LogLine]:
    """Return the lines of a text as Docker hands them over, one after the other."""
    return [
        LogLine("c1", start + timedelta(seconds=step_s * number), stream, line)
        for number, line in enumerate(text.strip("\n").split("\n"))
    ]
