"""A container that crashes comes back at once, then ever more slowly, and its history outlives the controller."""

from itertools import pairwise

import pytest

from engine.simulated import Behaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container

CURVE = [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def waits(times: list[float]) -> list[float]:
    return [round(later - earlier, 2) for earlier, later in pairwise(times)]


async def test_a_crashed_container_runs_again_at_the_same_moment(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    identity = host.inspect("shop-web-1")["Id"]
    await running.pass_time(100)

    host.docker.crash("shop-web-1")
    took = await running.until(lambda: host.state("shop-web-1") == "running")

    assert (took, host.inspect("shop-web-1")["Id"]) == (0, identity)


async def test_the_waits_follow_the_curve_exactly(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    await running.apply(container("web"))
    await running.pass_time(sum(CURVE) + 10)

    assert waits(host.starts("shop-web-1"))[: len(CURVE)] == pytest.approx(CURVE, abs=0.11)


async def test_waits_count_from_the_restart_so_that_slow_failures_slow_down_too(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1, exit_after_s=30))
    await running.apply(container("web"))
    await running.pass_time(1200)

    assert waits(host.starts("shop-web-1"))[:10] == pytest.approx([30] * 6 + [32, 60, 60, 60], abs=0.2)


async def test_a_declared_backoff_is_followed(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    backoff = {"initial": "5s", "max": "20s"}
    await running.apply(container("web", restart={"policy": "always", "backoff": backoff}))
    await running.pass_time(120)

    assert waits(host.starts("shop-web-1"))[:5] == pytest.approx([0, 5, 10, 20, 20], abs=0.11)


async def test_an_exit_with_code_zero_backs_off_as_well(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=0))
    await running.apply(container("web"))
    await running.pass_time(60)

    assert waits(host.starts("shop-web-1"))[:5] == pytest.approx(CURVE[:5], abs=0.11)


async def test_a_looping_container_says_so(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=3))
    await running.apply(container("web"))
    await running.pass_time(20)

    row = await running.row("web")
    condition = next(one for one in row["conditions"] if one["type"] == "CrashLooping")
    assert (row["phase"], row["reason"], condition["status"]) == ("CrashLooping", "BackingOff", "True")
    assert "exited with code 3" in row["message"]


async def test_the_history_outlives_the_controller(host: Host) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    async with Running(host) as running:
        await running.apply(container("web"))
        await running.pass_time(10)
    async with Running(host) as running:
        await running.pass_time(200)

    assert waits(host.starts("shop-web-1"))[:8] == pytest.approx(CURVE[:8], abs=0.2)


async def test_ten_good_minutes_begin_the_curve_anew(host: Host, running: Running) -> None:
    await crash_after(host, running, 601)

    assert await restart_wait(host, running) == 0


async def test_less_than_ten_minutes_do_not(host: Host, running: Running) -> None:
    await crash_after(host, running, 599)

    assert (await running.row("web"))["restarts"] == 6
    assert counted_failures(running) == 6


async def test_a_new_spec_begins_the_curve_anew(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    await running.apply(container("web", mem_limit="32m"))
    await running.pass_time(20)

    await running.apply(container("web", mem_limit="64m"))
    took = await running.until(lambda: counted_failures(running) <= 1, within_s=1)

    assert took < 1


async def test_a_restart_by_hand_does_not_wait_for_the_backoff(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1, crashes=6))
    await running.apply(container("web"))
    await running.pass_time(20)
    looping = running.phase("web")

    await running.act("restart", "web")

    assert await running.until_ready() < 0.2
    assert looping == "CrashLooping"


async def test_attempts_end_the_retries(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    await running.apply(container("web", restart="on-failure:3"))
    await running.pass_time(3600)

    assert (running.phase("web"), len(host.starts("shop-web-1"))) == ("Failed", 4)


async def test_on_failure_leaves_a_good_end_alone(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=0, exit_after_s=5))
    await running.apply(container("web", restart="on-failure"))
    await running.pass_time(600)

    assert (running.phase("web"), len(host.starts("shop-web-1"))) == ("Completed", 1)


async def test_never_leaves_a_bad_end_alone_too(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=7, exit_after_s=5))
    await running.apply(container("web", restart="no"))
    await running.pass_time(600)

    row = await running.row("web")
    assert (row["phase"], row["message"], len(host.starts("shop-web-1"))) == ("Failed", "exited with code 7", 1)


async def test_a_delegated_container_is_restarted_by_docker_alone(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1, exit_after_s=1, crashes=3))
    await running.apply(container("web", restart="delegated"))
    await running.pass_time(60)

    assert (host.state("shop-web-1"), len(host.starts("shop-web-1"))) == ("running", 1)
    assert host.inspect("shop-web-1")["RestartCount"] == 3


NOT_CRASHES = {
    "docker stop": lambda host: host.docker.stop("shop-web-1"),
    "docker kill": lambda host: host.docker.kill("shop-web-1"),
}


@pytest.mark.parametrize("deed", NOT_CRASHES)
async def test_what_a_person_ended_is_started_again_and_not_counted(host: Host, running: Running, deed: str) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(30)

    NOT_CRASHES[deed](host)
    took = await running.until(lambda: host.state("shop-web-1") == "running")

    assert (took, counted_failures(running)) == (0, 0)
    assert [(one["reason"], one["counted"]) for one in await running.exits("web")] == [("stopped by hand", False)]


async def test_an_exit_is_recorded_once_with_its_cause(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=137, exit_after_s=2, crashes=1, oom_killed=True))
    await running.apply(container("web"))
    await running.pass_time(300)

    exits = await running.exits("web")
    assert [(one["exit_code"], one["oom_killed"], one["reason"], one["counted"]) for one in exits] == [
        (137, True, "OOMKilled", True)
    ]


async def test_an_update_in_the_middle_of_a_loop_still_makes_the_new_container(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1))
    await running.apply(container("web"))
    await running.pass_time(100)

    await running.apply(container("web", image=OTHER_IMAGE))

    assert await running.until(running.ready) < 1
    assert host.inspect("shop-web-1")["Config"]["Image"] == OTHER_IMAGE


async def crash_after(host: Host, running: Running, seconds: float) -> None:
    """Let the container crash six times, run well for a while, and crash once more."""
    host.behave("shop-web-1", Behaviour(exit_code=1, crashes=5))
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(seconds)
    host.docker.crash("shop-web-1", 1)
    await running.settle()


async def restart_wait(host: Host, running: Running) -> float:
    return await running.until(lambda: host.state("shop-web-1") == "running")


def counted_failures(running: Running) -> int:
    return max(one.restarts.failures for one in running.runtime.records.instances())
