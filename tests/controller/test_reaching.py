"""Which ports are tried and when, and what that does to a status, in virtual time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import anyio
import pytest

from controller.clock import VirtualClock
from controller.reaching import Reaching
from desired_state.key import Key
from observed_state.container import Container, PublishedPort
from observed_state.reach import Reach
from tests.reconcilers.worlds import KEY, NOON, WEB, plan, running, world

PORT = PublishedPort(80, "tcp", "0.0.0.0", 8080)


class Bench:
    """A container with a port that answers while it is told to."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.silent = False
        self.flaps = False
        self.tried: list[float] = []
        self.moved: list[Key] = []
        self.reaching = Reaching(self.clock, self.moved.append, self.look)

    async def look(self, container: Container) -> Reach:
        self.tried.append(self.clock.monotonic())
        silent = self.silent if not self.flaps else len(self.tried) % 7 > 2
        return Reach(container.id, container.started_at, "published-port-not-listened" if silent else "")

    def follow(self, **changes: Any) -> None:
        self.reaching.follow(world(WEB, running(WEB, **{"ports": (PORT,), **changes})))

    @property
    def reasons(self) -> list[str]:
        return [one.reason for one in self.reaching.reports().values()]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bench.reaching.run)
        yield bench
        tasks.cancel_scope.cancel()


async def test_a_port_that_answers_is_tried_soon_and_then_slowly(bench: Bench) -> None:
    bench.follow()
    await bench.clock.advance(700)

    assert (bench.tried, bench.reasons, len(bench.moved)) == ([1, 301, 601], [""], 1)


async def test_silence_means_nothing_while_a_container_may_still_be_starting(bench: Bench) -> None:
    bench.silent = True
    bench.follow()
    await bench.clock.advance(29)
    early = list(bench.reasons)
    await bench.clock.advance(60)

    assert (early, bench.reasons) == ([], ["published-port-not-listened"])


async def test_a_port_that_flaps_for_two_hours_moves_little(bench: Bench) -> None:
    bench.flaps = True
    bench.follow()
    await bench.clock.advance(7200)

    assert len(bench.tried) < 130
    assert 2 < len(bench.moved) < 30


async def test_a_new_run_is_tried_anew(bench: Bench) -> None:
    bench.follow()
    await bench.clock.advance(10)
    bench.follow(started_at=NOON)
    await bench.clock.advance(10)

    assert bench.tried == [1, 11]


@pytest.mark.parametrize("changes", [{"state": "exited"}, {"ports": ()}, {"labels": {"ergon.dev/probe": "false"}}])
async def test_what_does_not_run_publishes_nothing_or_wants_no_probe_is_left_alone(
    bench: Bench, changes: dict[str, Any]
) -> None:
    bench.follow()
    bench.follow(**changes)
    await bench.clock.advance(100)

    assert (bench.tried, bench.reasons) == ([], [])


async def test_what_is_gone_is_tried_no_more(bench: Bench) -> None:
    bench.follow()
    await bench.clock.advance(5)
    bench.reaching.end(KEY)
    await bench.clock.advance(1000)

    assert (bench.tried, bench.reasons) == ([1], [])


def test_a_status_says_whether_published_ports_answer() -> None:
    pair = running(WEB, ports=(PORT,))
    silent = Reach(pair[1].id, pair[1].started_at, "listen-loopback-only", "it listens on 127.0.0.1 only")
    statements = [
        {one.type: (one.status, one.reason) for one in plan(world(WEB, pair, reach=known)).status.conditions}.get(
            "PortsReachable"
        )
        for known in (
            {},
            {silent.container_id: silent},
            {silent.container_id: replace(silent, reason="", message="")},
            {silent.container_id: replace(silent, started_at=NOON)},
        )
    ]

    assert statements == [None, ("False", "listen-loopback-only"), ("True", "Answering"), None]
