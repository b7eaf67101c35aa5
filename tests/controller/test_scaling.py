"""Replicas and limits that follow from what containers use."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from container_ci.equipment import EQUIPMENT
from container_ci.sizing.history import History
from container_ci.sizing.samples import Sample
from controller.errors import ServiceError
from desired_state.key import Key
from engine.simulated import Behaviour
from tests.controller.running import Host, Json, Running, container

MIB = 1 << 20
WEB = Key("Container", "shop", "web")


async def test_a_busy_service_gets_more_replicas_and_an_idle_one_fewer(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(web())
        await ergon.until_ready("web")
        host.docker.use("shop-web-1", cores=1.0)

        await ergon.until(lambda: host.state("shop-web-2") == "running", within_s=120)

        assert ("ScaledUp", "from 1 to 2 replicas: cpu at 100% of what one replica has, 50% is wanted") in (
            await ergon.events("web")
        )
        host.docker.use("shop-web-1", cores=0.1)
        assert await ergon.until(lambda: host.state("shop-web-2") == "absent", within_s=900) >= 300
        assert (await ergon.fields("web")) == []


async def test_what_was_found_right_survives_a_restart_and_another_apply(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(web())
        await ergon.until_ready("web")
        host.docker.use("shop-web-1", cores=1.0)
        await ergon.until(lambda: host.state("shop-web-2") == "running", within_s=120)
        await ergon.apply(web())
        await ergon.pass_time(60)
        assert host.state("shop-web-2") == "running"
        await ergon.shut_down()

    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.pass_time(120)

        assert host.state("shop-web-2") == "running"


async def test_a_number_that_somebody_set_holds_until_they_give_it_back(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(web())
        await ergon.until_ready("web")
        await ergon.service.scale(name="web", replicas=3)
        await ergon.until_ready("web")
        host.docker.use("shop-web-1", cores=1.0)
        await ergon.pass_time(1200)
        assert [name for name, state in host.states().items() if state == "running"] == [
            "shop-web-1",
            "shop-web-2",
            "shop-web-3",
        ]
        for name in host.states():
            host.docker.use(name, cores=0.0)

        await ergon.service.scale(name="web", replicas=None)

        await ergon.until(lambda: list(host.states()) == ["shop-web-1"], within_s=900)


async def test_nothing_is_scaled_while_hands_are_off(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(web())
        await ergon.until_ready("web")
        await ergon.act("pause", "web", reason="measuring")
        host.docker.use("shop-web-1", cores=1.0)

        await ergon.pass_time(600)

        assert host.state("shop-web-2") == "absent"


async def test_what_is_not_used_is_given_back_in_place_and_returned_after_a_kill(host: Host) -> None:
    host.behave("shop-web-1", Behaviour(oom_killed=True))
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(sized("apply"))
        await ergon.until_ready("web")
        made = host.id_of("shop-web-1")
        used_little(ergon)

        await ergon.until(lambda: memory(host) < 512 * MIB)

        assert memory(host) == 256 * MIB  # by no more than half within the first week
        assert host.id_of("shop-web-1") == made
        assert next(row["actor"] for row in (await ergon.service.history(name="web"))["revisions"]) == "ergon"
        await ergon.pass_time(60)
        host.docker.crash("shop-web-1", 137)
        await ergon.until(lambda: memory(host) == 512 * MIB)
        told = [reason for reason, _ in await ergon.events("web")]
        assert told.index("LimitsAdjusted") < told.index("LimitsRolledBack")
        await ergon.pass_time(600)
        assert memory(host) == 512 * MIB


async def test_limits_stay_as_they_are_declared_where_they_are_only_to_be_recommended(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(sized("recommend"))
        await ergon.until_ready("web")
        used_little(ergon)

        await ergon.pass_time(120)

        assert memory(host) == 512 * MIB


async def test_what_was_measured_is_kept_and_rarely_written(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(container("web"))
        await ergon.until_ready("web")
        await ergon.pass_time(60)
        before = ergon.store.writes
        await ergon.pass_time(1800)
        assert ergon.store.writes - before <= 2  # one each quarter of an hour
        await ergon.shut_down()

    async with Running(host, equipment=EQUIPMENT) as ergon:
        found = ergon.runtime.measuring.history(WEB)

        assert found is not None
        assert found.samples >= 30


async def test_what_is_recommended_is_said_and_declared_when_asked_to(host: Host, folder: Path) -> None:
    file = folder / "web.yaml"
    file.write_text("kind: Container\nmetadata: {name: web, namespace: shop}\nspec:\n  mem_limit: 512M\n")
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply({**sized("recommend"), "source": str(file)})
        await ergon.until_ready("web")
        made = host.id_of("shop-web-1")
        used_little(ergon)

        [said] = (await ergon.service.ci_query(name="web", query="optimize"))["answers"]
        done = await ergon.service.optimize(name="web", actor="ann")
        await ergon.until_ready("web")

        advised = {one["field"]: one["recommended"] for one in said["data"]["recommendations"]}
        assert advised["mem_limit"] == 256 * MIB
        assert said["data"]["enough_data"]
        assert "-  mem_limit: 512M\n+" in said["data"]["patch"]
        assert "mem_limit: 512 MiB -> 256 MiB" in said["text"]
        assert done["limits"] == advised
        assert (memory(host), host.id_of("shop-web-1")) == (256 * MIB, made)
        revisions = (await ergon.service.history(name="web"))["revisions"]
        assert [row["actor"] for row in revisions[:1]] == ["ann"]
        assert len(revisions) == 2


async def test_how_many_there_are_is_explained(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(web())
        await ergon.until_ready("web")
        host.docker.use("shop-web-1", cores=0.5)
        await ergon.pass_time(60)

        [said] = (await ergon.service.ci_query(name="web", query="scale"))["answers"]
        await ergon.service.scale(name="web", replicas=1)
        [held] = (await ergon.service.ci_query(name="web", query="scale"))["answers"]

        assert said["text"].splitlines()[:2] == [
            "shop-web-1: 1 wanted, of 1 to 4 replicas, for cpu at 50%",
            "  cpu at 50% of what one replica has, 50% is wanted",
        ]
        assert "`ergon scale web=auto` gives it back to the load" in held["text"]


async def test_only_what_declares_it_can_be_left_to_its_load(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as ergon:
        await ergon.apply(container("web"))

        with pytest.raises(ServiceError, match="declares no autoscale"):
            await ergon.service.scale(name="web", replicas=None)


def web(**spec: Any) -> Json:
    return container("web", **{"autoscale": {"max": 4, "cpu": "50%"}, "cpus": 1.0, **spec})


def sized(auto: str) -> Json:
    return container("web", mem_limit="512M", resources={"auto": auto})


def used_little(ergon: Running) -> None:
    """Let it be known that the service used little memory for two days."""
    found = ergon.runtime.measuring.history(WEB) or History()
    for minutes in range(48 * 60, 0, -10):
        at = ergon.clock.now() - timedelta(minutes=minutes)
        found.add(Sample(at, 600.0, 0.01, 40 * MIB, memory_limit=512 * MIB))
    ergon.runtime.measuring.take(WEB, found)


def memory(host: Host) -> int:
    return int(host.inspect("shop-web-1")["HostConfig"]["Memory"])
