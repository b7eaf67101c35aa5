"""The daemon stops, freezes, or is another one: one condition of the engine, and nobody's crash."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlmodel import Session, select

from container_ci.equipment import EQUIPMENT
from engine.errors import ServerError
from store.history_tables import Period
from tests.controller.running import Host, Running, container


@pytest.fixture
async def running(host: Host) -> AsyncIterator[Running]:
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web", replicas=3), container("db"))
        await running.until_ready()
        await running.pass_time(60)
        running.calls.clear()
        yield running


async def reachable(running: Running) -> bool:
    answer = await running.service.status()
    return bool(answer["engine"]["reachable"])


async def test_a_daemon_that_is_not_there_at_first_is_waited_for(host: Host) -> None:
    host.engine.daemon.stop()
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web"))
        await running.pass_time(300)
        before = (await running.service.status())["engine"]
        host.engine.daemon.start()

        assert await running.until_ready() <= 13
        assert (before["reachable"], "not running" in before["message"]) == (False, True)


async def test_a_stopped_daemon_is_noticed_at_once(host: Host, running: Running) -> None:
    host.engine.daemon.stop()
    await running.settle()

    assert not await reachable(running)


async def test_after_a_restart_of_the_daemon_everything_runs_again_and_nothing_is_counted(
    host: Host, running: Running
) -> None:
    host.engine.daemon.stop()
    await running.pass_time(60)
    host.engine.daemon.start()
    took = await running.until(lambda: running.ready() and set(host.states().values()) == {"running"})

    assert took <= 13
    assert {one.restarts.failures for one in running.runtime.records.instances()} == {0}
    assert {one["reason"] for one in await running.exits("web")} == {"ended with the Docker daemon"}
    assert not any(one["counted"] for one in await running.exits("web"))


async def test_no_container_is_replaced_by_an_outage(host: Host, running: Running) -> None:
    ids = {name: host.id_of(name) for name in host.states()}
    host.engine.daemon.stop()
    await running.pass_time(60)
    host.engine.daemon.start()
    await running.pass_time(60)

    assert {name: host.id_of(name) for name in host.states()} == ids


async def test_a_frozen_daemon_is_noticed_within_15_seconds(host: Host, running: Running) -> None:
    host.engine.daemon.freeze()
    await running.pass_time(16)

    assert not await reachable(running)


async def test_a_frozen_daemon_keeps_no_more_than_a_few_calls_waiting(host: Host, running: Running) -> None:
    host.engine.daemon.freeze()
    await running.service.restart(names=["web", "db"])
    await running.pass_time(20)
    running.calls.clear()
    await running.pass_time(600)

    asked = {call.method for call in running.calls.all}
    assert asked <= {"ping", "events", "info"}
    assert len(running.calls.all) < 200


async def test_work_that_came_while_it_was_frozen_is_done_once_it_thaws(host: Host, running: Running) -> None:
    host.engine.daemon.freeze()
    await running.pass_time(30)
    await running.apply(container("late"))
    await running.pass_time(90)
    host.engine.daemon.thaw()

    assert await running.until_ready() <= 20


async def test_a_frozen_daemon_restarts_and_replaces_nothing(host: Host, running: Running) -> None:
    before = {name: inspect["State"]["StartedAt"] for name, inspect in host.containers().items()}
    host.engine.daemon.freeze()
    await running.pass_time(120)
    host.engine.daemon.thaw()
    await running.pass_time(60)

    assert {name: inspect["State"]["StartedAt"] for name, inspect in host.containers().items()} == before
    assert running.ready()


async def test_tasks_do_not_pile_up_over_many_outages(host: Host, running: Running) -> None:
    await running.pass_time(10)
    before = running.task_count()
    for _ in range(5):
        host.engine.daemon.freeze()
        await running.pass_time(40)
        host.engine.daemon.thaw()
        await running.pass_time(20)
        host.engine.daemon.stop()
        await running.pass_time(40)
        host.engine.daemon.start()
        await running.pass_time(60)

    assert running.task_count() == before


async def test_what_a_person_declared_during_an_outage_is_kept(host: Host, running: Running) -> None:
    host.engine.daemon.stop()
    await running.apply(container("late"))
    await running.act("delete", "db")
    await running.pass_time(30)
    host.engine.daemon.start()
    await running.until(lambda: host.state("shop-late-1") == "running" and host.state("shop-db-1") == "absent")

    assert running.ready("web", "late")


async def test_a_slow_daemon_is_only_slow(host: Host, running: Running) -> None:
    host.engine.faults.delay(2)
    host.docker.rm("shop-web-1")
    await running.until(lambda: host.state("shop-web-1") == "running", within_s=30)
    await running.pass_time(120)

    assert running.ready()
    assert len(host.states()) == 4


async def test_a_daemon_that_fails_every_third_call_is_worn_down(host: Host, running: Running) -> None:
    host.engine.faults.fail("*", lambda: ServerError("cannot: internal error"), every=3)
    await running.apply(container("web", replicas=6), container("late"))
    await running.pass_time(240)
    host.engine.faults.clear()
    await running.until_ready(within_s=120)

    assert len(host.states()) == 8


async def test_what_ended_with_the_daemon_while_no_controller_ran_is_no_crash(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web", replicas=3))
        await running.until_ready()
    await host.clock.advance(60)
    host.engine.daemon.stop()
    await host.clock.advance(60)
    host.engine.daemon.start()
    await host.clock.advance(30)

    async with Running(host, equipment=EQUIPMENT) as again:
        await again.until(lambda: again.ready() and set(host.states().values()) == {"running"})
        exits = await again.exits("web")

        assert {(one["reason"], one["counted"]) for one in exits} == {("ended with the Docker daemon", False)}
        assert {one.restarts.failures for one in again.runtime.records.instances()} == {0}


async def test_a_crash_after_the_daemon_came_back_counts_though_no_controller_saw_it(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web"))
        await running.until_ready()
    host.engine.daemon.stop()
    host.engine.daemon.start()
    host.docker.start("shop-web-1")
    await host.clock.advance(30)
    host.docker.crash("shop-web-1", 3)
    await host.clock.advance(30)

    async with Running(host, equipment=EQUIPMENT) as again:
        await again.until_ready()
        newest, *_ = await again.exits("web")

        assert (newest["reason"], newest["counted"]) == ("exit 3", True)


async def test_outages_and_lives_are_on_record(host: Host, running: Running) -> None:
    host.engine.daemon.stop()
    await running.pass_time(60)
    host.engine.daemon.start()
    await running.pass_time(30)
    began, ended = await running.store.read(periods_of_outage)

    assert (ended - began).total_seconds() >= 60
    told = (await running.service.events())["events"]
    assert [event["reason"] for event in told if not event["kind"]] == ["EngineLost", "EngineBack"]


def periods_of_outage(session: Session) -> tuple[datetime, datetime]:
    [period] = session.exec(select(Period).where(Period.what == "outage"))
    assert period.ended_at
    return period.began_at, period.ended_at
