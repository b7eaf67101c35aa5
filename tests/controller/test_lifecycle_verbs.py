"""What people ask of running things: start, stop, restart, pause, resume."""

import pytest

from controller.errors import ServiceError
from engine.simulated import Behaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container


@pytest.fixture(autouse=True)
async def web(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()


async def test_a_stopped_container_stays_there_and_stays_stopped(host: Host, running: Running) -> None:
    await running.act("stop", "web")
    await running.until(lambda: host.state("shop-web-1") == "exited")
    await running.pass_time(120)

    assert (host.state("shop-web-1"), running.phase("web")) == ("exited", "Stopped")


async def test_a_stopped_container_that_somebody_starts_is_stopped_again(host: Host, running: Running) -> None:
    await running.act("stop", "web")
    await running.until(lambda: host.state("shop-web-1") == "exited")

    host.docker.start("shop-web-1")

    assert await running.until(lambda: host.state("shop-web-1") == "exited") < 1


async def test_a_started_one_runs_again_at_once_and_nothing_is_counted(host: Host, running: Running) -> None:
    await running.act("stop", "web")
    await running.until(lambda: host.state("shop-web-1") == "exited")
    await running.act("start", "web")

    assert await running.until_ready() < 1
    assert [exit_["counted"] for exit_ in await running.exits("web")] == [False]


async def test_a_restart_is_done_once(host: Host, running: Running) -> None:
    before = host.inspect("shop-web-1")
    await running.pass_time(10)
    await running.act("restart", "web")
    await running.pass_time(120)

    after = host.inspect("shop-web-1")
    assert (after["Id"], running.calls.count("stop_container")) == (before["Id"], 1)
    assert (after["State"]["StartedAt"] > before["State"]["StartedAt"], running.phase("web")) == (True, "Ready")


async def test_a_paused_resource_is_left_alone(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    running.calls.clear()

    host.docker.stop("shop-web-1")
    await running.apply(container("web", image=OTHER_IMAGE))
    await running.pass_time(120)

    assert (running.calls.writes, running.phase("web"), host.state("shop-web-1")) == ([], "Paused", "exited")


async def test_a_resumed_resource_is_mended_at_once(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    host.docker.stop("shop-web-1")
    await running.pass_time(60)

    await running.act("resume", "web")

    assert await running.until(lambda: host.state("shop-web-1") == "running") < 1


async def test_a_pause_ends_by_itself_at_its_time(host: Host, running: Running) -> None:
    await running.act("pause", "web", for_s=3600, reason="tonight")
    host.docker.stop("shop-web-1")

    took = await running.until(lambda: host.state("shop-web-1") == "running", within_s=4000)

    assert took == pytest.approx(3600, abs=1)


async def test_the_end_of_a_pause_is_told_and_recorded(running: Running) -> None:
    await running.act("pause", "web", for_s=3600, reason="tonight", actor="ann")
    await running.pass_time(3601)

    [paused] = [message for reason, message in await running.events("web") if reason == "Paused"]
    assert (paused.startswith("paused by ann until "), paused.endswith(" UTC: tonight")) == (True, True)
    assert (await running.events("web"))[-1] == ("Resumed", "the time of its pause is over")
    assert (await running.row("web"))["pause"] is None


async def test_a_pause_ends_at_its_time_though_the_controller_was_away(host: Host, running: Running) -> None:
    await running.act("pause", "web", for_s=3600, reason="tonight")
    host.docker.stop("shop-web-1")
    await running.shut_down()
    await running.store.aclose()
    await host.clock.advance(1800)

    async with Running(host) as another:
        await another.pass_time(5)
        still = host.state("shop-web-1")
        took = await another.until(lambda: host.state("shop-web-1") == "running", within_s=4000)

        assert (still, took < 1900) == ("exited", True)


async def test_a_whole_namespace_is_paused_and_resumed(running: Running) -> None:
    await running.apply(container("db"))
    await running.until_ready()

    paused = await running.service.pause(namespace="shop", reason="moving house")
    await running.pass_time(5)
    phases = {running.phase("web"), running.phase("db")}
    await running.service.resume(all=True)
    await running.pass_time(5)

    assert (len(paused["results"]), phases) == (2, {"Paused"})
    assert {running.phase("web"), running.phase("db")} == {"Ready"}


async def test_the_status_says_who_keeps_hands_off_until_when_and_why(running: Running) -> None:
    await running.act("pause", "web", for_s=3600, reason="tonight", actor="ann")
    await running.pass_time(1)

    row = await running.row("web")
    assert (row["pause"]["by"], row["pause"]["reason"], row["phase"]) == ("ann", "tonight", "Paused")
    assert row["message"].startswith("paused by ann until ")


@pytest.mark.parametrize(("for_s", "why"), [(0, "longer than no time"), (-5, "longer"), (1e300, "that long")])
async def test_a_pause_that_can_not_be_is_refused(running: Running, for_s: float, why: str) -> None:
    with pytest.raises(ServiceError, match=why):
        await running.service.pause(names=["web"], for_s=for_s, reason="x")


async def test_a_pause_of_nothing_is_refused(running: Running) -> None:
    with pytest.raises(ServiceError, match="nothing is named"):
        await running.service.pause(reason="x")
    with pytest.raises(ServiceError, match='nothing is declared in namespace "shpo"'):
        await running.service.pause(namespace="shpo", reason="x")


async def test_what_is_deleted_while_paused_is_removed(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    await running.act("delete", "web")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


async def test_a_number_of_replicas_that_can_not_be_is_refused(running: Running) -> None:
    with pytest.raises(ServiceError, match="can not have -1 replicas"):
        await running.service.scale(name="web", replicas=-1)


async def test_a_stop_ends_a_container_that_ignores_its_signal(host: Host, running: Running) -> None:
    host.behave("shop-deaf-1", Behaviour(ignores_sigterm=True))
    await running.apply(container("deaf", stop_grace_period="3s"))
    await running.until_ready()

    await running.act("stop", "deaf")

    assert await running.until(lambda: host.state("shop-deaf-1") == "exited") == pytest.approx(3, abs=0.5)
