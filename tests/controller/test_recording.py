"""What is recorded of a running loop: statuses sparingly, events and deeds each once, and nothing while idle."""

from random import Random

import anyio
import pytest

from controller.errors import ServiceError
from controller.keeping import keep_store_small
from controller.runtime import build
from engine.simulated import Behaviour
from tests.controller.running import Host, Running, WatchedStore, container, network, unwritable, volume


async def test_a_flapping_container_causes_one_status_write_a_second(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(2)
    writes = running.status_writes
    for number in range(100):
        host.docker.set_health("shop-web-1", "starting" if number % 2 else "healthy")
        await running.pass_time(0.1)

    assert 1 <= running.status_writes - writes <= 11


async def test_the_newest_status_is_seen_at_once_all_the_same(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    host.docker.set_health("shop-web-1", "starting")
    await running.pass_time(0.15)

    assert not (await running.row("web"))["ready"]


async def test_a_status_outlives_the_controller(host: Host) -> None:
    async with Running(host) as running:
        await running.apply(container("web"))
        await running.until_ready()
        await running.pass_time(2)
    host.engine.daemon.stop()
    async with Running(host) as running:
        assert running.phase("web") == "Ready"


async def test_a_condition_keeps_its_time_while_it_stays_as_it_is(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    first = transition(await running.row("web"))
    await running.pass_time(100)

    await running.apply(container("web", stop_grace_period="3s"))
    await running.until_ready()

    assert transition(await running.row("web")) == first


async def test_every_deed_is_told_as_an_event(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    host.docker.crash("shop-web-1", 3)
    await running.pass_time(5)

    reasons = [reason for reason, _ in await running.events("web")]
    assert ("Created" in reasons, ("Started", "exited with code 3") in await running.events("web")) == (True, True)


async def test_every_deed_has_its_intent_and_its_result(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(10)
    await running.act("restart", "web")
    await running.pass_time(5)

    deeds = (await running.service.describe(name="web"))["actions"]
    assert [(deed["action"], deed["outcome"]) for deed in deeds] == [
        ("CreateInstance", "done"),
        ("Stop", "done"),
        ("Start", "done"),
    ]


async def test_a_failed_deed_says_why(host: Host, running: Running) -> None:
    host.engine.daemon.host.busy_ports.add(8080)
    await running.apply(container("web", ports=["8080:80"]))
    await running.pass_time(5)

    [deed] = (await running.service.describe(name="web"))["actions"]
    assert (deed["outcome"], "8080" in deed["error"]) == ("failed", True)


async def test_each_exit_is_recorded_once_however_often_it_is_seen(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=2))
    await running.apply(container("web", restart="no"))
    await running.pass_time(600)

    assert [one["exit_code"] for one in await running.exits("web")] == [2]


async def test_while_the_store_cannot_be_written_nothing_is_done_to_docker(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(2)
    running.store.failing = lambda _: unwritable()
    running.calls.clear()

    host.docker.crash("shop-web-1")
    await running.pass_time(120)

    assert (running.calls.writes, host.state("shop-web-1")) == ([], "exited")


async def test_once_it_can_be_written_again_everything_is_caught_up_with(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    running.store.failing = lambda _: unwritable()
    host.docker.crash("shop-web-1")
    await running.pass_time(120)
    running.store.failing = lambda _: None

    assert await running.until(lambda: host.state("shop-web-1") == "running") <= 60


async def test_what_cannot_be_recorded_is_refused_to_whoever_asks(running: Running) -> None:
    running.store.failing = lambda _: unwritable()

    with pytest.raises(ServiceError, match="the disk is full"):
        await running.apply(container("web"))

    assert running.runtime.records.resources == {}


async def test_a_reference_to_nothing_stores_nothing(running: Running) -> None:
    version = await running.resource_version()

    with pytest.raises(ServiceError) as refused:
        await running.apply(network("backend"), container("web", networks=["backand"], volumes=["data:/data"]))

    assert refused.value.message.splitlines() == [
        'Container "web": networks.backand: Network "backand" is not declared; did you mean "backend"?',
        'Container "web": volumes.0.source: Volume "data" is not declared',
    ]
    assert (await running.resource_version(), running.runtime.records.resources) == (version, {})


async def test_what_is_being_deleted_cannot_be_declared_again_yet(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(ignores_sigterm=True))
    await running.apply(container("web"), volume("data"))
    await running.until_ready()
    await running.act("delete", "web")

    with pytest.raises(ServiceError, match="is being deleted") as refused:
        await running.apply(container("web"))

    assert refused.value.status == 409


async def test_the_store_is_saved_once_a_day(host: Host) -> None:
    with WatchedStore.open(host.state_dir) as store:
        runtime = build(store, host.engine, host.clock, Random(7))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keep_store_small, runtime)
            for _ in range(25):
                await host.clock.advance(3600)
                await store.idle()
            tasks.cancel_scope.cancel()

    assert len(list((host.state_dir / "backups").glob("*.db"))) == 1


def transition(row: dict[str, object]) -> object:
    conditions = row["conditions"]
    assert isinstance(conditions, list)
    return next(one["last_transition"] for one in conditions if one["type"] == "Ready")
