"""Docker's own restart policies, the ends of runs, and health, in virtual time."""

import anyio
import pytest

from engine.simulated import Behaviour
from tests.engine.simulated_host import SimulatedHost

CRASHES = Behaviour(exit_code=1)


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost()


async def test_without_a_policy_a_crash_is_the_end(host: SimulatedHost) -> None:
    await host.running("web", Behaviour(exit_code=3, exit_after_s=5))
    await host.clock.advance(60)

    web = await host.look("web")
    assert (web.state, web.exit_code) == ("exited", 3)


async def test_a_policy_restarts_with_waits_that_double(host: SimulatedHost) -> None:
    starts: list[float] = []

    async def note() -> None:
        async for event in host.sim.events():
            if event.action == "start":
                starts.append(round(host.clock.monotonic(), 3))  # noqa: PERF401  # the stream never ends

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(note)
        await host.clock.advance(0)
        await host.running("web", CRASHES, "always")
        await host.clock.advance(2)
        tasks.cancel_scope.cancel()

    assert starts == [0.0, 0.1, 0.3, 0.7, 1.5]


async def test_in_the_wait_it_reads_restarting_without_a_process(host: SimulatedHost) -> None:
    await host.running("web", CRASHES, "always")

    web = await host.look("web")
    assert (web.state, web.pid, web.running) == ("restarting", 0, False)


async def test_a_good_run_makes_the_next_wait_short_again(host: SimulatedHost) -> None:
    await host.running("web", Behaviour(exit_code=1, exit_after_s=11), "always")
    await host.clock.advance(11 + 0.1 + 11 + 0.15)

    assert await host.state("web") == "running"


async def test_on_failure_leaves_a_clean_exit_alone(host: SimulatedHost) -> None:
    await host.running("job", Behaviour(exit_code=0), "on-failure")
    await host.clock.advance(60)

    assert await host.state("job") == "exited"


async def test_a_container_that_crashes_twice_runs_in_the_end(host: SimulatedHost) -> None:
    await host.running("web", Behaviour(exit_code=1, crashes=2), "always")
    await host.clock.advance(10)

    assert await host.state("web") == "running"


async def test_a_stop_in_the_restart_wait_says_only_stop(host: SimulatedHost) -> None:
    await host.running("web", CRASHES, "always")
    container = await host.look("web")
    before = len(host.sim.daemon.events.kept())
    await host.sim.stop_container(container.id, 10)

    actions = [event["Action"] for event in host.sim.daemon.events.kept()[before:]]
    assert (await host.state("web"), actions) == ("exited", ["stop"])


async def test_a_removed_container_does_not_come_back_from_its_wait(host: SimulatedHost) -> None:
    await host.running("web", CRASHES, "always")
    host.sim.docker.rm("web")
    await host.clock.advance(60)

    assert await host.sim.list_containers() == []


async def test_a_stop_waits_for_a_process_that_takes_its_time(host: SimulatedHost) -> None:
    container_id = await host.running("web", Behaviour(stop_after_s=4, stop_code=7))

    async with host.clock.autojump():
        await host.sim.stop_container(container_id, 10)

    assert ((await host.look("web")).exit_code, host.clock.monotonic()) == (7, 4.0)


async def test_a_stop_kills_a_process_that_ignores_it_after_the_grace(host: SimulatedHost) -> None:
    container_id = await host.running("web", Behaviour(ignores_sigterm=True))

    async with host.clock.autojump():
        await host.sim.stop_container(container_id, 10)

    assert ((await host.look("web")).exit_code, host.clock.monotonic()) == (137, 10.0)


async def test_health_follows_its_script(host: SimulatedHost) -> None:
    await host.running("web", Behaviour(health=((2, "healthy"), (9, "unhealthy"))))

    seen = [(await host.look("web")).health]
    for seconds in (2, 7):
        await host.clock.advance(seconds)
        seen.append((await host.look("web")).health)
    assert seen == ["starting", "healthy", "unhealthy"]


async def test_a_script_of_an_earlier_run_does_not_touch_a_later_one(host: SimulatedHost) -> None:
    container_id = await host.running("web", Behaviour(exit_code=3, exit_after_s=10))
    await host.clock.advance(5)
    host.sim.docker.stop("web")
    await host.sim.start_container(container_id)
    await host.clock.advance(6)

    assert await host.state("web") == "running"
