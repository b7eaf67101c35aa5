"""Drift policies in the loop: what waits for a person's word, and how long the word holds."""

from typing import Any

import pytest

from controller.errors import ServiceError
from store import audit
from store.tables import AuditRecord
from tests.controller.running import Host, Running, container

ASKS: dict[str, Any] = {"drift": "ask", "cpu_shares": 512, "pids_limit": 100}


async def meddle(host: Host, running: Running, shares: int = 77) -> None:
    """Let somebody change a limit of the container `web`, which asks."""
    await running.apply(container("web", **ASKS))
    await running.until_ready()
    host.docker.update("shop-web-1", CpuShares=shares)
    await running.pass_time(5)


def shares(host: Host) -> int:
    return int(host.inspect("shop-web-1")["HostConfig"]["CpuShares"])


async def trail(running: Running) -> list[AuditRecord]:
    return await running.store.read(audit.recent)


async def test_what_asks_waits_and_says_so(host: Host, running: Running) -> None:
    await meddle(host, running)
    await running.pass_time(600)

    [field] = await running.fields("web")
    conditions = {one["type"]: one for one in (await running.row("web"))["conditions"]}
    assert (field["path"], field["policy"], shares(host)) == ("spec.cpu_shares", "ask", 77)
    assert "ergon approve web -n shop" in conditions["AwaitingApproval"]["message"]


async def test_an_approval_is_carried_out_recorded_and_over(host: Host, running: Running) -> None:
    await meddle(host, running)

    await running.service.approve(name="web", actor="ann", reason="checked")
    await running.until(lambda: shares(host) == 512)
    await running.pass_time(5)

    assert running.runtime.records.resources[next(iter(running.runtime.records.resources))].approvals == ()
    assert ("RepairApproved", "repair of spec.cpu_shares approved by ann: checked") in await running.events("web")
    assert [(row.actor, row.verb) for row in (await trail(running))[-2:]] == [
        ("ann", "approve"),
        ("ergon", "approval-ended"),
    ]


async def test_the_same_change_made_again_asks_anew(host: Host, running: Running) -> None:
    await meddle(host, running)
    await running.service.approve(name="web")
    await running.until(lambda: shares(host) == 512)
    await running.pass_time(1)

    host.docker.update("shop-web-1", CpuShares=77)
    await running.pass_time(60)

    assert (shares(host), (await running.fields("web"))[0]["policy"]) == (77, "ask")


async def test_an_approval_outlives_the_controller(host: Host) -> None:
    async with Running(host) as running:
        await meddle(host, running)
        running.calls.clear()
        await running.service.approve(name="web")
    async with Running(host) as running:
        await running.until_ready()
        await running.pass_time(5)

        assert shares(host) == 512


async def test_what_is_accepted_is_kept_until_it_changes_again(host: Host, running: Running) -> None:
    await meddle(host, running)
    await running.service.approve(name="web", verdict="accept")
    await running.pass_time(600)
    quiet = await running.service.diff()
    everything = await running.service.diff(all=True)

    host.docker.update("shop-web-1", CpuShares=78)
    await running.pass_time(5)

    assert (quiet["in_sync"], everything["changes"][0]["fields"][0]["verdict"]) == (True, "accept")
    assert [(field["observed"], field["verdict"]) for field in await running.fields("web")] == [(78, "")]


async def test_a_rejected_repair_is_still_shown(host: Host, running: Running) -> None:
    await meddle(host, running)
    await running.service.approve(name="web", verdict="reject")
    await running.pass_time(60)

    assert [(field["verdict"], shares(host)) for field in await running.fields("web")] == [("reject", 77)]


async def test_one_field_can_be_approved_alone(host: Host, running: Running) -> None:
    await meddle(host, running)
    host.docker.update("shop-web-1", PidsLimit=7)
    await running.pass_time(5)

    await running.service.approve(name="web", field=["spec.pids_limit"])
    await running.pass_time(60)

    assert [field["path"] for field in await running.fields("web")] == ["spec.cpu_shares"]


async def test_a_plan_that_is_not_what_differs_any_more_is_refused(host: Host, running: Running) -> None:
    await meddle(host, running)
    seen = (await running.service.diff())["changes"][0]["plan"]
    host.docker.update("shop-web-1", CpuShares=78)
    await running.pass_time(5)

    with pytest.raises(ServiceError, match="any more") as refused:
        await running.service.approve(name="web", plan=seen)

    assert (refused.value.status, shares(host)) == (409, 78)


async def test_a_plan_that_still_is_is_carried_out(host: Host, running: Running) -> None:
    await meddle(host, running)

    await running.service.approve(name="web", plan=(await running.service.diff())["changes"][0]["plan"])

    assert await running.until(lambda: shares(host) == 512) < 1


async def test_an_unknown_field_is_refused_with_the_nearest(host: Host, running: Running) -> None:
    await meddle(host, running)

    with pytest.raises(ServiceError) as refused:
        await running.service.approve(name="web", field=["spec.cpu_share"])

    assert (refused.value.status, refused.value.hint) == (404, 'did you mean "spec.cpu_shares"?')


async def test_where_nothing_waits_there_is_nothing_to_approve(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    with pytest.raises(ServiceError, match="nothing about container/shop/web waits"):
        await running.service.approve(name="web")


async def test_a_container_that_somebody_stopped_stays_stopped_where_its_policy_says_so(host: Host) -> None:
    async with Running(host) as running:
        await running.apply(container("web", drift={"paths": {"status.state": "ask"}}))
        await running.until_ready()
        host.docker.stop("shop-web-1")
        await running.pass_time(60)
    async with Running(host) as running:
        await running.pass_time(600)
        waiting = host.state("shop-web-1")
        await running.service.approve(name="web")
        await running.until(lambda: host.state("shop-web-1") == "running")

        assert waiting == "exited"


async def test_a_limit_that_nobody_declared_is_told_as_such_and_not_fought(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    identity = host.id_of("shop-web-1")

    host.docker.update("shop-web-1", CpuShares=77)
    await running.pass_time(120)

    [field] = await running.fields("web")
    assert (field["unmanaged"], field["policy"], field["effect"]) == (True, "alert", "recreate")
    assert (host.id_of("shop-web-1"), shares(host)) == (identity, 77)
