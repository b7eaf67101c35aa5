"""Ergon never gives up much of a host at once because of something that nobody declared."""

from pathlib import Path
from typing import Any

import pytest

from controller.errors import ServiceError
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container

FLEET = [container(name, replicas=3) for name in ("a", "b", "c", "d")]


async def fleet(running: Running, *documents: Any) -> dict[str, str]:
    """Let it run, and return the ids of its containers by name."""
    await running.apply(*(documents or FLEET))
    await running.until_ready()
    await running.pass_time(30)
    return ids(running.host)


def ids(host: Host) -> dict[str, str]:
    return {name: host.id_of(name) for name in host.states()}


def changed(host: Host, before: dict[str, str]) -> int:
    return len(before.items() - ids(host).items())


async def test_a_tag_that_moved_under_many_containers_replaces_only_a_few(host: Host, running: Running) -> None:
    before = await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(1200)

    assert changed(host, before) == 3
    assert set(host.states().values()) == {"running"}


async def test_under_a_few_it_replaces_them_all(host: Host, running: Running) -> None:
    before = await fleet(running, container("a", replicas=3))
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)

    assert changed(host, before) == 3


async def test_what_is_stopped_says_why_and_what_to_do(host: Host, running: Running) -> None:
    await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)

    rows = (await running.service.status())["resources"]
    held = [row for row in rows if row["phase"] == "Held"]
    conditions = {one["type"]: one for one in held[0]["conditions"]}
    assert len(held) == 3
    assert (held[0]["reason"], conditions["GCPaused"]["status"]) == ("GCPaused", "True")
    assert f"`ergon gc --confirm {held[0]['name']} -n shop`" in held[0]["message"]
    assert not (await running.service.diff())["in_sync"]


async def test_resuming_lets_it_happen_for_that_resource_alone(host: Host, running: Running) -> None:
    before = await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)
    held = [row["name"] for row in (await running.service.status())["resources"] if row["phase"] == "Held"]

    await running.act("resume", held[0])
    await running.pass_time(120)

    assert changed(host, before) == 6
    assert running.ready(held[0])


async def test_confirming_lets_it_happen_and_is_over_once_it_has(host: Host, running: Running) -> None:
    before = await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)
    stopped = (await running.service.held_back())["stopped"]

    await running.service.confirm()
    await running.pass_time(300)

    assert (len(stopped), changed(host, before)) == (3, 12)
    assert (await running.service.held_back())["stopped"] == []
    assert all(not one.approvals for one in running.runtime.records.resources.values())


async def test_a_confirmation_outlives_the_controller(host: Host) -> None:
    async with Running(host) as running:
        before = await fleet(running)
        host.engine.add_image(IMAGE, content="rebuilt")
        await running.pass_time(60)
        held = (await running.service.held_back())["stopped"][0]["name"]
        await running.service.confirm(names=[held])
    async with Running(host) as running:
        await running.pass_time(300)

        assert changed(host, before) == 6


async def test_a_new_spec_lets_it_happen_too(host: Host, running: Running) -> None:
    before = await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)

    await running.apply(*(container(name, replicas=3, image=OTHER_IMAGE) for name in "abcd"))
    await running.until_ready()
    await running.pass_time(60)

    assert changed(host, before) == 12


async def test_what_is_held_is_still_kept_alive(host: Host, running: Running) -> None:
    await fleet(running)
    host.engine.add_image(IMAGE, content="rebuilt")
    await running.pass_time(60)
    held = next(row["name"] for row in (await running.service.status())["resources"] if row["phase"] == "Held")

    host.docker.crash(f"shop-{held}-1")

    assert await running.until(lambda: host.state(f"shop-{held}-1") == "running") < 1


async def test_a_new_controller_does_not_begin_counting_anew(host: Host) -> None:
    async with Running(host) as running:
        before = await fleet(running)
        host.engine.add_image(IMAGE, content="rebuilt")
        await running.pass_time(60)
    async with Running(host) as running:
        await running.pass_time(600)

        assert changed(host, before) == 3


async def test_containers_that_somebody_removed_all_at_once_come_back(host: Host, running: Running) -> None:
    before = await fleet(running)
    for name in before:
        host.docker.rm(name)
    await running.pass_time(60)

    assert (list(host.states()), running.ready()) == (list(before), True)


async def test_what_was_declared_is_never_stopped(host: Host, running: Running) -> None:
    await fleet(running)
    await running.service.down(namespace="shop")
    await running.until(lambda: not running.runtime.records.resources)

    assert host.states() == {}


async def test_on_another_daemon_nothing_is_made_nor_forgotten(host: Host) -> None:
    async with Running(host) as running:
        before = await fleet(running, container("web"))
    another = Host(host.state_dir)
    another.engine.daemon.replace()
    async with Running(another) as running:
        await running.pass_time(300)

        row = await running.row("web")
        assert (another.states(), row["reason"]) == ({}, "GCPaused")
        assert "another Docker daemon" in row["message"]
        assert running.runtime.records.instance_of_container(before["shop-web-1"]) is not None


async def test_back_at_its_own_daemon_all_is_as_it_was(host: Host, state_dir: Path) -> None:
    async with Running(host) as running:
        before = await fleet(running)
    another = Host(state_dir)
    another.engine.daemon.replace()
    async with Running(another) as running:
        await running.pass_time(300)
    async with Running(host) as running:
        await running.until_ready()

        assert ids(host) == before


async def test_resuming_begins_anew_on_the_other_daemon(host: Host, state_dir: Path) -> None:
    async with Running(host) as running:
        await fleet(running, container("web"))
    another = Host(state_dir)
    another.engine.daemon.replace()
    async with Running(another) as running:
        await running.pass_time(60)
        await running.act("resume", "web")
        await running.until_ready()

        assert another.states() == {"shop-web-1": "running"}


FILE = "/srv/fleet.yaml"


async def prunable(running: Running) -> list[Any]:
    documents = [one | {"source": FILE} for one in FLEET]
    await running.apply(*documents, sources=[FILE])
    await running.until_ready()
    return documents


async def test_a_prune_of_much_is_refused_with_the_next_step(host: Host, running: Running) -> None:
    documents = await prunable(running)

    with pytest.raises(ServiceError, match="would delete 9 of 12 containers") as refused:
        await running.apply(documents[0], sources=[FILE], prune=True)

    await running.pass_time(60)
    assert (refused.value.status, "--dry-run" in refused.value.hint, len(host.states())) == (409, True, 12)


async def test_a_confirmed_prune_is_done(host: Host, running: Running) -> None:
    documents = await prunable(running)
    await running.apply(documents[0], sources=[FILE], prune=True, confirm=True)
    await running.until(lambda: len(host.states()) == 3)

    assert running.ready("a")


async def test_a_prune_of_little_needs_no_word(host: Host, running: Running) -> None:
    documents = await prunable(running)
    await running.apply(*documents[:3], sources=[FILE], prune=True)
    await running.until(lambda: len(host.states()) == 9)

    assert running.ready("a", "b", "c")
