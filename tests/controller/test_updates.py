"""An update goes forward as a whole or back as a whole, also when the controller is killed on the way."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.simulated import Behaviour
from tests.controller.running import IMAGE, OTHER_IMAGE, Answers, Host, Running, container, is_kill, network

PROBED: dict[str, Any] = {"probes": {"readiness": {"tcp": {"port": 80}, "interval": "1s"}}}
BESIDE: dict[str, Any] = {"update": {"order": "start-first"}}


async def up(running: Running, **spec: Any) -> None:
    await running.apply(network("back"), container("web", networks=["back"], **spec))
    await running.until_ready()
    await running.until(lambda: not under_way(running))


def under_way(running: Running) -> bool:
    return any(record.state == "progressing" for record in running.runtime.records.rollouts.values())


def images(host: Host) -> dict[str, str]:
    """Return the image of every running container, by name."""
    return {name: one["Config"]["Image"] for name, one in host.containers().items() if one["State"]["Running"]}


def states(running: Running) -> list[str]:
    return [record.state for record in running.runtime.records.rollouts.values()]


def aliases(host: Host, name: str) -> list[str]:
    return list(host.inspect(name)["NetworkSettings"]["Networks"]["shop_back"]["Aliases"] or [])


async def update(running: Running, image: str = OTHER_IMAGE, **spec: Any) -> None:
    await running.apply(network("back"), container("web", image=image, networks=["back"], **spec))


# forward


async def test_every_replica_is_replaced_and_the_names_stay(host: Host, running: Running) -> None:
    await up(running, replicas=3)

    await update(running, replicas=3)
    await running.until(lambda: states(running) == ["complete"])
    await running.settle()

    assert images(host) == dict.fromkeys(("shop-web-1", "shop-web-2", "shop-web-3"), OTHER_IMAGE)
    assert list(host.containers()) == ["shop-web-1", "shop-web-2", "shop-web-3"]
    assert await running.fields() == []


async def test_start_first_never_has_fewer_ready_nor_more_than_one_beside(host: Host) -> None:
    async with Running(host) as running:
        await up(running, replicas=3, **BESIDE)
        await update(running, replicas=3, **BESIDE)
        counts = [len(images(host))]
        while states(running) != ["complete"]:
            assert running.clock.wake_next()
            await running.settle()
            counts.append(len(images(host)))

    running_at_calls = [len(images(host))]
    assert {*counts, *running_at_calls} <= {3, 4}


async def test_a_successor_gets_the_name_of_the_service_when_it_is_ready(host: Host) -> None:
    answers = Answers()
    async with Running(host, answers=answers) as running:
        await up(running, **PROBED, **BESIDE)
        answers.failing.add(80)
        await update(running, **PROBED, **BESIDE)
        await running.pass_time(1)
        before = (aliases(host, "shop-web-1-r2"), host.state("shop-web-1"))
        answers.failing.clear()
        await running.until(lambda: states(running) == ["complete"])
        await running.settle()

    assert before == ([], "running")
    assert (aliases(host, "shop-web-1"), images(host)) == (["web"], {"shop-web-1": OTHER_IMAGE})


async def test_blue_green_switches_when_the_whole_new_set_is_ready(host: Host) -> None:
    spec: dict[str, Any] = {"replicas": 2, **PROBED, "update": {"strategy": "blue-green"}}
    answers = Answers()
    async with Running(host, answers=answers) as running:
        await up(running, **spec)
        answers.failing.add(80)
        await update(running, **spec)
        await running.pass_time(1)
        both = images(host)
        answers.failing.clear()
        await running.until(lambda: states(running) == ["complete"])
        await running.settle()

    assert list(both) == ["shop-web-1", "shop-web-1-r2", "shop-web-2", "shop-web-2-r2"]
    assert images(host) == {"shop-web-1": OTHER_IMAGE, "shop-web-2": OTHER_IMAGE}


# back


async def test_an_image_that_crashes_is_rolled_back_in_every_slot(host: Host, running: Running) -> None:
    host.engine.add_image("bad", Behaviour(exit_code=3, exit_after_s=2))
    await up(running, replicas=3)
    before = {name: one["Id"] for name, one in host.containers().items()}

    await update(running, "bad", replicas=3)
    await running.until(lambda: states(running) == ["rolled-back"])
    await running.pass_time(60)

    row = await running.row("web")
    assert (row["phase"], row["reason"], row["ready"]) == ("RolledBack", "UpdateFailed", False)
    assert "exited with code 3" in row["message"]
    assert {name: one["Id"] for name, one in host.containers().items()} == before
    assert images(host) == dict.fromkeys(before, IMAGE)


async def test_declaring_again_what_was_rolled_back_would_change_nothing_more(host: Host, running: Running) -> None:
    host.engine.add_image("bad", Behaviour(exit_code=3))
    await up(running)
    await update(running, "bad")
    await running.until(lambda: states(running) == ["rolled-back"])
    await running.pass_time(30)

    document = container("web", image="bad", networks=["back"])
    planned = await running.service.plan(documents=[network("back"), document])

    assert [change["action"] for change in planned["changes"]] == ["none"]


async def test_what_was_rolled_back_is_shown_as_a_difference_and_does_not_flap(host: Host, running: Running) -> None:
    host.engine.add_image("bad", Behaviour(exit_code=3))
    await up(running)
    await update(running, "bad")
    await running.until(lambda: states(running) == ["rolled-back"])
    await running.pass_time(30)
    calls = len(host.engine.calls.all)

    [field] = await running.fields()
    await running.pass_time(3600)

    assert (field["path"], field["declared"], field["observed"], field["action"]) == (
        "spec.image",
        "bad",
        IMAGE,
        "none",
    )
    assert field["evidence"].startswith("rolled back: exited with code 3")
    assert not [one for one in host.engine.calls.all[calls:] if one.method.startswith(("create_c", "start_", "stop_"))]


async def test_one_that_is_never_ready_is_rolled_back_at_its_deadline(host: Host) -> None:
    answers = Answers()
    spec: dict[str, Any] = {**PROBED, "update": {"order": "start-first", "progress_deadline": "30s"}}
    async with Running(host, answers=answers) as running:
        await up(running, **spec)
        answers.failing.add(80)
        await update(running, **spec)
        took = await running.until(lambda: states(running) == ["rolled-back"])
        answers.failing.clear()
        await running.pass_time(20)
        row = await running.row("web")

    assert 29 <= took <= 32
    assert "not ready within 30 s" in row["message"]
    assert images(host) == {"shop-web-1": IMAGE}


async def test_an_image_that_is_missing_leaves_what_runs_and_says_why(host: Host, running: Running) -> None:
    await up(running)
    identity = host.id_of("shop-web-1")

    await update(running, "gone:1", update={"progress_deadline": "20s"})
    await running.until(lambda: states(running) == ["rolled-back"])

    row = await running.row("web")
    assert "gone:1" in row["message"]
    assert host.id_of("shop-web-1") == identity


async def test_a_new_spec_is_a_new_try(host: Host, running: Running) -> None:
    host.engine.add_image("bad", Behaviour(exit_code=3))
    await up(running)
    await update(running, "bad")
    await running.until(lambda: states(running) == ["rolled-back"])

    await update(running)
    await running.until(lambda: states(running) == ["complete"])

    assert running.ready()
    assert images(host) == {"shop-web-1": OTHER_IMAGE}


async def test_a_restart_tries_the_update_again(host: Host, running: Running) -> None:
    host.behave("shop-web-1-r2", Behaviour(exit_code=3))
    await up(running)
    await update(running)
    await running.until(lambda: states(running) == ["rolled-back"])
    await running.pass_time(1)

    host.behave("shop-web-1-r2", Behaviour())
    await running.act("restart", "web")
    await running.until(lambda: states(running) == ["complete"])

    assert images(host) == {"shop-web-1": OTHER_IMAGE}


# killed on the way


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("image", [OTHER_IMAGE, "bad"])
async def test_a_controller_killed_at_any_step_ends_the_same(
    empty_store: Path, folder: Path, image: str, after: bool
) -> None:
    nth = 0
    while True:
        nth += 1
        host = Host(Path(shutil.copytree(empty_store, folder / str(nth))))
        host.engine.add_image("bad", Behaviour(exit_code=3, exit_after_s=1))
        killed = await updated_with_a_kill(host, image, nth, after=after)

        await assert_ended_well(host, image)
        if not killed:
            break

    assert nth > 10


async def updated_with_a_kill(host: Host, image: str, nth: int, *, after: bool) -> bool:
    """Declare an update, kill the controller at its nth deed, and let another go on; return whether it came so far."""
    spec: dict[str, Any] = {"replicas": 2, **PROBED, **BESIDE}
    async with Running(host) as running:
        await up(running, **spec)
    killed = False
    try:
        async with Running(host) as running:
            host.engine.faults.kill(nth=nth, after=after)
            await update(running, image, **spec)
            await running.pass_time(60)
    except BaseException as error:
        if not is_kill(error):
            raise
        killed = True
    host.engine.faults.clear()
    async with Running(host) as running:
        await update(running, image, **spec)
        await running.pass_time(60)
        ended = "rolled-back" if image == "bad" else "complete"
        assert states(running) == [ended], running.explained()
    return killed


async def assert_ended_well(host: Host, image: str) -> None:
    names = ["shop-web-1", "shop-web-2"]

    assert images(host) == dict.fromkeys(names, IMAGE if image == "bad" else OTHER_IMAGE)
    assert list(host.containers()) == names
    assert [aliases(host, name) for name in names] == [["web"], ["web"]]
