"""While no controller runs, Docker restarts what ran; the next controller takes it back without a restart."""

import pytest

from engine.simulated.behaviour import command_not_found
from tests.controller.running import Host, Running, container, unwritable


def policy(host: Host, name: str = "shop-web-1") -> str:
    return str(host.inspect(name)["HostConfig"]["RestartPolicy"]["Name"])


async def started(running: Running, **spec: object) -> None:
    await running.apply(container("web", **spec))
    await running.until_ready()


async def test_while_it_runs_ergon_alone_restarts(host: Host, running: Running) -> None:
    await started(running)

    assert policy(host) == "no"


@pytest.mark.parametrize(
    ("declared", "docker"),
    [("always", "unless-stopped"), ("unless-stopped", "unless-stopped"), ("on-failure:3", "on-failure"), ("no", "no")],
)
async def test_a_graceful_end_leaves_restarts_to_docker(
    host: Host, running: Running, declared: str, docker: str
) -> None:
    await started(running, restart=declared)
    await running.shut_down()

    assert policy(host) == docker


async def test_containers_keep_running_when_the_controller_ends(host: Host, running: Running) -> None:
    await started(running)
    before = host.inspect("shop-web-1")["State"]["StartedAt"]
    await running.shut_down()

    assert host.inspect("shop-web-1")["State"] == {**host.inspect("shop-web-1")["State"], "StartedAt": before}
    assert host.state("shop-web-1") == "running"


async def test_they_end_with_it_when_that_was_asked_for(host: Host, running: Running) -> None:
    await started(running)
    await running.shut_down(stop_containers=True)

    assert (host.state("shop-web-1"), policy(host)) == ("exited", "no")


async def test_the_next_controller_takes_them_back_without_a_restart(host: Host) -> None:
    async with Running(host) as running:
        await started(running)
        await running.shut_down()
    before = host.inspect("shop-web-1")
    async with Running(host) as running:
        await running.until_ready()
        await running.pass_time(60)

    after = host.inspect("shop-web-1")
    assert (after["Id"], after["State"]["StartedAt"]) == (before["Id"], before["State"]["StartedAt"])
    assert policy(host) == "no"


async def test_meanwhile_nobody_sees_drift(host: Host) -> None:
    async with Running(host) as running:
        await started(running)
        await running.shut_down()

        assert (await running.service.diff(live=True))["in_sync"]


async def test_a_policy_that_was_left_to_docker_is_no_drift_for_the_next_one(host: Host) -> None:
    async with Running(host) as running:
        await started(running)
        await running.shut_down()
    async with Running(host) as running:
        await running.until_ready()

        assert [one for one in await running.drift_history("web") if one.path == "spec.restart"] == []


async def test_what_is_paused_is_left_as_it_is(host: Host, running: Running) -> None:
    await started(running)
    await running.act("pause", "web", reason="looking into it")
    await running.shut_down()

    assert policy(host) == "no"


async def test_what_is_stopped_is_left_as_it_is(host: Host, running: Running) -> None:
    await started(running)
    await running.act("stop", "web")
    await running.until(lambda: host.state("shop-web-1") == "exited")
    await running.shut_down()

    assert policy(host) == "no"


async def test_what_is_held_is_left_as_it_is(host: Host, running: Running) -> None:
    host.behave("shop-bad-1", command_not_found("serv"))
    await running.apply(container("bad"), container("web"))
    await running.until_ready("web")
    await running.shut_down()

    assert (policy(host, "shop-bad-1"), policy(host)) == ("no", "unless-stopped")


async def test_what_crashed_while_nobody_ran_is_not_started_twice(host: Host) -> None:
    async with Running(host) as running:
        await started(running)
        await running.shut_down()
    host.docker.crash("shop-web-1", 1)
    await host.clock.advance(30)
    host.docker.inspect("shop-web-1")
    before = host.inspect("shop-web-1")["State"]["StartedAt"]
    async with Running(host) as running:
        await running.until_ready()
        await running.pass_time(60)

    assert host.inspect("shop-web-1")["State"]["StartedAt"] == before


async def test_one_that_cannot_be_handed_over_does_not_keep_the_others(host: Host, running: Running) -> None:
    await running.apply(container("web"), container("db"))
    await running.until_ready()
    host.engine.faults.fail("update_container", nth=1)
    await running.shut_down()

    assert sorted(policy(host, name) for name in host.states()) == ["no", "unless-stopped"]


async def test_a_store_that_cannot_be_written_does_not_keep_it_from_ending(host: Host, running: Running) -> None:
    await started(running)
    running.store.failing = lambda _: unwritable()
    await running.shut_down()

    assert policy(host) == "no"


async def test_after_a_kill_nothing_was_handed_over_and_nothing_is_restarted(host: Host) -> None:
    async with Running(host) as running:
        await started(running)
    before = host.inspect("shop-web-1")["State"]["StartedAt"]
    async with Running(host) as running:
        await running.until_ready()

        assert (policy(host), host.inspect("shop-web-1")["State"]["StartedAt"]) == ("no", before)
