"""What others made is taken over as it is: nothing in Docker changes but who restarts it."""

from contextlib import suppress
from typing import Any

import pytest

from controller.errors import ServiceError
from tests.controller.running import (
    IMAGE,
    OTHER_IMAGE,
    Host,
    Running,
    container,
    network,
    unwritable,
    volume,
)

POLICY = {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}}


async def adopt(running: Running, *containers: str, **more: Any) -> dict[str, Any]:
    answer = await running.service.adopt(containers=containers, namespace="shop", **more)
    await running.settle()
    return answer


async def test_adopting_touches_nothing_but_docker_s_restart_policy(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, labels={"made": "by hand"}, Env=["A=1"], HostConfig={**POLICY, "Memory": 64 << 20})
    before = host.inspect("db")

    await adopt(running, "db")
    await running.until_ready()

    after = host.inspect("db")
    after["HostConfig"] = {**after["HostConfig"], **POLICY}
    assert after == before
    assert host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"] == "no"
    assert await running.fields() == []


async def test_a_dry_run_says_what_is_special_and_writes_nothing(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, HostConfig=POLICY)

    answer = await adopt(running, "db", dry_run=True)

    [change] = answer["changes"]
    assert (change["action"], [field["path"] for field in change["fields"]]) == ("adopt", ["spec.restart"])
    assert (running.runtime.records.resources, running.runtime.records.instances()) == ({}, ())


async def test_what_an_adopted_container_has_and_nobody_declares_is_told(host: Host, running: Running) -> None:
    host.docker.run("shop-web-1", IMAGE, Env=["A=1"], HostConfig={"CapAdd": ["NET_ADMIN"]})

    answer = await adopt(running, documents=[container("web")], dry_run=True)

    [change] = answer["changes"]
    told = {field["path"]: field["observed"] for field in change["fields"]}
    assert told == {"spec.environment": {"A": "1"}, "spec.cap_add": ["NET_ADMIN"]}


async def test_an_adopted_container_that_crashes_is_started_again(host: Host, running: Running) -> None:
    identity = host.docker.run("db", IMAGE, HostConfig=POLICY)
    await adopt(running, "db")
    await running.until_ready()

    host.docker.crash("db", 1)
    await running.until(lambda: host.state("db") == "running")

    assert host.id_of("db") == identity


async def test_drift_of_an_adopted_container_is_put_right(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, HostConfig={"Memory": 64 << 20})
    await adopt(running, "db")
    await running.until_ready()

    host.docker.rename("db", "elsewhere")
    host.docker.update("elsewhere", Memory=32 << 20)
    await running.pass_time(60)

    assert host.inspect("db")["HostConfig"]["Memory"] == 64 << 20


async def test_an_adopted_container_that_is_removed_is_made_anew_under_its_name(host: Host, running: Running) -> None:
    first = host.docker.run("db", IMAGE)
    await adopt(running, "db")
    await running.until_ready()

    host.docker.rm("db")
    await running.until(lambda: host.state("db") == "running")

    assert host.id_of("db") != first


async def test_a_limit_that_differs_is_changed_in_place(host: Host, running: Running) -> None:
    identity = host.docker.run("shop-web-1", IMAGE, HostConfig={"Memory": 64 << 20, "MemorySwap": 128 << 20})

    await adopt(running, documents=[container("web", mem_limit="32M")])
    await running.until_ready()

    assert (host.id_of("shop-web-1"), host.inspect("shop-web-1")["HostConfig"]["Memory"]) == (identity, 32 << 20)


@pytest.mark.parametrize("spec", [{"image": OTHER_IMAGE}, {"environment": {"A": "2"}}, {"command": ["other"]}])
async def test_what_needs_a_new_container_is_refused_until_it_is_asked_for(
    host: Host, running: Running, spec: dict[str, Any]
) -> None:
    identity = host.docker.run("shop-web-1", IMAGE, Env=["A=1"])

    with pytest.raises(ServiceError, match="followed by new containers"):
        await adopt(running, documents=[container("web", **spec)])
    assert (host.id_of("shop-web-1"), running.runtime.records.resources) == (identity, {})

    await adopt(running, documents=[container("web", **spec)], replace=True)
    await running.until(lambda: running.ready() and host.id_of("shop-web-1") not in ("", identity))
    assert list(host.states()) == ["shop-web-1"]


async def test_networks_and_volumes_are_adopted_with_their_containers(host: Host, running: Running) -> None:
    back = host.docker.network_create("shop_back")
    host.docker.volume_create("shop_data")
    mount = {"Type": "volume", "Source": "shop_data", "Target": "/data"}
    host.docker.run("shop-web-1", IMAGE, HostConfig={"NetworkMode": "shop_back", "Mounts": [mount]})
    web = container("web", networks=["back"], volumes=["data:/data"])

    await adopt(running, documents=[network("back"), volume("data"), web])
    await running.until_ready()

    assert await running.fields() == []
    assert [one.container_id for one in running.runtime.records.instances() if one.kind == "Network"] == [back]


async def test_a_released_container_has_the_restart_policy_it_was_found_with(host: Host, running: Running) -> None:
    identity = host.docker.run("db", IMAGE, HostConfig=POLICY)
    await adopt(running, "db")
    await running.until_ready()

    await running.act("release", "db")
    await running.pass_time(60)

    assert host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert (host.id_of("db"), running.runtime.records.resources) == (identity, {})


async def test_what_others_need_is_not_released_alone(host: Host, running: Running) -> None:
    await running.apply(network("back"), container("web", networks=["back"]))
    await running.until_ready()

    with pytest.raises(ServiceError, match=r"needed by container/shop/web"):
        await running.act("release", "network/back")


async def test_deleting_keeps_the_volumes_that_docker_named(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, Volumes={"/data": {}})
    [data] = host.volumes()
    await adopt(running, "db")
    await running.until_ready()

    await running.act("delete", "db")
    await running.until(lambda: host.state("db") == "absent")

    assert host.volumes() == [data]


@pytest.mark.parametrize("labelled", [False, True])
async def test_a_copy_of_our_container_is_never_adopted(host: Host, running: Running, labelled: bool) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    host.docker.run("copy", IMAGE, labels=host.inspect("shop-web-1")["Config"]["Labels"])

    with pytest.raises(ServiceError, match='"copy" is a copy: it bears the labels of container/shop/web'):
        await adopt(running, "copy", name="other", labelled=labelled)


async def test_what_another_ergon_made_is_adopted_only_when_that_is_meant(host: Host, running: Running) -> None:
    labels = {"ergon.dev/store-id": "lost", "ergon.dev/kind": "Container", "ergon.dev/namespace": "shop"}
    labels |= {"ergon.dev/name": "web", "ergon.dev/slot": "1", "ergon.dev/instance": "abc"}
    identity = host.docker.run("shop-web-1", IMAGE, labels=labels)

    with pytest.raises(ServiceError, match="labels of another Ergon"):
        await adopt(running, "shop-web-1")
    await adopt(running, labelled=True)
    await running.until_ready()

    assert (host.id_of("shop-web-1"), await running.fields()) == (identity, [])


async def test_what_is_managed_already_is_refused(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    with pytest.raises(ServiceError, match="managed already, as container/shop/web"):
        await adopt(running, "shop-web-1", name="other")


async def test_a_container_that_docker_will_remove_is_refused(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, HostConfig={"AutoRemove": True})

    with pytest.raises(ServiceError, match="made with --rm"):
        await adopt(running, "db")


async def test_a_store_that_can_not_be_written_adopts_nothing(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, HostConfig=POLICY)
    running.store.failing = lambda _: unwritable()

    with pytest.raises(ServiceError):
        await adopt(running, "db")
    running.store.failing = lambda _: None
    await running.pass_time(60)

    assert (running.runtime.records.resources, running.runtime.records.instances()) == ({}, ())
    assert host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"] == "always"


async def test_a_controller_that_starts_later_takes_restarts_over(host: Host) -> None:
    host.docker.run("db", IMAGE, HostConfig=POLICY)
    async with Running(host) as running:
        running.service._live = False
        await running.service.adopt(containers=["db"], namespace="shop")
        await running.shut_down()
    left = host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"]

    async with Running(host) as running:
        await running.until_ready()

    assert left != "no"
    assert host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"] == "no"


async def test_secrets_are_in_no_answer(host: Host, running: Running) -> None:
    host.docker.run("shop-web-1", IMAGE, Env=["DB_PASSWORD=hunter2", "URL=postgres://me:hunter2@db/shop"])

    told = await adopt(running, documents=[container("web", environment={"DB_PASSWORD": "other"})], dry_run=True)
    written = await running.service.import_containers(containers=["shop-web-1"])

    assert "hunter2" not in f"{told}{written}"
    assert [one["variable"] for one in written["hidden"]] == ["DB_PASSWORD", "URL"]


async def test_what_is_imported_is_what_was_declared(host: Host, running: Running) -> None:
    spec = {"environment": {"A": "1"}, "ports": [{"target": 80}], "cap_add": ["NET_ADMIN"], "replicas": 2}
    await running.apply(container("web", **spec))
    await running.until_ready()

    answer = await running.service.import_containers(containers=["shop-web-1", "shop-web-2"])

    [imported] = answer["documents"]
    assert {name: imported["spec"].get(name) for name in spec} == spec


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("verb", ["adopt", "release"])
async def test_a_controller_that_is_killed_on_the_way_leaves_all_or_nothing(host: Host, verb: str, after: bool) -> None:
    identity = host.docker.run("db", IMAGE, HostConfig=POLICY)
    with suppress(BaseException):
        async with Running(host) as running:
            if verb == "release":
                await adopt(running, "db")
                await running.until_ready()
            host.engine.faults.kill("update_container", nth=1, after=after)
            await (adopt(running, "db") if verb == "adopt" else running.act("release", "db"))

    assert [rule.struck for rule in host.engine.faults.rules] == [1]
    host.engine.faults.clear()
    async with Running(host) as running:
        await running.until_ready("db")

        assert await running.fields() == []
        assert host.inspect("db")["HostConfig"]["RestartPolicy"]["Name"] == "no"
        assert (host.id_of("db"), host.state("db")) == (identity, "running")
