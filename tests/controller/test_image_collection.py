"""What Ergon brought and nothing needs can go; everything else stays, whoever brought it."""

from datetime import timedelta

from engine.simulated.images import Offer
from tests.controller.running import IMAGE, Host, Json, Running, container

OLD, NEW = "shop/app:1", "shop/app:2"


async def updated(host: Host, running: Running) -> None:
    """Have a container that ran from `OLD` and runs from `NEW`, both pulled by Ergon."""
    for reference in (OLD, NEW):
        host.engine.daemon.registry.offers[reference] = Offer(reference, {"Cmd": ["serve"]})
    for reference in (OLD, NEW):
        await running.apply(container("web", image=reference))
        await running.until(lambda: running.ready() and len(host.states()) == 1)


async def outcomes(running: Running, *, confirm: bool = False) -> dict[str, tuple[str, str]]:
    answer: Json = await running.service.collect_images(confirm=confirm)
    return {one["references"][0]: (one["outcome"], one["reason"]) for one in answer["images"]}


def has(host: Host, reference: str) -> bool:
    return any(reference in image.tags for image in host.engine.daemon.images.all())


async def test_what_runs_and_what_could_be_rolled_back_to_is_kept(host: Host, running: Running) -> None:
    await updated(host, running)

    assert await outcomes(running, confirm=True) == {
        OLD: ("kept", "a kept revision can be rolled back to it"),
        NEW: ("kept", "container shop-web-1 uses it"),
    }


async def test_what_nothing_declares_any_more_goes_when_confirmed(host: Host, running: Running) -> None:
    await updated(host, running)
    await running.act("delete", "web")
    await running.until(lambda: not host.states())

    shown = await outcomes(running)
    there = has(host, OLD)
    done = await outcomes(running, confirm=True)

    assert shown == {OLD: ("removable", ""), NEW: ("removable", "")}
    assert there
    assert done == {OLD: ("removed", ""), NEW: ("removed", "")}
    assert not has(host, OLD)
    assert await outcomes(running) == {}


async def test_what_ergon_did_not_bring_is_not_even_listed(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.act("delete", "web")

    assert await outcomes(running, confirm=True) == {}
    assert has(host, IMAGE)


async def test_what_somebody_else_named_or_runs_is_kept(host: Host, running: Running) -> None:
    await updated(host, running)
    host.docker.tag(OLD, "mine:1")
    host.docker.run("mine", NEW)
    await running.act("delete", "web")
    await running.until(lambda: "shop-web-1" not in host.states())

    assert await outcomes(running, confirm=True) == {
        OLD: ("kept", "somebody else calls it mine:1"),
        NEW: ("kept", "container mine uses it"),
    }


async def test_every_removal_is_recorded(host: Host, running: Running) -> None:
    await updated(host, running)
    await running.act("delete", "web")
    await running.until(lambda: not host.states())
    await outcomes(running, confirm=True)

    events = (await running.service.events())["events"]
    assert [one["message"] for one in events if one["kind"] == ""] == ["nothing needs it; it was pulled by Ergon"]


async def test_a_removal_that_fails_is_told_and_tried_again_next_time(host: Host, running: Running) -> None:
    await updated(host, running)
    await running.act("delete", "web")
    await running.until(lambda: not host.states())
    host.engine.faults.fail("remove_image", nth=1)

    first = await outcomes(running, confirm=True)
    second = await outcomes(running, confirm=True)

    assert [outcome for outcome, _ in first.values()] == ["failed", "removed"]
    assert [outcome for outcome, _ in second.values()] == ["removed"]


async def test_what_came_only_lately_is_kept_where_that_is_asked_for(host: Host, running: Running) -> None:
    await updated(host, running)
    await running.act("delete", "web")
    await running.until(lambda: not host.states())

    patient = await running.runtime.collection.judge(timedelta(days=1))

    assert {verdict.kept for verdict in patient} == {"it came only lately"}
