"""Probers in virtual time, against containers that answer as told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from container_ci.probe_state import Outcome
from container_ci.probes import Probers
from container_ci.target import Target
from controller.clock import VirtualClock
from desired_state.probes import Probe, Probes
from observed_state.health import Health

WEB = "f" * 64
DB = "d" * 64


class Containers:
    """Answers by address; what is not told passes. Notes when which port was asked."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.failing: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[tuple[str, int, float]] = []

    async def ask(self, probe: Probe, target: Target) -> Outcome:
        assert probe.tcp
        address = target.address
        self.asked.append((address, probe.tcp.port, self.clock.monotonic()))
        if address in self.broken:
            raise ValueError("a defect")
        return Outcome(address not in self.failing, "refused" if address in self.failing else "")

    def times(self, address: str, port: int) -> list[float]:
        return [at for asked, asked_port, at in self.asked if (asked, asked_port) == (address, port)]


def tcp(port: int, **more: Any) -> Probe:
    return Probe.model_validate({"tcp": {"port": port}, "interval": 10, **more})


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.containers = Containers(self.clock)
        self.reports: list[tuple[float, Health]] = []
        self.probers = Probers(self.clock, self.publish, lambda: self.containers.ask)

    def publish(self, health: Health) -> None:
        self.reports.append((self.clock.monotonic(), health))

    def target(self, container_id: str, address: str, **probes: Probe) -> Target:
        return Target(container_id, self.clock.now(), address, Probes(**probes))

    def readiness(self) -> list[tuple[float, str]]:
        return [(at, health.readiness.verdict) for at, health in self.reports if health.readiness]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    async with bench.probers:
        yield bench


async def test_a_ready_container_is_reported_once(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(100)

    assert bench.readiness() == [(0.0, "passing")]


async def test_a_probe_is_asked_at_its_interval(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(30)

    assert bench.containers.times("web", 80) == [0.0, 10.0, 20.0, 30.0]


async def test_a_failure_is_reported_at_its_threshold_and_the_recovery_too(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(5)
    bench.containers.failing.add("web")
    await bench.clock.advance(40)
    bench.containers.failing.clear()
    await bench.clock.advance(40)

    assert bench.readiness() == [(0.0, "passing"), (30.0, "failing"), (50.0, "passing")]


async def test_the_initial_delay_counts_from_the_containers_start(bench: Bench) -> None:
    target = bench.target(WEB, "web", readiness=tcp(80, initial_delay=30))
    await bench.clock.advance(20)
    bench.probers.ensure(target)
    await bench.clock.advance(15)

    assert bench.containers.times("web", 80) == [30.0]


async def test_a_wall_clock_far_behind_delays_nothing_beyond_what_is_declared(bench: Bench) -> None:
    target = bench.target(WEB, "web", readiness=tcp(80, initial_delay=30))
    bench.clock.set_wall(bench.clock.now() - timedelta(days=1))
    bench.probers.ensure(target)
    await bench.clock.advance(30)

    assert bench.containers.times("web", 80) == [30.0]


async def test_startup_holds_liveness_back_until_it_passes(bench: Bench) -> None:
    bench.containers.failing.add("web")
    bench.probers.ensure(bench.target(WEB, "web", startup=tcp(80), liveness=tcp(81)))
    await bench.clock.advance(25)
    bench.containers.failing.clear()
    await bench.clock.advance(10)

    assert bench.containers.times("web", 80) == [0.0, 10.0, 20.0, 30.0]
    assert bench.containers.times("web", 81) == [30.0]


async def test_a_defect_of_one_prober_leaves_the_others_at_work(bench: Bench) -> None:
    bench.containers.broken.add("web")
    bench.probers.ensure(bench.target(WEB, "web", liveness=tcp(80)))
    bench.probers.ensure(bench.target(DB, "db", readiness=tcp(5432)))
    await bench.clock.advance(60)

    broken, sound = bench.probers.health(WEB), bench.probers.health(DB)
    assert broken is not None
    assert broken.liveness is not None
    assert broken.liveness.message == "the probe itself failed: a defect"
    assert sound is not None
    assert sound.readiness is not None
    assert sound.readiness.verdict == "passing"


async def test_the_same_run_at_another_address_keeps_its_verdicts(bench: Bench) -> None:
    target = bench.target(WEB, "web", readiness=tcp(80))
    bench.probers.ensure(target)
    await bench.clock.advance(5)
    bench.probers.ensure(Target(WEB, target.started_at, "web-moved", target.probes))
    await bench.clock.advance(5)

    assert bench.containers.times("web-moved", 80) == [10.0]
    assert bench.readiness() == [(0.0, "passing")]


async def test_a_new_run_starts_anew(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(5)
    bench.containers.failing.add("web")
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(0)

    health = bench.probers.health(WEB)
    assert health is not None
    assert health.readiness is not None
    assert health.readiness.verdict == "starting"


async def test_a_dropped_container_is_asked_no_more(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
    await bench.clock.advance(5)
    bench.probers.drop(WEB)
    await bench.clock.advance(100)

    assert bench.containers.times("web", 80) == [0.0]
    assert bench.probers.health(WEB) is None


async def test_a_reader_that_fails_stops_no_prober(bench: Bench) -> None:
    def broken(_: Health) -> None:
        raise ValueError("the reader has a defect")

    async with Probers(bench.clock, broken, lambda: bench.containers.ask) as probers:
        probers.ensure(bench.target(WEB, "web", readiness=tcp(80)))
        await bench.clock.advance(20)

    assert bench.containers.times("web", 80) == [0.0, 10.0, 20.0]


async def test_an_interval_of_zero_is_a_tenth_of_a_second(bench: Bench) -> None:
    bench.probers.ensure(bench.target(WEB, "web", readiness=tcp(80, interval=0)))
    await bench.clock.advance(0.25)

    assert bench.containers.times("web", 80) == [0.0, 0.1, 0.2]
