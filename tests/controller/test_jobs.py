"""What runs to completion does so once, within its deadline, and is tidied away."""

from engine.simulated import Behaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container

DONE = Behaviour(exit_code=0, exit_after_s=5)
FAILING = Behaviour(exit_code=3, exit_after_s=5)
ENDLESS = Behaviour(stop_code=143)


async def test_a_job_runs_once_and_is_told_completed(host: Host, running: Running) -> None:
    host.behave("shop-web-1", DONE)
    await running.apply(container(restart="never"))
    await running.pass_time(600)

    row = await running.row("web")
    assert (row["phase"], row["ready"], row["message"]) == ("Completed", True, "exited with code 0")
    assert host.starts("shop-web-1") == [0]


async def test_a_failing_job_is_tried_as_often_as_declared(host: Host, running: Running) -> None:
    host.behave("shop-web-1", FAILING)
    await running.apply(container(restart={"policy": "on-failure", "backoff_limit": 3}))
    await running.pass_time(600)

    assert running.phase("web") == "Failed"
    assert len(host.starts("shop-web-1")) == 4
    assert await running.fields("web") == []


async def test_a_finished_job_is_tidied_away_and_remembered(host: Host, running: Running) -> None:
    host.behave("shop-web-1", DONE)
    await running.apply(container(restart="never", ttl_after_finished="1m"))
    await running.until(lambda: running.phase("web") == "Completed")

    assert await running.until(lambda: host.state("shop-web-1") == "absent") == 60

    await running.pass_time(600)
    assert (running.phase("web"), host.state("shop-web-1")) == ("Completed", "absent")
    assert (await running.exits("web"))[0]["exit_code"] == 0


async def test_a_job_that_is_over_before_its_start_is_answered_runs_once(host: Host, running: Running) -> None:
    host.behave("shop-web-1", DONE)
    host.engine.faults.answer_late(10, "start_container")
    await running.apply(container(restart="never", ttl_after_finished="1m"))
    await running.pass_time(600)

    assert (running.phase("web"), host.state("shop-web-1")) == ("Completed", "absent")
    assert len(await running.exits("web")) == 1


async def test_what_was_tidied_away_is_remembered_by_the_next_controller(host: Host) -> None:
    host.behave("shop-web-1", DONE)
    async with Running(host) as running:
        await running.apply(container(restart="never", ttl_after_finished="1m"))
        await running.pass_time(100)

    async with Running(host) as running:
        await running.pass_time(100)

        assert (running.phase("web"), host.state("shop-web-1")) == ("Completed", "absent")


async def test_a_job_runs_anew_for_a_new_spec(host: Host, running: Running) -> None:
    host.behave("shop-web-1", DONE)
    await running.apply(container(restart="never", ttl_after_finished="1m"))
    await running.pass_time(100)

    await running.apply(container(restart="never", ttl_after_finished="1m", image=OTHER_IMAGE))
    await running.until(lambda: host.state("shop-web-1") == "exited")

    assert host.inspect("shop-web-1")["Config"]["Image"] == OTHER_IMAGE


async def test_a_job_runs_anew_when_asked_even_when_it_was_tidied_away(host: Host, running: Running) -> None:
    host.behave("shop-web-1", DONE)
    await running.apply(container(restart="never", ttl_after_finished="1m"))
    await running.pass_time(100)

    await running.act("restart", "web")

    assert await running.until(lambda: host.state("shop-web-1") == "running") == 0
    await running.until(lambda: running.phase("web") == "Completed")


async def test_a_job_past_its_deadline_is_stopped_and_has_failed(host: Host, running: Running) -> None:
    host.behave("shop-web-1", ENDLESS)
    await running.apply(container(restart="on-failure", active_deadline="30s"))
    await running.until_ready()

    assert await running.until(lambda: host.state("shop-web-1") == "exited") == 30

    await running.pass_time(600)
    row = await running.row("web")
    assert (row["phase"], row["reason"], host.state("shop-web-1")) == ("Failed", "DeadlineExceeded", "exited")


async def test_a_deadline_outlives_the_controller(host: Host) -> None:
    host.behave("shop-web-1", ENDLESS)
    async with Running(host) as running:
        await running.apply(container(restart="on-failure", active_deadline="30s"))
        await running.pass_time(20)

    async with Running(host) as running:
        assert await running.until(lambda: host.state("shop-web-1") == "exited") == 10
