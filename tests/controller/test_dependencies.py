"""Containers start in the order in which they need each other: at first, after a crash, and after an outage."""

from datetime import datetime

import pytest

from engine.simulated import Behaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container


def needing(condition: str, **more: object) -> dict[str, object]:
    return container("web", depends_on={"db": {"condition": condition, **more}})


async def test_by_default_a_container_starts_once_what_it_needs_has_started(host: Host, running: Running) -> None:
    await running.apply(container("web", depends_on=["db"]), container("db"))
    await running.until_ready()

    assert started_before(host, "shop-db-1", "shop-web-1")


async def test_it_is_made_beforehand_so_that_it_can_start_at_once(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(health=((20, "healthy"),)))
    await running.apply(needing("service_healthy"), container("db"))
    await running.pass_time(10)

    assert host.states() == {"shop-db-1": "running", "shop-web-1": "created"}
    assert "waits for db to be healthy" in (await running.row("web"))["message"]


async def test_a_healthy_dependency_is_waited_for(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(health=((20, "healthy"),)))
    await running.apply(needing("service_healthy"), container("db"))

    assert await running.until(lambda: host.state("shop-web-1") == "running") == pytest.approx(20, abs=0.2)


async def test_a_completed_dependency_is_waited_for(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(exit_code=0, exit_after_s=15))
    await running.apply(needing("service_completed_successfully"), container("db", restart="no"))

    assert await running.until(lambda: host.state("shop-web-1") == "running") == pytest.approx(15, abs=0.2)


async def test_a_failed_dependency_is_named(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(exit_code=4))
    await running.apply(needing("service_completed_successfully"), container("db", restart="no"))
    await running.pass_time(60)

    row = await running.row("web")
    assert (row["reason"], host.state("shop-web-1")) == ("DependencyFailed", "created")
    assert "exited with code 4" in row["message"]


async def test_a_dependency_that_is_not_required_may_be_missing(host: Host, running: Running) -> None:
    await running.apply(needing("service_started", required=False))

    assert await running.until_ready() < 1


async def test_after_a_crash_of_both_the_order_holds_again(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(health=((5, "healthy"),)))
    await running.apply(needing("service_healthy"), container("db"))
    await running.until_ready()
    await running.pass_time(700)

    host.docker.crash("shop-web-1")
    host.docker.crash("shop-db-1")
    took = await running.until(lambda: running.ready() and set(host.states().values()) == {"running"})

    assert took == pytest.approx(5, abs=0.2)
    assert started_before(host, "shop-db-1", "shop-web-1", by=5)


async def test_a_crash_of_what_it_needs_leaves_a_running_container_running(host: Host, running: Running) -> None:
    await running.apply(needing("service_started"), container("db"))
    await running.until_ready()
    before = host.inspect("shop-web-1")["State"]["StartedAt"]

    host.docker.crash("shop-db-1")
    await running.pass_time(60)

    assert host.inspect("shop-web-1")["State"]["StartedAt"] == before


async def test_after_an_outage_of_the_daemon_the_order_holds_again(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(health=((5, "healthy"),)))
    await running.apply(needing("service_healthy"), container("db"))
    await running.until_ready()

    host.engine.daemon.stop()
    await running.pass_time(30)
    host.engine.daemon.start()
    await running.until(lambda: running.ready() and set(host.states().values()) == {"running"})

    assert started_before(host, "shop-db-1", "shop-web-1", by=5)


async def test_a_shared_network_follows_its_owner_to_a_new_container(host: Host, running: Running) -> None:
    await running.apply(container("vpn"), container("web", network_mode="service:vpn"))
    await running.until_ready()

    first = host.id_of("shop-vpn-1")

    host.docker.rm("shop-vpn-1")
    await running.until(lambda: shared_with(host, "shop-web-1") == host.id_of("shop-vpn-1") != first)
    await running.until_ready()

    assert host.states() == {"shop-vpn-1": "running", "shop-web-1": "running"}


async def test_a_shared_network_is_shared_again_when_its_owner_was_restarted(host: Host, running: Running) -> None:
    await running.apply(container("vpn"), container("web", network_mode="service:vpn"))
    await running.until_ready()
    before = host.id_of("shop-web-1")

    host.docker.crash("shop-vpn-1")
    await running.until(lambda: len(host.starts("shop-web-1")) == 2)
    await running.until_ready()

    assert host.id_of("shop-web-1") == before
    assert started_before(host, "shop-vpn-1", "shop-web-1")
    assert await running.fields() == []


async def test_links_and_borrowed_volumes_name_the_container_of_their_resource(host: Host, running: Running) -> None:
    await running.apply(container("db"), container("web", links=["db:store"], volumes_from=["db:ro"]))
    await running.until_ready()

    config = host.inspect("shop-web-1")["HostConfig"]
    assert (config["Links"], config["VolumesFrom"]) == (["shop-db-1:store"], ["shop-db-1:ro"])


async def test_a_deleted_dependency_goes_after_what_needs_it(host: Host, running: Running) -> None:
    await running.apply(needing("service_started"), container("db"))
    await running.until_ready()

    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


# a restart that dependents follow


async def following(host: Host, running: Running, **db: object) -> None:
    """Let web run, which is restarted when db is."""
    await running.apply(needing("service_started", restart=True), container("db", **db))
    await running.until_ready()
    await running.pass_time(60)


async def test_a_dependent_that_wants_it_is_restarted_after_what_it_needs(host: Host, running: Running) -> None:
    await following(host, running)
    await running.act("restart", "db")
    await running.pass_time(60)

    assert host.starts("shop-web-1") == [0, 60]
    assert started_before(host, "shop-db-1", "shop-web-1")


async def test_a_dependent_that_wants_it_is_restarted_when_what_it_needs_was_replaced(
    host: Host, running: Running
) -> None:
    await following(host, running)
    await running.apply(container("db", image=OTHER_IMAGE))
    await running.until_ready()
    await running.pass_time(60)

    assert len(host.starts("shop-web-1")) == 2
    assert started_before(host, "shop-db-1", "shop-web-1")


async def test_a_dependent_does_not_follow_a_restart_after_a_crash(host: Host, running: Running) -> None:
    await following(host, running)
    host.docker.crash("shop-db-1")
    await running.pass_time(60)

    assert host.starts("shop-web-1") == [0]


async def test_a_dependent_that_does_not_want_it_is_left_alone(host: Host, running: Running) -> None:
    await running.apply(needing("service_started"), container("db"))
    await running.until_ready()
    await running.pass_time(60)
    await running.act("restart", "db")
    await running.pass_time(60)

    assert host.starts("shop-web-1") == [0]


# the way down


async def chain(running: Running) -> None:
    """Let web run, which needs api, which needs db."""
    await running.apply(container("web", depends_on=["api"]), container("api", depends_on=["db"]), container("db"))
    await running.until_ready()


def by_id(host: Host) -> dict[str, str]:
    return {inspect["Id"]: name for name, inspect in host.containers().items()}


def stopped(host: Host, names: dict[str, str]) -> list[str]:
    """Return the containers that Ergon stopped, in order."""
    return [names[call.subject] for call in host.engine.calls.all if call.method == "stop_container"]


async def test_everything_goes_before_what_it_needs(host: Host, running: Running) -> None:
    await chain(running)
    names = by_id(host)
    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert stopped(host, names) == ["shop-web-1", "shop-api-1", "shop-db-1"]


async def test_a_stop_on_exit_stops_everything_before_what_it_needs(host: Host) -> None:
    async with Running(host) as running:
        await chain(running)
        await running.shut_down(stop_containers=True)

    assert stopped(host, by_id(host)) == ["shop-web-1", "shop-api-1", "shop-db-1"]
    assert set(host.states().values()) == {"exited"}


async def test_a_slow_end_of_a_dependent_holds_back_the_end_of_what_it_needs(host: Host) -> None:
    host.behave("shop-web-1", Behaviour(stop_after_s=40))
    async with Running(host) as running:
        slow = container("web", depends_on=["db"], stop_grace_period="50s")
        await running.apply(slow, container("db"))
        await running.until_ready()
        await running.shut_down(stop_containers=True)

    ends = {name: host.inspect(name)["State"]["FinishedAt"] for name in ("shop-web-1", "shop-db-1")}
    assert ends["shop-web-1"] <= ends["shop-db-1"]
    assert host.inspect("shop-web-1")["State"]["ExitCode"] == 0


async def test_what_it_needs_stays_when_a_dependent_goes_alone(host: Host, running: Running) -> None:
    await chain(running)
    await running.act("delete", "web")
    await running.until(lambda: host.state("shop-web-1") == "absent")

    assert host.state("shop-api-1") == "running"


def started_before(host: Host, first: str, second: str, by: float = 0) -> bool:
    earlier, later = (datetime.fromisoformat(host.inspect(name)["State"]["StartedAt"]) for name in (first, second))
    return (later - earlier).total_seconds() >= by and earlier <= later


def shared_with(host: Host, name: str) -> str:
    """Return the id of the container whose network a container shares."""
    mode = host.containers().get(name, {"HostConfig": {"NetworkMode": ""}})["HostConfig"]["NetworkMode"]
    return str(mode.removeprefix("container:"))
