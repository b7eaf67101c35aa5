"""A start that can't succeed is held with its reason: tried once a minute, and at once when its cause goes away."""

from itertools import pairwise

import pytest

from container_ci.equipment import EQUIPMENT
from engine.simulated import Behaviour
from engine.simulated.behaviour import command_not_found
from engine.simulated.images import Offer
from tests.controller.running import IMAGE, Host, Running, container


async def test_a_command_that_is_not_found_is_tried_once_a_minute(host: Host, running: Running) -> None:
    host.behave("shop-web-1", command_not_found("serv"))
    await running.apply(container("web"))
    await running.pass_time(301)

    assert waits(host.starts("shop-web-1")) == pytest.approx([60] * 5, abs=0.5)


async def test_the_reason_is_told_in_the_daemons_words(host: Host) -> None:
    host.behave("shop-web-1", command_not_found("serv"))
    async with Running(host, equipment=EQUIPMENT) as running:
        await running.apply(container("web"))
        await running.pass_time(5)

        row = await running.row("web")
        assert (row["phase"], row["reason"]) == ("Held", "CommandNotFound")
        assert '"serv": executable file not found' in row["message"]
        assert row["instances"][0]["finding"].startswith("command-not-found: ")


async def test_a_new_spec_is_tried_at_once(host: Host, running: Running) -> None:
    host.behave("shop-web-1", command_not_found("serv"))
    await running.apply(container("web"))
    await running.pass_time(5)
    host.behave("shop-web-1", Behaviour())

    await running.apply(container("web", command=["serve"]))

    assert await running.until_ready() < 1
    assert len(host.states()) == 1


async def test_a_port_that_a_container_holds_is_used_as_soon_as_it_is_freed(host: Host, running: Running) -> None:
    host.docker.run("squatter", IMAGE, **published(8080))
    await running.apply(container("web", ports=["8080:80"]))
    await running.pass_time(5)
    held = await running.row("web")

    host.docker.stop("squatter")
    took = await running.until_ready()

    assert (held["phase"], held["reason"], took < 1) == ("Held", "PortInUse", True)


async def test_a_port_that_a_process_holds_is_tried_once_a_minute(host: Host, running: Running) -> None:
    host.engine.daemon.host.busy_ports.add(8080)
    await running.apply(container("web", ports=["8080:80"]))
    await running.pass_time(10)
    host.engine.daemon.host.busy_ports.clear()

    assert await running.until_ready() == pytest.approx(50, abs=0.5)


async def test_the_container_that_could_not_start_is_used_again(host: Host, running: Running) -> None:
    host.engine.daemon.host.busy_ports.add(8080)
    await running.apply(container("web", ports=["8080:80"]))
    await running.pass_time(130)
    identity = host.inspect("shop-web-1")["Id"]
    host.engine.daemon.host.busy_ports.clear()
    await running.until_ready()

    assert host.inspect("shop-web-1")["Id"] == identity
    assert running.calls.count("create_container") == 1


async def test_one_held_container_does_not_hold_up_the_others(host: Host, running: Running) -> None:
    host.behave("shop-bad-1", command_not_found("serv"))
    await running.apply(container("bad"), container("web"))

    assert await running.until_ready("web") < 1


async def test_a_hold_outlives_the_controller(host: Host) -> None:
    host.behave("shop-web-1", command_not_found("serv"))
    async with Running(host) as running:
        await running.apply(container("web"))
        await running.pass_time(10)
    async with Running(host) as running:
        await running.pass_time(100)

    assert waits(host.starts("shop-web-1")) == pytest.approx([60], abs=0.5)


async def test_an_image_that_cannot_be_had_is_asked_for_ever_more_slowly(host: Host, running: Running) -> None:
    await running.apply(container("web", image="shop/missing:1"))
    await running.pass_time(60 + 120 + 240 + 10)

    assert len(host.engine.daemon.registry.pulls) == 4
    assert (running.phase("web"), host.states()) == ("Pending", {})


async def test_the_old_container_serves_while_the_new_image_cannot_be_had(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    await running.apply(container("web", image="shop/missing:1"))
    await running.pass_time(600)

    assert host.states() == {"shop-web-1": "running"}


async def test_one_pull_serves_all_replicas(host: Host, running: Running) -> None:
    host.engine.daemon.registry.offers["shop/offered:1"] = Offer("offered", {"Cmd": ["serve"]})
    host.engine.daemon.registry.pull_s = 20
    await running.apply(container("web", image="shop/offered:1", replicas=5))
    await running.until_ready()

    assert host.engine.daemon.registry.pulls == ["shop/offered:1"]


def published(port: int) -> dict[str, object]:
    bindings = {"80/tcp": [{"HostPort": str(port)}]}
    return {"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": bindings}}


def waits(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]
