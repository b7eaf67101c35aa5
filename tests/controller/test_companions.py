"""Companions live and die with their containers, and answer for them."""

import gc
import socket
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from anyio import to_thread

from container_ci.companion import ContainerCI
from container_ci.equipment import EQUIPMENT
from container_ci.sockets import Sockets
from controller.clock import settle
from controller.companions import GUEST_IDLE_S
from controller.errors import ServiceError
from desired_state.container import ContainerSpec
from desired_state.key import Key
from engine.protocol import NewContainer
from engine.simulated import Behaviour
from observed_state.finding import Finding, Quote
from tests.controller.running import IMAGE, Host, Json, Running, container

FULL = Finding("disk-full", "The disk is full", "no space", 0.9, "critical", (Quote("q1", "log:stderr", "ENOSPC"),))

pytestmark = pytest.mark.anyio


def web(**spec: object) -> Json:
    return container("web", **spec)


async def foreign(host: Host, name: str) -> str:
    spec = ContainerSpec.model_validate({"image": IMAGE})
    return (await host.engine.create_container(NewContainer(name, spec, IMAGE))).id


def reasons(running: Running, name: str) -> list[tuple[str, str]]:
    status = running.runtime.records.statuses[Key("Container", "shop", name)]
    return [(one.type, one.reason) for one in status.conditions]


async def test_each_container_has_a_companion_for_as_long_as_it_is_there(tmp_path: Path) -> None:
    host = Host(tmp_path)
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(web(replicas=2))
        await running.until_ready("web")
        listed = (await running.service.ci_list())["companions"]
        assert [one["name"] for one in listed] == ["shop-web-1-container-ci", "shop-web-2-container-ci"]
        assert {one["state"] for one in listed} == {"running"}

        answered = await running.service.ci_query(name="web", query="how are you")
        assert [one["container"] for one in answered["answers"]] == ["shop-web-1", "shop-web-2"]

        running.runtime.companions.of(Key("Container", "shop", "web"))[0].desk.found([FULL])
        first, second = (await running.row("web"))["instances"]
        assert (first["finding"], second["finding"]) == ("disk-full: The disk is full", "")

        pressed = replace(FULL, rule="memory-near-limit", cause="it uses nearly all of its memory")
        running.runtime.companions.of(Key("Container", "shop", "web"))[1].desk.found([pressed])
        told = {"MemoryPressure": "memory-near-limit"}
        await running.until(lambda: told.items() <= dict(reasons(running, "web")).items())
        running.runtime.companions.of(Key("Container", "shop", "web"))[1].desk.found([])
        await running.until(lambda: not told.items() & dict(reasons(running, "web")).items())

        host.docker.kill("shop-web-1")
        await running.until_ready("web")
        again = (await running.service.ci_query(name="shop-web-1"))["answers"][0]
        assert again["data"]["state"] == "running"

        await running.act("delete", "web")
        await running.until(lambda: not running.runtime.companions.all())


async def test_a_container_that_is_not_managed_is_a_guest_until_nobody_asks(tmp_path: Path) -> None:
    host = Host(tmp_path)
    container_id = await foreign(host, "redis")
    async with Running(host, equipment=EQUIPMENT) as running:
        companions = running.runtime.companions
        answer = (await running.service.ci_query(name="redis-container-ci"))["answers"][0]
        assert (answer["container"], answer["data"]["state"], answer["data"]["resource"]) == ("redis", "created", None)

        await running.pass_time(GUEST_IDLE_S / 2)
        await running.service.ci_query(name=container_id)
        await running.pass_time(GUEST_IDLE_S - 1)
        assert [one.name for one in companions.all()] == ["redis-container-ci"]

        await running.pass_time(2)
        assert companions.all() == []


async def test_who_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    host = Host(tmp_path)
    await foreign(host, "redis")
    async with Running(host, equipment=EQUIPMENT) as running:
        with pytest.raises(ServiceError, match='no container "rediss"') as refused:
            await running.service.ci_query(name="rediss")

    assert (refused.value.status, refused.value.hint) == (404, 'did you mean "redis"?')


async def test_two_hours_of_flapping_and_floods_leave_nothing_behind(tmp_path: Path) -> None:
    """Containers that crash, come and go, sockets that die and clients that flood: no task, socket or memory stays."""
    host = Host(tmp_path)
    host.behave("shop-flapping-1", Behaviour(exit_code=1, exit_after_s=200.0))
    with tempfile.TemporaryDirectory(prefix="ci") as name:
        folder = Path(name) / "ci"
        async with (
            Sockets(folder, host.clock) as sockets,
            Running(host, sockets=sockets, equipment=EQUIPMENT) as running,
        ):
            await running.settle()
            tasks = running.task_count()
            for round_ in range(3):
                await running.apply(container("flapping"), container("steady", replicas=1 + round_ % 3))
                await running.pass_time(2400)
                for path in await to_thread.run_sync(paths_in, folder):
                    await flooded(path)
                await to_thread.run_sync(kill_one_socket, folder)
                await running.act("delete", "flapping", "steady")
                await running.until(lambda: not running.runtime.companions.all())
            await running.pass_time(GUEST_IDLE_S)

            assert await to_thread.run_sync(paths_in, folder) == []
            assert running.task_count() <= tasks
            gc.collect()
            assert [one for one in gc.get_objects() if isinstance(one, ContainerCI)] == []


def paths_in(folder: Path) -> list[str]:
    return sorted(str(one) for one in folder.iterdir())


def kill_one_socket(folder: Path) -> None:
    """Do what a person does who tidies up too much."""
    Path(paths_in(folder)[0]).unlink()


async def flooded(path: str) -> None:
    """Connect often, ask much, and leave without reading."""
    for _ in range(35):
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            with suppress(OSError):
                client.connect(path)
                client.sendall(b'{"query": "status"}\n' * 50)
    await settle()


async def test_a_resource_says_which_companion_its_containers_have(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as running:
        found = {}
        for word in ("", "logs, monitoring", "off"):
            document = container("web")
            document["metadata"]["annotations"] = {"ergon.dev/container-ci": word} if word else {}
            await running.apply(document)
            await running.until_ready()
            await running.settle()
            found[word] = [one.capabilities for one in running.runtime.companions.all()]

    assert len(found[""][0]) == len(EQUIPMENT)
    assert found["logs, monitoring"] == [("monitoring", "logs")]
    assert found["off"] == []


async def test_only_what_is_not_up_is_told_as_down(host: Host) -> None:
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(web(), container("db"))
        await running.until_ready("web", "db")
        assert not running.runtime.companions.down()

        await running.act("stop", "db")
        await running.until(lambda: host.state("shop-db-1") == "exited")
        assert [one.container.name for one in running.runtime.companions.down()] == ["shop-db-1"]

        await running.act("start", "db")
        await running.until_ready("db")
        assert not running.runtime.companions.down()
