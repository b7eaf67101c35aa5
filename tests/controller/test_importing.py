"""What runs is written down as the least that would make it again."""

from typing import Any

import pytest

from controller.errors import ServiceError
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, network

Json = dict[str, Any]


async def imported(running: Running, *containers: str, **more: Any) -> dict[str, Json]:
    """Return the specs that are written, by kind and name."""
    answer = await running.service.import_containers(containers=containers, **more)
    return {f"{one['kind']} {one['metadata']['name']}": one["spec"] for one in answer["documents"]}


async def remarks(running: Running, *containers: str) -> dict[str, str]:
    answer = await running.service.import_containers(containers=containers)
    return {one["field"]: one["text"] for one in answer["remarks"]}


async def test_what_the_image_and_the_daemon_bring_is_left_out(host: Host, running: Running) -> None:
    host.engine.add_image("dressed", config={"Env": ["A=1"], "User": "me", "Cmd": ["serve"], "WorkingDir": "/srv"})
    host.docker.run("db", "dressed", Env=["B=2"])

    found = await imported(running, "db")

    assert found == {
        "Container db": {
            "image": "dressed",
            "container_name": "db",
            "environment": {"B": "2"},
            "restart": {"policy": "never"},
            "network_mode": "bridge",
        }
    }


async def test_what_differs_from_the_image_is_kept(host: Host, running: Running) -> None:
    host.engine.add_image("dressed", config={"Env": ["A=1"], "User": "me", "Entrypoint": ["run"], "Cmd": ["serve"]})
    host.docker.run("db", "dressed", Env=["A=2"], User="you", Entrypoint=["other"], Cmd=["args"])

    spec = (await imported(running, "db"))["Container db"]

    assert (spec["environment"], spec["user"]) == ({"A": "2"}, "you")
    assert (spec["entrypoint"], spec["command"]) == (["other"], ["args"])


async def test_a_compose_project_is_written_with_its_networks_and_volumes(host: Host, running: Running) -> None:
    project = {"com.docker.compose.project": "shop"}
    host.docker.network_create("shop_back", Labels={**project, "com.docker.compose.network": "back"})
    host.docker.volume_create("shop_data", labels={**project, "com.docker.compose.volume": "data"})
    mount = {"Type": "volume", "Source": "shop_data", "Target": "/data"}
    for number in ("1", "2"):
        labels = {**project, "com.docker.compose.service": "web", "com.docker.compose.container-number": number}
        labels |= {"com.docker.compose.depends_on": "db:service_healthy:false", "tier": "front"}
        body = {"NetworkMode": "shop_back", "Mounts": [mount], "RestartPolicy": {"Name": "always"}}
        host.docker.run(f"shop-web-{number}", IMAGE, labels=labels, HostConfig=body)
    db = {**project, "com.docker.compose.service": "db"}
    host.docker.run("shop-db-1", IMAGE, labels=db, HostConfig={"NetworkMode": "shop_back"})

    found = await imported(running, compose_project="shop")

    assert (found["Network back"], found["Volume data"]) == ({}, {})
    assert found["Container web"] == {
        "image": IMAGE,
        "labels": {"tier": "front"},
        "replicas": 2,
        "depends_on": {"db": {"condition": "service_healthy"}},
        "networks": {"back": {}},
        "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
    }


async def test_replicas_that_differ_are_resources_of_their_own(host: Host, running: Running) -> None:
    for number in ("1", "2"):
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
        labels["com.docker.compose.container-number"] = number
        host.docker.run(f"shop-web-{number}", IMAGE, labels=labels, Env=[f"NUMBER={number}"])

    found = await imported(running, compose_project="shop")

    assert {name: spec["container_name"] for name, spec in found.items()} == {
        "Container web-1": "shop-web-1",
        "Container web-2": "shop-web-2",
    }


async def test_networks_and_volumes_of_others_are_external(host: Host, running: Running) -> None:
    host.docker.network_create("Front Net")
    host.docker.volume_create("kept")
    mount = {"Type": "volume", "Source": "kept", "Target": "/data"}
    host.docker.run("db", IMAGE, HostConfig={"NetworkMode": "Front Net", "Mounts": [mount]})

    found = await imported(running, "db")

    assert found["Network front-net"] == {"external": True, "name": "Front Net"}
    assert found["Volume kept"] == {"external": True}


async def test_an_image_that_moved_under_its_name_is_named_exactly(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE)
    before = host.inspect("db")["Image"]
    host.docker.tag(OTHER_IMAGE, IMAGE)
    await running.settle()

    spec = (await imported(running, "db"))["Container db"]

    assert before in (spec["image"], spec["image"].rpartition("@")[2])
    assert "means another image now" in (await remarks(running, "db"))["image"]


async def test_what_can_not_be_declared_is_remarked(host: Host, running: Running) -> None:
    host.docker.run("db", IMAGE, HostConfig={"SecurityOpt": ["seccomp={}"], "KernelMemory": 5})

    told = await remarks(running, "db")

    assert "name its file here" in told["security_opt"]
    assert told[""] == "Docker's HostConfig.KernelMemory (5) can't be declared"


async def test_the_network_of_a_service_is_shared_by_its_name(host: Host, running: Running) -> None:
    await running.apply(network("default"), container("vpn", networks=["default"]))
    await running.apply(container("web", network_mode="service:vpn"))
    await running.until_ready()

    found = await imported(running, "shop-vpn-1", "shop-web-1")

    assert found["Container web"]["network_mode"] == "service:vpn"


async def test_names_that_resources_can_not_have_are_mended(host: Host, running: Running) -> None:
    host.docker.run("My_DB.1", IMAGE)

    found = await imported(running, "My_DB.1")

    assert found["Container my_db.1"]["container_name"] == "My_DB.1"


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"containers": ["dbb"]}, 'there is no container "dbb"'),
        ({"compose_project": "nothing"}, 'no container belongs to a Compose project "nothing"'),
        ({"containers": ["db", "web"], "name": "one"}, "2 containers can't all be named one"),
    ],
)
async def test_what_is_not_there_is_told(host: Host, running: Running, asked: Json, problem: str) -> None:
    for name in ("db", "web"):
        host.docker.run(name, IMAGE)
    await running.settle()

    with pytest.raises(ServiceError, match=problem):
        await running.service.import_containers(**asked)


async def test_all_means_what_is_not_managed(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    host.docker.run("db", IMAGE)
    await running.settle()

    assert list(await imported(running, all=True)) == ["Container db"]


async def test_what_is_declared_is_exported_as_it_was(running: Running) -> None:
    web = container("web", networks={"back": {}}, environment={"A": "1"})
    await running.apply(network("back"), network("default"), web)
    await running.until_ready()

    everything = (await running.service.export())["documents"]
    with_needs = (await running.service.export(names=["web"], needs=True))["documents"]

    assert [one["metadata"]["name"] for one in everything] == ["back", "web"]
    assert everything[1]["spec"] == web["spec"]
    assert [one["metadata"]["name"] for one in with_needs] == ["back", "web"]
