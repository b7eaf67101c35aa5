"""What somebody changed outside Ergon is named with path, cause, beginning and evidence, and mended unless paused."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, network

NAME = "shop-web-1"


@dataclass(frozen=True)
class Meddling:
    """What somebody does, what `diff` then says of it, and how Docker's own record of it reads."""

    deed: Callable[[Any], object]
    path: str
    declared: object
    observed: object
    evidence: str
    cause: str = "drift"


def _other_aliases(docker: Any) -> None:
    docker.disconnect("shop_back", NAME)
    docker.connect("shop_back", NAME, ["impostor"])


MEDDLINGS = {
    "docker rm -f": Meddling(
        lambda docker: docker.rm(NAME), "status.state", "running", "absent", "docker container destroy"
    ),
    "docker stop": Meddling(
        lambda docker: docker.stop(NAME), "status.state", "running", "exited", "docker container stop"
    ),
    "docker kill": Meddling(
        lambda docker: docker.kill(NAME), "status.state", "running", "exited", "docker container kill signal 9"
    ),
    "kill of its process": Meddling(
        lambda docker: docker.crash(NAME), "status.state", "running", "exited", "docker container die exit code 137"
    ),
    "docker pause": Meddling(
        lambda docker: docker.pause(NAME), "status.state", "running", "paused", "docker container pause"
    ),
    "docker rename": Meddling(
        lambda docker: docker.rename(NAME, "mine"), "name", NAME, "mine", f"docker container rename from {NAME}"
    ),
    "docker update --memory": Meddling(
        lambda docker: docker.update(NAME, Memory=32 << 20),
        "spec.mem_limit",
        64 << 20,
        32 << 20,
        "docker container update",
    ),
    "docker update --cpus": Meddling(
        lambda docker: docker.update(NAME, NanoCpus=10**9), "spec.cpus", 5 * 10**8, 10**9, "docker container update"
    ),
    "docker update --restart": Meddling(
        lambda docker: docker.update(NAME, RestartPolicy={"Name": "always", "MaximumRetryCount": 0}),
        "spec.restart",
        "no",
        "always",
        "docker container update",
    ),
    "docker network disconnect": Meddling(
        lambda docker: docker.disconnect("shop_back", NAME),
        "spec.networks.back",
        "connected",
        "disconnected",
        "docker network disconnect shop_back",
    ),
    "docker network connect": Meddling(
        lambda docker: docker.connect("bridge", NAME),
        "spec.networks.bridge",
        None,
        "connected",
        "docker network connect bridge",
    ),
    "other aliases": Meddling(
        _other_aliases, "spec.networks.back.aliases", ["web"], ["impostor"], "docker network connect shop_back"
    ),
}


@pytest.fixture
async def running(host: Host) -> AsyncIterator[Running]:
    async with Running(host) as running:
        await running.apply(network("back"), container("web", networks=["back"], mem_limit="64m", cpus="0.5"))
        await running.until_ready()
        await running.pass_time(30)
        yield running


@pytest.mark.parametrize("meddling", MEDDLINGS)
async def test_while_paused_it_is_named_and_left(host: Host, running: Running, meddling: str) -> None:
    case = MEDDLINGS[meddling]
    await running.act("pause", "web", reason="looking into it")
    running.calls.clear()
    began = host.clock.now()

    case.deed(host.docker)
    await running.pass_time(90)

    field = next(one for one in await running.fields("web") if one["path"] == case.path)
    assert (field["declared"], field["observed"], field["cause"]) == (case.declared, case.observed, case.cause)
    assert field["evidence"].startswith(case.evidence)
    assert abs((datetime.fromisoformat(field["since"]) - began).total_seconds()) < 1
    assert running.calls.writes == []


@pytest.mark.parametrize("meddling", MEDDLINGS)
async def test_otherwise_it_is_mended_at_once_and_remembered(host: Host, running: Running, meddling: str) -> None:
    case = MEDDLINGS[meddling]
    case.deed(host.docker)
    await running.pass_time(2)

    assert running.ready()
    assert await running.fields() == []
    assert host.states() == {NAME: "running"}
    [row] = [
        one for one in await running.drift_history("web") if (one.path, one.observed) == (case.path, case.observed)
    ]
    assert row.evidence.startswith(case.evidence)


@pytest.mark.parametrize("meddling", ["docker update --memory", "docker network connect", "docker rename"])
async def test_mending_costs_no_restart(host: Host, running: Running, meddling: str) -> None:
    before = host.inspect(NAME)
    MEDDLINGS[meddling].deed(host.docker)
    await running.pass_time(5)

    after = host.inspect(NAME)
    assert (after["Id"], after["State"]["StartedAt"]) == (before["Id"], before["State"]["StartedAt"])


async def test_a_tag_that_moved_is_shown_with_its_cause_and_rolled_out(host: Host, running: Running) -> None:
    await running.act("pause", "web", reason="looking into it")
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(5)
    fields = await running.fields("web")
    await running.act("resume", "web")
    await running.pass_time(5)

    new = host.inspect(NAME)["Image"]
    assert [(one["path"], one["cause"], one["effect"]) for one in fields] == [("spec.image", "image", "recreate")]
    assert new == host.engine.daemon.images.find(IMAGE).id


@pytest.mark.parametrize("wait_s", [0, 5])
async def test_the_tag_that_moved_an_image_is_the_evidence(host: Host, running: Running, wait_s: float) -> None:
    await running.act("pause", "web", reason="looking into it")
    host.docker.tag(OTHER_IMAGE, IMAGE)
    await running.pass_time(wait_s)
    [field] = await running.fields("web")

    assert (field["path"], field["cause"]) == ("spec.image", "image")
    assert field["evidence"].startswith(f"docker image tag {IMAGE} at ")


async def test_the_removal_of_a_network_is_the_evidence_for_all_that_follows(host: Host, running: Running) -> None:
    await running.act("pause", "container/web", "network/back", reason="looking into it")
    host.docker.disconnect("shop_back", NAME)
    host.docker.network_rm("shop_back")
    await running.pass_time(5)
    changes = (await running.service.diff())["changes"]

    evidence = {(change["kind"], field["path"]): field["evidence"] for change in changes for field in change["fields"]}
    assert evidence["Network", "status.state"].startswith("docker network destroy shop_back at ")
    assert evidence["Container", "spec.networks.back"].startswith("docker network disconnect shop_back at ")


async def test_what_a_person_did_to_an_earlier_run_is_no_evidence_for_the_end_of_this_one(
    host: Host, running: Running
) -> None:
    host.docker.stop(NAME)
    await running.pass_time(60)
    await running.act("pause", "web", reason="looking into it")
    host.docker.crash(NAME, 3)
    await running.pass_time(5)
    [field] = await running.fields("web")

    assert field["evidence"].startswith("docker container die exit code 3 at ")


async def test_what_ergon_itself_removed_is_nobodys_deed(host: Host, running: Running) -> None:
    await running.apply(network("back", labels={"tier": "back"}))
    await running.until_ready()
    await running.pass_time(30)

    assert not [row.evidence for row in await running.drift_history("web") if row.evidence]


async def test_a_network_made_anew_under_its_name_is_joined(host: Host, running: Running) -> None:
    host.docker.disconnect("shop_back", NAME)
    host.docker.network_rm("shop_back")
    await running.pass_time(60)

    assert running.ready()
    assert list(host.inspect(NAME)["NetworkSettings"]["Networks"]) == ["shop_back"]


async def test_a_container_that_only_tells_is_never_mended(host: Host, running: Running) -> None:
    await running.apply(
        container("web", networks=["back"], mem_limit="64m", cpus="0.5", drift={"default": "alert"}), network("back")
    )
    await running.until_ready()
    host.docker.update(NAME, Memory=32 << 20)
    await running.pass_time(120)

    assert [one["path"] for one in await running.fields("web")] == ["spec.mem_limit"]
    assert (await running.row("web"))["drift"] == 1


async def test_what_is_to_be_ignored_is_neither_told_nor_mended(host: Host, running: Running) -> None:
    drift = {"ignore": ["spec.mem_limit", "spec.memswap_limit"]}
    await running.apply(container("web", networks=["back"], mem_limit="64m", cpus="0.5", drift=drift), network("back"))
    await running.until_ready()
    host.docker.update(NAME, Memory=32 << 20)
    await running.pass_time(120)

    assert (await running.service.diff())["in_sync"]
    assert host.inspect(NAME)["HostConfig"]["Memory"] == 32 << 20


async def test_since_when_something_differs_outlives_the_controller(host: Host) -> None:
    async with Running(host) as running:
        await running.apply(container("web", mem_limit="64m"))
        await running.until_ready()
        await running.act("pause", "web", reason="looking into it")
        await running.pass_time(30)
        began = host.clock.now()
        host.docker.update(NAME, Memory=32 << 20)
        await running.pass_time(60)
    async with Running(host) as running:
        await running.pass_time(60)
        [field] = await running.fields("web")

        assert abs((datetime.fromisoformat(field["since"]) - began).total_seconds()) < 1
        assert field["evidence"].startswith("docker container update")


async def test_a_fight_over_a_field_is_counted_in_its_history(host: Host, running: Running) -> None:
    for _ in range(3):
        host.docker.update(NAME, Memory=32 << 20)
        await running.pass_time(5)

    rows = [one for one in await running.drift_history("web") if one.path == "spec.mem_limit"]
    assert (len(rows), running.ready()) == (3, True)
