"""What becomes of things when they are no longer declared: removed, left alone, or forgotten at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import audit, tombstones
from tests.controller.running import Host, Running, container, document, network, volume

NAME = "shop-web-1"


def nothing_declared(running: Running) -> Callable[[], bool]:
    return lambda: not running.runtime.records.resources


async def shop(running: Running) -> None:
    """Have a container on a network with a volume."""
    mounts = ["data:/data"]
    await running.apply(network(), volume(), container(networks=["back"], volumes=mounts, restart="always"))
    await running.until_ready()


# cascades


async def test_an_orphaned_container_runs_on_and_is_cared_for_by_docker(host: Host, running: Running) -> None:
    await shop(running)
    before = host.id_of(NAME)

    await running.act("delete", "container/web", "network/back", "volume/data", cascade="orphan")
    await running.until(nothing_declared(running))

    assert (host.id_of(NAME), host.state(NAME)) == (before, "running")
    assert host.inspect(NAME)["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert (host.networks(), host.volumes()) == (["shop_back"], ["shop_data"])
    assert [row["name"] for row in (await running.service.status())["unmanaged"]] == [NAME]


async def test_nobody_may_take_an_orphan_for_a_leftover(running: Running) -> None:
    await shop(running)

    await running.act("delete", "container/web", cascade="orphan")
    await running.until(lambda: "web" not in {key.name for key in running.runtime.records.resources})

    assert await running.store.read(tombstones.uids) == frozenset()


async def test_once_orphaned_a_second_delete_takes_nothing_along(host: Host, running: Running) -> None:
    await shop(running)
    host.engine.daemon.freeze()
    await running.act("delete", "container/web", cascade="orphan")
    await running.act("delete", "container/web")

    host.engine.daemon.thaw()
    await running.until(lambda: "web" not in {key.name for key in running.runtime.records.resources})

    assert host.state(NAME) == "running"


async def test_a_network_goes_after_the_containers_that_use_it(host: Host, running: Running) -> None:
    await shop(running)

    await running.act("delete", "network/back")
    await running.pass_time(5)
    assert running.phase("back", "Network") == "Deleting"
    assert "still used by web" in (await running.row("network/back"))["message"]

    await running.act("delete", "container/web")
    await running.until(lambda: host.networks() == [])

    assert host.states() == {}


async def test_what_is_dropped_by_force_is_gone_at_once_and_what_is_left_is_on_record(
    host: Host, running: Running
) -> None:
    await shop(running)
    host.engine.daemon.freeze()
    identity = host.id_of(NAME)

    answer = await running.act("delete", "container/web", force=True)

    assert answer["results"][0]["outcome"] == "dropped"
    assert answer["results"][0]["left_behind"] == [f"{NAME} ({identity[:12]})"]
    trail = await running.store.read(audit.recent)
    assert f"{NAME} ({identity[:12]})" in trail[-1].detail
    host.engine.daemon.thaw()
    await running.pass_time(30)
    assert host.state(NAME) == "running"


# prune


def declared_in(file: Path, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a state file's place, and return the documents as if they were read from it."""
    file.write_text("# declared by the test\n")
    return [{**one, "source": str(file)} for one in documents]


async def prune(running: Running, documents: list[dict[str, Any]], *sources: str) -> set[tuple[str, str]]:
    """Apply with a prune, let it be done, and return the names and namespaces that are still declared."""
    await running.apply(*documents, sources=sources, prune=True)
    await running.until(lambda: not any(one.deleting_since for one in running.runtime.records.resources.values()))
    return {(key.namespace, key.name) for key in running.runtime.records.resources}


async def test_a_prune_of_one_namespace_leaves_the_others(running: Running, tmp_path: Path) -> None:
    elsewhere = {**container("c"), "metadata": {"name": "c", "namespace": "blog"}}
    documents = declared_in(tmp_path / "a.yaml", container("a"), container("b"), elsewhere)
    await running.apply(*documents)
    asked: dict[str, Any] = {"sources": [str(tmp_path / "a.yaml")], "prune": True, "prune_namespace": "shop"}

    shown = await running.service.plan(documents=documents[:1], **asked)
    await running.apply(*documents[:1], **asked)
    await running.until(lambda: len(running.runtime.records.resources) == 2)

    assert [change["name"] for change in shown["changes"] if change["action"] == "delete"] == ["b"]
    assert {key.name for key in running.runtime.records.resources} == {"a", "c"}


async def test_a_file_deleted_from_a_folder_takes_what_it_declared_along(running: Running, tmp_path: Path) -> None:
    a = declared_in(tmp_path / "a.yaml", container("a"))
    b = declared_in(tmp_path / "b.yaml", container("b"))
    elsewhere = container("elsewhere") | {"source": "/somewhere/else.yaml"}
    await running.apply(*a, *b, elsewhere)
    await running.until_ready()
    delete(tmp_path / "b.yaml")

    left = await prune(running, a, str(tmp_path / "a.yaml"), f"{tmp_path}/")

    assert left == {("shop", "a"), ("shop", "elsewhere")}


async def test_a_file_that_is_still_in_the_folder_and_was_not_read_keeps_what_it_declares(
    running: Running, tmp_path: Path
) -> None:
    a = declared_in(tmp_path / "a.yaml", container("a"))
    await running.apply(*a, *declared_in(tmp_path / "b.yaml", container("b")))

    assert len(await prune(running, a, str(tmp_path / "a.yaml"), f"{tmp_path}/")) == 2


async def test_what_moved_to_a_renamed_file_belongs_to_that_alone(running: Running, tmp_path: Path) -> None:
    await running.apply(*declared_in(tmp_path / "old.yaml", container("a"), container("b")))
    delete(tmp_path / "old.yaml")
    new = declared_in(tmp_path / "new.yaml", container("a"), container("b"))
    await running.apply(*new)

    assert await prune(running, new[:1], str(tmp_path / "new.yaml")) == {("shop", "a")}


async def test_what_moves_to_another_namespace_is_made_there_and_removed_here(
    host: Host, running: Running, tmp_path: Path
) -> None:
    ports = ["8080:80"]
    await running.apply(*declared_in(tmp_path / "a.yaml", container("web", ports=ports)))
    await running.until_ready()
    spec = {"image": "shop/web:1", "network_mode": "bridge", "ports": ports}
    moved = declared_in(tmp_path / "a.yaml", document("Container", "web", spec, namespace="prod"))

    left = await prune(running, moved, str(tmp_path / "a.yaml"))
    await running.until_ready()

    assert left == {("prod", "web")}
    assert host.states() == {"prod-web-1": "running"}


def delete(file: Path) -> None:
    file.unlink()


# new volumes


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_volume_is_made_anew_and_its_containers_give_way(host: Host, running: Running, stopped: bool) -> None:
    await shop(running)
    if stopped:
        await running.act("stop", "web")
        await running.until(lambda: host.state(NAME) == "exited")
    await running.pass_time(1)
    before = host.id_of(NAME)
    creations = running.calls.count("create_volume")

    await running.act("recreate_volume", "data")
    await running.until(lambda: running.calls.count("create_volume") > creations)
    await running.until(lambda: running.phase("data", "Volume") == "Ready")
    await running.pass_time(30)

    assert running.calls.count("remove_volume") == 1
    assert host.id_of(NAME) != before
    assert host.state(NAME) == ("absent" if stopped else "running")


async def test_no_other_deed_ever_removes_a_volume(host: Host, running: Running) -> None:
    await shop(running)
    await running.apply(volume(driver_opts={"type": "nfs"}))
    await running.act("restart", "web")
    await running.pass_time(60)
    await running.service.down(namespace="shop", volumes=True)
    await running.until(nothing_declared(running))

    assert (running.calls.count("remove_volume"), host.volumes()) == (0, ["shop_data"])
