"""What a container said before it crashed is kept with the reason, after its restart and for longer than itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from container_ci.crashed_run import CrashedRun
from container_ci.equipment import EQUIPMENT
from controller.errors import ServiceError
from controller.postmortems import CHARACTERS_KEPT, LINES_KEPT, begin_of_log
from engine.errors import Refused
from engine.simulated import Behaviour
from observed_state.container import Container
from observed_state.finding import Finding, Quote
from tests.controller.running import OTHER_IMAGE, Host, Running, container

MISSING = "KeyError: 'DATABASE_URL'"


def judge(run: CrashedRun, _: datetime) -> tuple[Finding | None, bool]:
    """Know one cause, from one line."""
    for line in run.lines:
        if line.text == MISSING:
            quote = Quote("e1", f"log:{line.stream}", line.text, line.time)
            cause = "DATABASE_URL is not set"
            return Finding("env-missing", "A variable is not set", cause, 0.95, "error", (quote,)), True
    return None, False


@pytest.fixture
async def judged(host: Host) -> AsyncIterator[Running]:
    async with Running(host, judge=judge, equipment=EQUIPMENT) as running:
        yield running


def crashing(*output: str, after_s: float = 1, crashes: int | None = None) -> Behaviour:
    return Behaviour(exit_code=1, exit_after_s=after_s, crashes=crashes, output=output)


async def previous(running: Running, number: int = 1, **more: Any) -> list[str]:
    lines = await running.service.logs(name=["web"], previous=number, **more)
    return [line["text"] async for line in lines]


async def test_the_end_of_a_run_is_kept_with_what_it_said(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing("hello", MISSING, crashes=1))
    await judged.apply(container("web"))
    await judged.pass_time(5)

    [end] = (await judged.service.describe(name="web"))["exits"]
    assert (end["container"], end["finding"]["rule"], end["finding"]["evidence"][0]["text"]) == (
        "shop-web-1",
        "env-missing",
        MISSING,
    )
    assert await previous(judged) == ["hello", MISSING, "-- ended: exit 1: env-missing: DATABASE_URL is not set"]


async def test_the_first_restart_does_not_wait_for_it(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing(MISSING, crashes=1))
    await judged.apply(container("web"))
    await judged.pass_time(5)

    made = [call.method for call in judged.calls.all]
    second_start = [at for at, method in enumerate(made) if method == "start_container"][1]
    assert "logs" in made
    assert made.index("logs") > second_start


async def test_it_stays_when_the_container_is_replaced(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing("first", crashes=1))
    await judged.apply(container("web"))
    await judged.pass_time(5)
    await judged.apply(container("web", image=OTHER_IMAGE))
    await judged.until_ready()

    assert await previous(judged, 1) == ["first", "-- ended: stopped by Ergon"]
    assert await previous(judged, 2) == ["first", "-- ended: exit 1"]


async def test_why_and_history_name_the_cause(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing(MISSING, crashes=1))
    await judged.apply(container("web"))
    await judged.pass_time(5)

    [told] = (await judged.service.why(name="web"))["containers"]
    [revision] = (await judged.service.history(name="web"))["revisions"]
    [end] = [one for one in told["deeds"][0]["evidence"] if one["kind"] == "exit"]
    assert "exit 1: env-missing: DATABASE_URL is not set" in end["text"]
    assert (revision["crashes"]["count"], revision["crashes"]["last_cause"]) == (
        1,
        "exit 1: env-missing: DATABASE_URL is not set",
    )


async def test_a_run_that_can_only_end_the_same_way_is_tried_once_a_minute(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing(MISSING))
    await judged.apply(container("web"))
    await judged.pass_time(310)

    row = await judged.row("web")
    assert (row["phase"], row["reason"]) == ("Held", "env-missing")
    assert len(host.starts("shop-web-1")) <= 8


async def test_a_restart_by_hand_is_tried_at_once(host: Host, judged: Running) -> None:
    host.behave("shop-web-1", crashing(MISSING))
    await judged.apply(container("web"))
    await judged.pass_time(20)
    host.behave("shop-web-1", Behaviour())

    await judged.act("restart", "web")

    assert await judged.until_ready() < 1


async def test_a_hold_outlives_the_controller(host: Host) -> None:
    host.behave("shop-web-1", crashing(MISSING))
    async with Running(host, judge=judge) as running:
        await running.apply(container("web"))
        await running.pass_time(10)
    before = len(host.starts("shop-web-1"))
    async with Running(host, judge=judge) as running:
        await running.pass_time(30)

        assert running.phase("web") == "Held"
    assert len(host.starts("shop-web-1")) == before


async def test_what_is_kept_is_bounded_and_without_secrets(host: Host, judged: Running) -> None:
    lines = [f"line {number} " + "x" * 900 for number in range(200)]
    host.behave("shop-web-1", crashing(*lines, "tried hunter2hunter2", crashes=1))
    await judged.apply(container("web", environment={"DB_PASSWORD": "hunter2hunter2"}))
    await judged.pass_time(5)

    kept = await previous(judged)
    assert len(kept) <= LINES_KEPT + 1
    assert sum(map(len, kept[:-1])) <= CHARACTERS_KEPT
    assert kept[-2] == "tried <secret:DB_PASSWORD>"


async def test_a_log_that_can_not_be_read_is_said_to_be_missing(host: Host, judged: Running) -> None:
    host.engine.faults.fail("logs", lambda: Refused("configured logging driver does not support reading"))
    host.behave("shop-web-1", crashing("hello", crashes=1))
    await judged.apply(container("web"))
    await judged.pass_time(5)

    [line] = await previous(judged)
    assert "does not support reading" in line


async def test_a_run_that_is_not_on_record_is_not_made_up(judged: Running) -> None:
    await judged.apply(container("web"))
    await judged.until_ready()

    with pytest.raises(ServiceError, match="not on record"):
        await judged.service.logs(name=["web"], previous=1)


def test_a_run_has_spoken_before_docker_noted_its_start_but_not_before_the_last_one_ended() -> None:
    started = datetime(2026, 1, 2, 12, 0, 10, tzinfo=UTC)
    run = Container("c1", "web", "app:1", "sha256:1", "exited", started_at=started)

    assert begin_of_log(run, None) == started - timedelta(seconds=5)
    assert begin_of_log(run, started - timedelta(hours=1)) == started - timedelta(seconds=5)
    assert begin_of_log(run, started - timedelta(seconds=1)) == started - timedelta(seconds=1)
    assert begin_of_log(replace(run, started_at=None), None) is None
