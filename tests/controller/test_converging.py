"""What is declared comes to be, and stays so without further deeds."""

from itertools import accumulate
from pathlib import Path

import pytest

from tests.controller.running import OTHER_IMAGE, Host, Running, container, network, volume

SHOP = (network("back"), volume("data"), container("db", networks=["back"], volumes=["data:/var/lib/db"]))


async def test_a_declared_container_is_made_and_started(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    assert host.states() == {"shop-web-1": "running"}


async def test_networks_and_volumes_come_before_the_containers_that_need_them(host: Host, running: Running) -> None:
    await running.apply(*reversed(SHOP))
    await running.until_ready()

    assert [call.method for call in running.calls.writes] == [
        "create_network",
        "create_volume",
        "create_container",
        "start_container",
    ]


async def test_applying_the_same_again_does_and_records_nothing(host: Host, running: Running) -> None:
    await running.apply(*SHOP)
    await running.until_ready()
    await running.pass_time(5)
    running.calls.clear()
    version = await running.resource_version()
    writes = running.store.writes

    await running.apply(*SHOP)
    await running.pass_time(120)

    assert (running.calls.writes, running.store.writes, await running.resource_version()) == ([], writes + 1, version)


async def test_scaling_up_adds_the_missing_containers_and_touches_no_other(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    first = host.inspect("shop-web-1")["Id"]

    await running.service.scale(name="web", replicas=3)
    await running.until_ready()

    assert list(host.states()) == ["shop-web-1", "shop-web-2", "shop-web-3"]
    assert host.inspect("shop-web-1")["Id"] == first


async def test_scaling_down_removes_the_highest_slots(host: Host, running: Running) -> None:
    await running.apply(container("web", replicas=3))
    await running.until_ready()

    await running.service.scale(name="web", replicas=1)
    await running.until(lambda: len(host.states()) == 1)

    assert list(host.states()) == ["shop-web-1"]


async def test_a_new_image_replaces_the_container_under_the_same_name(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    await running.apply(container("web", image=OTHER_IMAGE))
    await running.until(lambda: running.ready() and host.inspect("shop-web-1")["Config"]["Image"] == OTHER_IMAGE)
    await running.pass_time(5)

    assert host.states() == {"shop-web-1": "running"}


async def test_a_new_limit_is_set_on_the_living_container(host: Host, running: Running) -> None:
    await running.apply(container("web", mem_limit="64m"))
    await running.until_ready()
    before = host.inspect("shop-web-1")

    await running.apply(container("web", mem_limit="128m"))
    await running.until_ready()

    after = host.inspect("shop-web-1")
    assert (after["HostConfig"]["Memory"], after["Id"], after["State"]["StartedAt"]) == (
        128 << 20,
        before["Id"],
        before["State"]["StartedAt"],
    )


async def test_replicas_are_replaced_one_at_a_time(host: Host, running: Running) -> None:
    await running.apply(container("web", replicas=3))
    await running.until_ready()
    seen = len(host.engine.daemon.events.kept())

    await running.apply(container("web", replicas=3, image=OTHER_IMAGE))
    await running.until(lambda: {one["Config"]["Image"] for one in host.containers().values()} == {OTHER_IMAGE})
    await running.until_ready()

    actions = [event["Action"] for event in host.engine.daemon.events.kept()[seen:]]
    alive = list(accumulate(({"start": 1, "die": -1}.get(action, 0) for action in actions), initial=3))
    assert (min(alive), alive[-1]) == (2, 3)


async def test_a_change_that_nobody_can_see_in_docker_touches_no_container(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    running.calls.clear()

    await running.apply(container("web", stop_grace_period="5s"))
    await running.until_ready()

    assert running.calls.writes == []


async def test_a_deleted_resource_takes_its_containers_with_it(host: Host, running: Running) -> None:
    await running.apply(container("web", replicas=2))
    await running.until_ready()

    await running.act("delete", "web")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


async def test_a_deleted_network_waits_for_the_containers_on_it(host: Host, running: Running) -> None:
    await running.apply(*SHOP)
    await running.until_ready()

    await running.act("delete", "network/back")
    await running.pass_time(60)
    waiting = (running.phase("back", "Network"), host.networks())
    await running.act("delete", "db")
    await running.until(lambda: not host.networks())

    assert waiting == ("Deleting", ["shop_back"])
    assert host.states() == {}


async def test_down_removes_all_but_the_volumes(host: Host, running: Running) -> None:
    await running.apply(*SHOP)
    await running.until_ready()

    await running.service.down(namespace="shop")
    await running.until(lambda: not host.states() and not host.networks())
    await running.pass_time(60)

    assert host.volumes() == ["shop_data"]
    assert [key.kind for key in running.runtime.records.resources] == ["Volume"]


async def test_down_with_volumes_still_keeps_the_data_that_is_not_to_be_deleted(host: Host, running: Running) -> None:
    await running.apply(*SHOP, volume("cache", reclaim="delete"))
    await running.until_ready()

    await running.service.down(namespace="shop", volumes=True)
    await running.until(lambda: not running.runtime.records.resources)

    assert host.volumes() == ["shop_data"]


async def test_a_resource_declared_again_finds_its_volume(host: Host, running: Running) -> None:
    await running.apply(*SHOP)
    await running.until_ready()
    await running.service.down(namespace="shop", volumes=True)
    await running.until(lambda: not running.runtime.records.resources)

    await running.apply(*SHOP)
    await running.until_ready()

    assert host.volumes() == ["shop_data"]


async def test_pruning_deletes_what_its_own_file_no_longer_declares(host: Host, running: Running) -> None:
    file = "/srv/shop.yaml"
    both = [container(name) | {"source": file} for name in ("web", "db")]
    await running.apply(*both, sources=[file])
    await running.apply(container("other") | {"source": "/srv/other.yaml"})
    await running.until_ready()

    await running.apply(both[0], sources=[file], prune=True)
    await running.until(lambda: len(host.states()) == 2)

    assert list(host.states()) == ["shop-other-1", "shop-web-1"]


@pytest.mark.parametrize("api_version", [(1, 41), (1, 51)], ids=str)
async def test_old_and_new_engines_converge_to_a_plan_without_actions(
    state_dir: Path, api_version: tuple[int, int]
) -> None:
    host = Host(state_dir, api_version=api_version)
    async with Running(host) as running:
        await running.apply(*SHOP, network("front"), container("web", networks=["back", "front"], mem_limit="64m"))
        await running.until_ready()
        await running.pass_time(60)

        assert (await running.service.diff(live=True))["in_sync"]
