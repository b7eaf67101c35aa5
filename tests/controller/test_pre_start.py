"""Steps that run to completion before a container starts."""

from typing import Any

import pytest

from engine.simulated import Behaviour
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, is_kill

Json = dict[str, Any]
BRIEF = Behaviour(exit_code=0, exit_after_s=5)
FAILING = Behaviour(exit_code=3, exit_after_s=5)
TWO: list[Json] = [{"command": "migrate"}, {"command": "seed"}]
EACH: list[Json] = [{"command": "warm", "per_replica": True}]


def web(steps: list[Json] = TWO, **spec: Any) -> Json:
    return container("web", pre_start=steps, **spec)


@pytest.fixture(autouse=True)
def brief(host: Host) -> None:
    """Let every step end well after five seconds."""
    for name in ("shop-web", "shop-web-1", "shop-web-2"):
        for number in (1, 2):
            host.behave(f"{name}-init-{number}", BRIEF)


def started(host: Host, *names: str) -> list[str]:
    return sorted(names, key=lambda name: host.inspect(name)["State"]["StartedAt"])


def runs(host: Host, name: str) -> int:
    """Return how often containers of this name were made."""
    return sum(call.method == "create_container" and call.subject == name for call in host.engine.calls.all)


async def test_steps_run_one_after_another_and_then_the_container(host: Host, running: Running) -> None:
    await running.apply(web())
    took = await running.until_ready()

    assert took == pytest.approx(10, abs=0.1)
    assert started(host, "shop-web-1", "shop-web-init-2", "shop-web-init-1") == [
        "shop-web-init-1",
        "shop-web-init-2",
        "shop-web-1",
    ]


async def test_a_step_shares_environment_and_mounts_but_no_ports(host: Host, running: Running) -> None:
    steps = [{"command": "migrate", "environment": {"B": "2"}}]
    await running.apply(web(steps, environment={"A": "1"}, ports=["8080:80"], tmpfs=["/scratch"]))
    await running.until_ready()

    config = host.inspect("shop-web-init-1")
    assert (config["Config"]["Cmd"], sorted(config["Config"]["Env"])) == (["migrate"], ["A=1", "B=2"])
    assert (config["HostConfig"]["PortBindings"], list(config["HostConfig"]["Tmpfs"])) == ({}, ["/scratch"])


async def test_a_step_may_have_an_image_of_its_own(host: Host, running: Running) -> None:
    await running.apply(web([{"command": "migrate", "image": OTHER_IMAGE}]))
    await running.until_ready()

    images = {name: one["Config"]["Image"] for name, one in host.containers().items()}
    assert images == {"shop-web-1": IMAGE, "shop-web-init-1": OTHER_IMAGE}


async def test_a_step_runs_once_for_all_replicas_or_once_for_each(host: Host, running: Running) -> None:
    await running.apply(web([{"command": "migrate"}, {"command": "warm", "per_replica": True}], replicas=2))
    await running.until_ready()

    made = ("shop-web-init-1", "shop-web-1-init-2", "shop-web-2-init-2")
    assert [runs(host, name) for name in made] == [1, 1, 1]
    assert sorted(host.states()) == sorted([*made, "shop-web-1", "shop-web-2"])


async def test_while_it_prepares_it_says_so(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.pass_time(7)

    row = await running.row("web")
    assert (row["phase"], row["reason"]) == ("Pending", "Preparing")
    assert row["message"].startswith("pre_start 2 of 2 (`seed`)")


async def test_what_is_at_rest_differs_in_nothing(running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    await running.pass_time(60)
    writes = running.store.writes
    await running.pass_time(60)

    assert (await running.fields("web"), running.store.writes) == ([], writes)


# what makes it run again


async def test_a_crash_does_not_run_steps_again(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    host.docker.crash("shop-web-1")
    await running.until(lambda: host.state("shop-web-1") == "running")

    assert runs(host, "shop-web-init-1") == 1


async def test_a_new_container_for_the_same_work_runs_only_what_is_run_for_each(host: Host, running: Running) -> None:
    await running.apply(web([{"command": "migrate"}, {"command": "warm", "per_replica": True}]))
    await running.until_ready()
    host.docker.rm("shop-web-1")
    await running.until(lambda: host.state("shop-web-1") == "running")

    assert (runs(host, "shop-web-init-1"), runs(host, "shop-web-1-init-2")) == (1, 2)


async def test_a_new_image_runs_steps_again_before_the_new_container_starts(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    await running.pass_time(30)
    await running.apply(web(image=OTHER_IMAGE))
    await running.pass_time(3)
    meanwhile = host.inspect("shop-web-1")
    await running.until_ready()
    await running.pass_time(60)

    assert (meanwhile["State"]["Status"], meanwhile["Config"]["Image"]) == ("running", IMAGE)
    assert runs(host, "shop-web-init-1") == 2
    assert host.inspect("shop-web-init-1")["Config"]["Image"] == OTHER_IMAGE
    assert host.inspect("shop-web-1")["Config"]["Image"] == OTHER_IMAGE


async def test_a_step_whose_container_was_tidied_up_is_not_run_again(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    host.docker.rm("shop-web-init-1")
    await running.pass_time(60)
    await running.apply(web(replicas=2))
    await running.until_ready()

    assert runs(host, "shop-web-init-1") == 1


# what fails


async def test_a_step_that_fails_is_tried_again_ever_more_slowly(host: Host, running: Running) -> None:
    host.behave("shop-web-init-1", FAILING)
    await running.apply(web())
    await running.pass_time(60)

    row = await running.row("web")
    assert (row["phase"], row["reason"]) == ("CrashLooping", "PreStartFailed")
    assert "exited with code 3" in row["message"]
    assert (host.state("shop-web-1"), len(host.starts("shop-web-init-1"))) == ("created", 7)


async def test_a_step_of_what_is_run_once_is_tried_once(host: Host, running: Running) -> None:
    host.behave("shop-web-init-1", FAILING)
    await running.apply(web(restart="never"))
    await running.pass_time(60)

    assert (running.phase("web"), len(host.starts("shop-web-init-1"))) == ("Failed", 1)


async def test_a_failed_step_is_tried_again_when_asked(host: Host, running: Running) -> None:
    host.behave("shop-web-init-1", FAILING)
    await running.apply(web(restart="never"))
    await running.pass_time(60)
    await running.act("restart", "web")

    assert await running.until(lambda: len(host.starts("shop-web-init-1")) == 2) == 0


async def test_a_step_of_an_update_that_fails_leaves_what_runs_running(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    await running.pass_time(30)
    host.behave("shop-web-init-1", FAILING)
    await running.apply(web(image=OTHER_IMAGE))
    await running.pass_time(120)

    serving = [one["Config"]["Image"] for one in host.containers().values() if one["State"]["Status"] == "running"]
    assert IMAGE in serving
    assert host.inspect("shop-web-1")["Config"]["Image"] == IMAGE


# what else happens


async def test_what_is_stopped_stops_its_steps(host: Host, running: Running) -> None:
    host.behave("shop-web-init-1", Behaviour(exit_code=0, exit_after_s=1000))
    await running.apply(web())
    await running.pass_time(5)
    await running.act("stop", "web")
    await running.pass_time(5)

    assert set(host.states().values()) <= {"created", "exited"}


async def test_what_is_deleted_takes_its_steps_along(host: Host, running: Running) -> None:
    await running.apply(web())
    await running.until_ready()
    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


async def test_steps_that_are_not_declared_any_more_go(host: Host, running: Running) -> None:
    await running.apply(web(EACH, replicas=2))
    await running.until_ready()
    await running.apply(web(EACH, replicas=1))
    await running.until_ready()
    await running.pass_time(30)

    assert sorted(host.states()) == ["shop-web-1", "shop-web-1-init-1"]


async def test_a_scheduled_run_is_prepared_too(host: Host, running: Running) -> None:
    host.behave("shop-web-1", BRIEF)
    await running.apply(web(schedule="*/10 * * * *"))
    await running.pass_time(660)

    found = (await running.service.describe(name="web"))["runs"]
    assert [run["state"] for run in found] == ["succeeded"]
    assert started(host, "shop-web-1", "shop-web-init-1")[0] == "shop-web-init-1"


@pytest.mark.parametrize("after", [False, True])
async def test_wherever_the_controller_is_killed_each_step_ends_well_before_the_container_starts(
    host: Host, after: bool
) -> None:
    for n in range(1, 8):
        try:
            async with Running(host) as running:
                host.engine.faults.kill("writes", nth=n, after=after)
                await running.apply(web(EACH + TWO[:1]))
                await running.pass_time(30)
        except BaseException as error:
            if not is_kill(error):
                raise
        host.engine.faults.clear()
    async with Running(host) as running:
        await running.until_ready()

        assert sorted(host.states()) == ["shop-web-1", "shop-web-1-init-1", "shop-web-init-2"]
        assert started(host, "shop-web-1", "shop-web-1-init-1", "shop-web-init-2")[-1] == "shop-web-1"
