"""Probes from outside and Docker's own health checks say when a container is ready, and when it fails."""

import pytest

from engine.simulated import Behaviour
from tests.controller.running import Host, Running, container, network


def probed(name: str = "web", **probes: dict[str, object]) -> dict[str, object]:
    return container(name, probes={kind: {"tcp": {"port": 80}, **probe} for kind, probe in probes.items()})


async def test_a_container_is_ready_once_its_probe_passes(host: Host, running: Running) -> None:
    running.answers.failing.add(80)
    await running.apply(probed(readiness={"interval": "2s"}))
    await running.pass_time(21)
    waiting = await running.row("web")
    running.answers.failing.clear()

    assert await running.until_ready() <= 2
    assert (waiting["ready"], waiting["phase"], waiting["running"]) == (False, "Progressing", 1)
    assert "readiness probe has not passed: connection refused" in waiting["message"]


async def test_a_container_that_is_not_ready_is_not_restarted(host: Host, running: Running) -> None:
    await running.apply(probed(readiness={"interval": "2s"}))
    await running.until_ready()
    running.answers.failing.add(80)
    await running.pass_time(600)

    assert (running.ready("web"), len(host.starts("shop-web-1"))) == (False, 1)


async def test_dependents_wait_for_the_probe(host: Host, running: Running) -> None:
    running.answers.failing.add(80)
    front = container("front", depends_on={"web": {"condition": "service_healthy"}})
    await running.apply(probed(readiness={"interval": "2s"}), front)
    await running.pass_time(30)
    before = host.state("shop-front-1")
    running.answers.failing.clear()
    await running.until_ready()

    assert (before, host.state("shop-front-1")) == ("created", "running")


async def test_a_failing_liveness_probe_restarts_along_the_backoff(host: Host, running: Running) -> None:
    await running.apply(probed(liveness={"interval": "1s", "failure_threshold": 2}))
    await running.until_ready()
    running.answers.failing.add(80)
    await running.pass_time(120)

    starts = host.starts("shop-web-1")
    assert 5 <= len(starts) <= 8
    assert running.phase("web") == "CrashLooping"


async def test_a_restart_for_its_probe_is_told_as_one(host: Host, running: Running) -> None:
    await running.apply(probed(liveness={"interval": "1s", "failure_threshold": 2}))
    await running.until_ready()
    running.answers.failing.add(80)
    await running.until(lambda: len(host.starts("shop-web-1")) == 2)
    running.answers.failing.clear()
    await running.until_ready()

    told = await running.events("web")
    assert (await running.row("web"))["restarts"] == 1
    assert ("Started", "liveness probe failed: connection refused") in told


async def test_the_startup_probe_holds_the_liveness_probe_back(host: Host, running: Running) -> None:
    running.answers.failing.add(80)
    slow = probed(startup={"interval": "5s", "failure_threshold": 60}, liveness={"interval": "1s"})
    await running.apply(slow)
    await running.pass_time(200)
    running.answers.failing.clear()
    await running.until_ready()

    assert len(host.starts("shop-web-1")) == 1


async def test_dockers_own_check_gates_readiness(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(health=((12, "healthy"),)))
    await running.apply(container("web"))

    assert await running.until_ready() == pytest.approx(12, abs=0.2)


async def test_a_container_that_docker_calls_unhealthy_is_restarted(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(health=((1, "healthy"),)))
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(10)

    host.docker.set_health("shop-web-1", "unhealthy", "GET /: 500")
    await running.until(lambda: len(host.starts("shop-web-1")) == 2)

    assert (await running.row("web"))["restarts"] == 1


async def test_probing_ends_with_the_container(host: Host, running: Running) -> None:
    await running.apply(probed(readiness={"interval": "2s"}))
    await running.until_ready()
    await running.act("delete", "web")
    await running.until(lambda: not running.runtime.records.resources)
    asked = dict(running.answers.asked)
    await running.pass_time(60)

    assert dict(running.answers.asked) == asked


async def test_a_replica_that_is_not_ready_leaves_the_services_name_and_gets_it_back(
    host: Host, running: Running
) -> None:
    probes = {"readiness": {"tcp": {"port": 80}, "interval": "2s"}}
    await running.apply(network("back"), container("web", replicas=2, networks=["back"], probes=probes))
    await running.until_ready()
    running.answers.failing_in.add(host.id_of("shop-web-1"))
    await running.pass_time(30)
    out = (bears_the_name(host, "shop-web-1"), bears_the_name(host, "shop-web-2"))
    running.answers.failing_in.clear()
    await running.until_ready()
    await running.pass_time(5)

    assert out == (False, True)
    assert (bears_the_name(host, "shop-web-1"), len(host.starts("shop-web-1"))) == (True, 1)
    assert (await running.row("web"))["drift"] == 0


def bears_the_name(host: Host, name: str) -> bool:
    """Return whether a container is reached under its service's name."""
    [place] = host.inspect(name)["NetworkSettings"]["Networks"].values()
    return "web" in (place["Aliases"] or [])
