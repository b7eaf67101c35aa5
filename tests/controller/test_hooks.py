"""Commands that run inside a container after its start and before its stop."""

from typing import Any

import pytest

from engine.simulated import Behaviour
from engine.simulated.behaviour import CommandBehaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container

WARM: dict[str, Any] = {"post_start": [{"command": ["warm", "up"]}]}
DRAIN: dict[str, Any] = {"pre_stop": [{"command": "drain --all"}]}


def commands(host: Host, name: str = "shop-web-1") -> list[str]:
    """Return the commands that were run inside a container."""
    return host.engine.daemon.containers.find(name).commands


def answering(host: Host, name: str = "shop-web-1", **commands: CommandBehaviour) -> None:
    host.behave(name, Behaviour(commands=commands))


async def told(running: Running, reason: str) -> list[str]:
    return [message for one, message in await running.events("web") if one == reason]


async def started(running: Running, **spec: Any) -> None:
    await running.apply(container(**spec))
    await running.until_ready()


# after a start


async def test_it_runs_once_after_each_start(host: Host, running: Running) -> None:
    await started(running, **WARM)
    await running.pass_time(600)
    once = list(commands(host))
    host.docker.crash("shop-web-1")
    await running.pass_time(60)

    assert (once, commands(host)) == (["warm up"], ["warm up", "warm up"])


async def test_what_it_printed_is_told(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(output="cache filled"))
    await started(running, **WARM)

    assert await told(running, "HookSucceeded") == ["post_start hook `warm up` ended well: cache filled"]


async def test_a_secret_that_it_printed_is_not_told(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(output="password=hunter2hunter2"))
    await started(running, **WARM)

    assert "hunter2" not in (await told(running, "HookSucceeded"))[0]


async def test_a_container_is_not_ready_before_it_has_ended(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(takes_s=20))
    await running.apply(container(**WARM), container("api", depends_on=["web"]))

    assert await running.until_ready() == 20
    assert host.inspect("shop-web-1")["State"]["StartedAt"] < host.inspect("shop-api-1")["State"]["StartedAt"]


async def test_a_failure_restarts_the_container_ever_more_slowly(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(exit_code=3, output="no route"))
    await running.apply(container(**WARM))
    await running.pass_time(20)

    row = await running.row("web")
    assert host.starts("shop-web-1") == pytest.approx([0, 0, 1, 3, 7, 15], abs=0.2)
    assert "post_start hook `warm up` exited with code 3: no route" in row["message"]


async def test_a_failure_of_what_is_not_restarted_is_told(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(exit_code=3))
    await running.apply(container(restart="never", **WARM))
    await running.pass_time(60)

    assert (host.starts("shop-web-1"), running.phase("web")) == ([0], "Progressing")


async def test_one_that_does_not_end_in_time_has_failed(host: Host, running: Running) -> None:
    answering(host, warm=CommandBehaviour(takes_s=100))
    await running.apply(container(restart="never", post_start=[{"command": ["warm"], "timeout": "5s"}]))
    await running.pass_time(6)

    assert await told(running, "HookFailed") == ["post_start hook `warm` did not end in time"]


async def test_it_is_run_again_by_a_controller_that_was_killed_before_it_was_recorded(host: Host) -> None:
    answering(host, warm=CommandBehaviour(takes_s=20))
    async with Running(host) as running:
        await running.apply(container(**WARM))
        await running.pass_time(10)

    async with Running(host) as running:
        await running.until_ready()

        assert commands(host) == ["warm up", "warm up"]


async def test_one_that_is_declared_later_waits_for_the_next_start(host: Host, running: Running) -> None:
    await started(running)
    await running.apply(container(**WARM))
    await running.until_ready()
    before = list(commands(host))
    await running.pass_time(1)
    await running.act("restart", "web")
    await running.until_ready()

    assert (before, commands(host)) == ([], ["warm up"])
    assert len(host.starts("shop-web-1")) == 2


# before a stop


@pytest.mark.parametrize("verb", ["stop", "restart"])
async def test_it_runs_before_a_stop(host: Host, running: Running, verb: str) -> None:
    await started(running, **DRAIN)
    await running.pass_time(1)
    await running.act(verb, "web")
    await running.pass_time(1)

    assert commands(host) == ["drain --all"]


async def test_it_runs_before_a_removal(host: Host, running: Running) -> None:
    await started(running, **DRAIN)
    inside = commands(host)
    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert inside == ["drain --all"]


async def test_it_runs_before_a_replacement_and_when_replicas_go(host: Host, running: Running) -> None:
    await started(running, replicas=2, **DRAIN)
    first, second = commands(host, "shop-web-1"), commands(host, "shop-web-2")
    await running.apply(container(replicas=1, image=OTHER_IMAGE, **DRAIN))
    await running.until_ready()
    await running.pass_time(60)

    assert (first, second) == (["drain --all"], ["drain --all"])


async def test_it_runs_before_a_stop_on_exit(host: Host) -> None:
    async with Running(host) as running:
        await started(running, **DRAIN)
        await running.shut_down(stop_containers=True)

    assert commands(host) == ["drain --all"]


async def test_a_container_that_is_handed_over_is_not_told_to_stop(host: Host) -> None:
    async with Running(host) as running:
        await started(running, **DRAIN)
        await running.shut_down()

    assert commands(host) == []


async def test_its_time_is_part_of_the_grace(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(ignores_sigterm=True, commands={"drain": CommandBehaviour(takes_s=6)}))
    await started(running, stop_grace_period="10s", **DRAIN)
    await running.act("stop", "web")

    assert await running.until(lambda: host.state("shop-web-1") == "exited") == pytest.approx(10, abs=0.1)


async def test_however_long_it_takes_the_container_is_left_a_moment(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(ignores_sigterm=True, commands={"drain": CommandBehaviour(takes_s=60)}))
    await started(running, stop_grace_period="10s", **DRAIN)
    await running.act("stop", "web")

    assert await running.until(lambda: host.state("shop-web-1") == "exited") == pytest.approx(12, abs=0.1)
    assert await told(running, "HookFailed") == ["pre_stop hook `drain --all` did not end in time"]


async def test_a_failure_keeps_nothing_from_stopping(host: Host, running: Running) -> None:
    answering(host, drain=CommandBehaviour(exit_code=1))
    await started(running, **DRAIN)
    await running.act("stop", "web")

    assert await running.until(lambda: host.state("shop-web-1") == "exited") == 0
    assert await told(running, "HookFailed") == ["pre_stop hook `drain --all` exited with code 1"]
