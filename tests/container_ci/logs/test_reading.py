"""A log is read within bounds, and what is missing of it is said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from container_ci.logs import reading
from container_ci.logs.reading import Reading, keeping, read_log
from engine.errors import EngineUnreachable
from engine.protocol import Engine, LogLine
from observed_state.container import Container
from tests.container_ci.logs.lines import NOON, lines_of

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


@dataclass
class Log:
    """The part of an engine that gives a log: the last `tail` lines, and of those the ones since then."""

    lines: list[LogLine]
    error: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def logs(
        self, container_id: str, *, since: datetime | None = None, tail: int | None = None
    ) -> AsyncIterator[LogLine]:
        self.asked.append({"container_id": container_id, "since": since, "tail": tail})
        if self.error is not None:
            raise self.error
        for line in self.lines[-(tail or 0) :]:
            if since is None or line.time >= since:
                yield line


def container(driver: str = "json-file", **options: str) -> Container:
    log = {"Type": driver, "Config": {name.replace("_", "-"): value for name, value in options.items()}}
    return Container("c1", "web-1", "web", "sha256:1", "running", frozen={"HostConfig": {"LogConfig": log}})


async def read(log: Log, of: Container | None = None, **more: Any) -> Reading:
    return await read_log(cast("Engine", log), of or container(), now=NOON, **more)


async def test_a_short_log_is_read_whole_and_nothing_is_missing() -> None:
    found = await read(Log(lines_of("a\nb\nc")))

    assert ([line.text for line in found.lines], found.missing, found.error) == (["a", "b", "c"], (), "")


async def test_a_log_of_just_as_many_lines_as_may_be_is_whole() -> None:
    found = await read(Log(lines_of("a\nb\nc")), lines=3)

    assert (len(found.lines), found.missing) == (3, ())


async def test_a_long_log_is_read_from_its_end_and_that_is_said() -> None:
    found = await read(Log(lines_of("\n".join(map(str, range(40))))), lines=10)

    assert [line.text for line in found.lines] == [str(number) for number in range(30, 40)]
    assert "10 lines" in found.missing[0]


async def test_huge_lines_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)

    found = await read(Log(lines_of("\n".join("x" * 300 for _ in range(10)))))

    assert len(found.lines) == 3
    assert found.bytes <= 1000
    assert "1000 bytes" in found.missing[0]


async def test_a_reading_goes_on_after_the_last_one() -> None:
    lines = lines_of("a\nb\nc\nd")

    found = await read(Log(lines), after=lines[1].time)

    assert ([line.text for line in found.lines], found.missing) == (["c", "d"], ())


async def test_lines_lost_between_two_readings_are_told() -> None:
    lines = lines_of("a\nb\nc\nd")

    found = await read(Log(lines[2:]), container(max_size="1k", max_file="1"), after=lines[0].time)

    assert "lost between" in found.missing[0]


async def test_lines_that_rotation_may_have_taken_are_told() -> None:
    lines = lines_of("\n".join("x" * 100 for _ in range(20)))

    full = await read(Log(lines), container(max_size="1k", max_file="3"))
    roomy = await read(Log(lines), container(max_size="1m", max_file="3"))

    assert full.missing == ("Docker keeps 3 files of 1 KiB: what was said before 2026-05-01 12:00:00Z may be gone",)
    assert roomy.missing == ()


async def test_rotation_matters_only_before_what_was_asked_for() -> None:
    lines = lines_of("\n".join("x" * 100 for _ in range(20)))

    found = await read(Log(lines), container(max_size="1k", max_file="3"), since=lines[0].time)

    assert found.missing == ()


async def test_a_log_that_cannot_be_read_says_why() -> None:
    found = await read(Log([], EngineUnreachable("the Docker daemon did not answer")))

    assert (found.lines, found.error) == ((), "the Docker daemon did not answer")


@pytest.mark.parametrize(
    ("driver", "options", "file_bytes", "files"),
    [
        ("json-file", {}, None, 1),
        ("json-file", {"max_size": "10m", "max_file": "3"}, 10 * 1024**2, 3),
        ("json-file", {"max_size": "512k"}, 512 * 1024, 1),
        ("json-file", {"max_size": "2GB"}, 2 * 1024**3, 1),
        ("json-file", {"max_size": "-1"}, None, 1),
        ("local", {}, 20 * 1024**2, 5),
        ("local", {"max_size": "5mib", "max_file": "2"}, 5 * 1024**2, 2),
        ("json-file", {"max_size": "many", "max_file": "few"}, None, 1),
    ],
)
def test_how_much_docker_keeps_is_read_from_the_container(
    driver: str, options: dict[str, str], file_bytes: int | None, files: int
) -> None:
    kept = keeping(container(driver, **options))

    assert (kept.file_bytes, kept.files) == (file_bytes, files)
