"""What was declared, running and different at a time is answered from the record, and what is not known is said."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.errors import ServiceError
from engine.simulated import Behaviour
from store import retention
from tests.controller.running import OTHER_IMAGE, Host, Running, container, network

Json = dict[str, Any]


async def status_at(running: Running, at: datetime) -> dict[str, Json]:
    answer = await running.service.status_at(at=at.isoformat())
    return {row["name"]: row for row in answer["resources"]}


async def paths_at(running: Running, at: datetime) -> list[tuple[str, str, str]]:
    answer = await running.service.diff_at(at=at.isoformat())
    return [(change["name"], one["path"], one["cause"]) for change in answer["changes"] for one in change["fields"]]


async def up(running: Running, *documents: Json) -> datetime:
    """Declare something, let it settle, and return a moment in the midst of the peace that follows."""
    await running.apply(*documents, actor="ann")
    await running.until_ready()
    await running.pass_time(60)
    then = running.clock.now()
    await running.pass_time(60)
    return then


async def test_status_tells_what_was_declared_and_running_then(running: Running) -> None:
    first = await up(running, container("web"))
    second = await up(running, container("web", replicas=3), container("db"))
    await running.act("delete", "db")
    third = await up(running, container("web", replicas=2))

    found = {at: await status_at(running, at) for at in (first, second, third)}

    assert {name: row["running"] for name, row in found[first].items()} == {"web": 1}
    assert {name: row["running"] for name, row in found[second].items()} == {"web": 3, "db": 1}
    assert {name: row["running"] for name, row in found[third].items()} == {"web": 2}
    assert [one["state"] for one in found[second]["web"]["instances"]] == ["running"] * 3


async def test_a_crash_shows_while_it_lasted_and_not_before_or_after(host: Host, running: Running) -> None:
    before = await up(running, container("web", restart="no"))
    host.docker.crash("shop-web-1", 3)
    await running.pass_time(60)
    during = running.clock.now()
    await running.pass_time(1)
    await running.act("restart", "web")
    after = await up(running, container("web", restart="no"))

    phases = [(await status_at(running, at))["web"]["phase"] for at in (before, during, after)]

    assert phases == ["Ready", "Failed", "Ready"]


async def test_diff_tells_what_differed_then_with_the_event_behind_it(host: Host, running: Running) -> None:
    before = await up(running, container("web", drift={"default": "alert"}))
    host.docker.update("shop-web-1", PidsLimit=50)
    await running.pass_time(60)
    during = running.clock.now()
    await running.pass_time(1)
    host.docker.update("shop-web-1", PidsLimit=0)
    await running.pass_time(60)

    answer = await running.service.diff_at(at=during.isoformat())

    assert await paths_at(running, before) == []
    assert await paths_at(running, during) == [("web", "spec.pids_limit", "drift")]
    assert "docker container update" in answer["changes"][0]["fields"][0]["evidence"]
    assert await paths_at(running, running.clock.now()) == []


async def test_what_was_declared_and_not_yet_done_differed_then(host: Host) -> None:
    async with Running(host) as running:
        await up(running, container("web"))
    host.engine.daemon.stop()
    async with Running(host) as running:
        await running.apply(container("web", image=OTHER_IMAGE))
        await running.pass_time(60)

        assert await paths_at(running, running.clock.now()) == [("web", "spec.image", "spec")]


async def test_an_outage_and_the_time_without_a_controller_are_told(host: Host) -> None:
    async with Running(host) as running:
        await up(running, container("web"))
        host.engine.daemon.stop()
        await running.pass_time(60)
        in_outage = running.clock.now()
        host.engine.daemon.start()
        await running.pass_time(60)
        await running.shut_down()
    await host.clock.advance(600)
    alone = host.clock.now()
    await host.clock.advance(600)
    async with Running(host) as running:
        engines = [(await running.service.status_at(at=at.isoformat()))["engine"] for at in (in_outage, alone)]
        controller = (await running.service.status_at(at=alone.isoformat()))["controller"]

        assert [one["reachable"] for one in engines] == [False, False]
        assert "no controller ran then" in engines[1]["message"]
        assert not controller["running"]


async def test_a_time_before_the_record_is_refused_with_how_far_it_goes(running: Running) -> None:
    then = await up(running, container("web"))

    with pytest.raises(ServiceError, match=r"is recorded since 2026-01-01 00:0") as refused:
        await running.service.status_at(at=(then - timedelta(days=3)).isoformat())

    assert "2026-01-01T00:0" in refused.value.hint


async def test_a_time_that_has_not_come_is_refused(running: Running) -> None:
    then = await up(running, container("web"))

    with pytest.raises(ServiceError, match="has not come yet"):
        await running.service.diff_at(at=(then + timedelta(days=3)).isoformat())


async def test_an_empty_record_says_so(running: Running) -> None:
    with pytest.raises(ServiceError, match="nothing is recorded yet"):
        await running.service.status_at(at=running.clock.now().isoformat())


async def test_what_is_forgotten_is_refused_and_the_rest_still_answered(running: Running) -> None:
    first = await up(running, container("web"))
    await running.pass_time(3600)
    second = await up(running, container("web", replicas=2))
    cut = second + timedelta(seconds=30) + retention.HISTORY_KEPT
    await running.store.write(lambda session: retention.purge(session, cut))

    with pytest.raises(ServiceError, match="is recorded since"):
        await status_at(running, first)
    assert (await status_at(running, running.clock.now()))["web"]["running"] == 2


# simulate


async def simulated(running: Running, documents: Iterable[Json] = (), **more: Any) -> list[tuple[str, str, str]]:
    answer = await running.service.simulate(documents=list(documents), **more)
    return [(change["name"], change["action"], one["path"]) for change in answer["changes"] for one in change["fields"]]


async def test_a_file_is_planned_against_how_things_stood_then(running: Running) -> None:
    before = await up(running, container("web"))
    await up(running, container("web", image=OTHER_IMAGE))
    running.calls.clear()

    then = await simulated(running, [container("web", image=OTHER_IMAGE)], at=before.isoformat())
    now = await simulated(running, [container("web", image=OTHER_IMAGE)])

    assert then == [("web", "replace", "spec.image")]
    assert now == []
    assert running.calls.all == []


async def test_the_simulated_plan_is_the_one_that_a_dry_run_shows(running: Running) -> None:
    await up(running, container("web", networks=["back"], depends_on=["db"]), container("db"), network("back"))
    wanted = [
        container("web", networks=["back"], mem_limit="64M"),
        container("db", image=OTHER_IMAGE),
        container("new"),
    ]

    dry = await running.service.plan(documents=wanted)
    played = await running.service.simulate(documents=wanted)

    assert played["changes"] == dry["changes"]


async def test_a_snapshot_is_planned_against_on_another_host(running: Running, tmp_path: Any) -> None:
    await up(running, container("web", networks=["back"]), network("back"))
    snapshot = await running.service.snapshot()
    elsewhere = Host(tmp_path / "elsewhere")
    elsewhere.engine.daemon.stop()
    async with Running(elsewhere) as other:
        found = await simulated(other, [container("web", networks=["back"], image=OTHER_IMAGE)], snapshot=snapshot)
        nothing = await simulated(other, [container("web", networks=["back"])], snapshot=snapshot)

    assert found == [("web", "replace", "spec.image")]
    assert nothing == []


async def test_a_snapshot_holds_no_secret_and_says_that_it_can_not_see_them(running: Running) -> None:
    environment = {"DB_PASSWORD": "hunter2", "URL": "postgres://me:hunter2@db/shop", "MODE": "a"}
    await up(running, container("web", environment=environment))
    snapshot = await running.service.snapshot()

    changed = container("web", environment={**environment, "DB_PASSWORD": "other", "MODE": "b"})
    answer = await running.service.simulate(documents=[changed], snapshot=snapshot)

    assert "hunter" not in str(snapshot)
    assert [one["path"] for one in answer["changes"][0]["fields"]] == ["spec.environment.MODE"]
    assert "can't be seen" in answer["notes"][0]


async def test_without_docker_the_last_that_was_recorded_is_planned_against(host: Host, running: Running) -> None:
    await up(running, container("web"))
    host.engine.daemon.stop()
    await running.pass_time(5)

    answer = await running.service.simulate(documents=[container("web", image=OTHER_IMAGE)])

    assert [change["action"] for change in answer["changes"]] == ["replace"]
    assert "Docker can't be reached" in answer["notes"][0]


async def test_what_a_file_refers_to_must_have_been_there(running: Running) -> None:
    before = await up(running, container("web"))
    await up(running, container("web", networks=["back"]), network("back"))

    with pytest.raises(ServiceError, match='Network "back" is not declared'):
        await simulated(running, [container("web", networks=["back"])], at=before.isoformat())


async def test_a_probed_dependency_that_was_ready_is_taken_for_ready(running: Running) -> None:
    probe = {"readiness": {"tcp": {"port": 80}, "interval": "2s"}}
    documents = [
        container("db", probes=probe),
        container("web", depends_on={"db": {"condition": "service_healthy"}}),
    ]
    then = await up(running, *documents)

    assert await simulated(running, documents, at=then.isoformat()) == []


@pytest.mark.parametrize("value", [{}, {"format": "ergon/snapshot/v9"}, {"taken_at": 7}])
async def test_what_is_no_snapshot_is_refused(running: Running, value: Json) -> None:
    with pytest.raises(ServiceError, match="this is no snapshot of Ergon's"):
        await running.service.simulate(snapshot=value)


async def test_drift_that_was_accepted_does_not_differ_in_a_snapshot_either(host: Host, running: Running) -> None:
    await up(running, container("web", drift={"default": "alert"}))
    host.docker.update("shop-web-1", PidsLimit=50)
    await running.pass_time(30)
    await running.service.approve(name="web", field=["spec.pids_limit"], verdict="accept")
    await running.pass_time(30)

    snapshot = await running.service.snapshot()

    assert await simulated(running, snapshot=snapshot) == []


async def test_an_update_that_was_given_up_stays_given_up_in_the_record(host: Host, running: Running) -> None:
    await up(running, container("web"))
    host.behave("shop-web-1-r2", Behaviour(exit_code=1, exit_after_s=0.1))
    await running.apply(container("web", image=OTHER_IMAGE))
    await running.pass_time(300)

    then = await simulated(running, at=running.clock.now().isoformat())
    live = (await running.service.diff())["changes"]

    assert [action for _, action, _ in then] == [change["action"] for change in live for _ in change["fields"]]
