"""What `plan` and `diff` say is what the loop then does; asking does nothing."""

import pytest

from controller.errors import ServiceError
from tests.controller.running import OTHER_IMAGE, Host, Running, container, network, volume

SHOP = (network("back"), volume("data"), container("db", networks=["back"], volumes=["data:/var/lib/db"]))


async def test_a_plan_shows_everything_that_is_missing_in_the_order_in_which_it_will_be_made(running: Running) -> None:
    plan = await running.service.plan(documents=list(reversed(SHOP)))

    assert [(change["action"], change["kind"]) for change in plan["changes"]] == [
        ("create", "Network"),
        ("create", "Volume"),
        ("create", "Container"),
    ]


async def test_a_plan_does_and_records_nothing(running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.pass_time(5)
    running.calls.clear()
    writes = running.store.writes

    await running.service.plan(documents=[container("web", image=OTHER_IMAGE), *SHOP])
    await running.pass_time(60)

    assert (running.calls.writes, running.store.writes) == ([], writes)


CHANGES: dict[str, tuple[dict[str, object], str | None, set[str]]] = {
    "image": ({"image": OTHER_IMAGE}, "replace", {"create_container", "start_container", "remove_container"}),
    "limit": ({"mem_limit": "64m"}, "update", {"update_container"}),
    "scale up": ({"replicas": 2}, "create", {"create_container", "start_container"}),
    "nothing": ({}, None, set()),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_applying_does_is_what_was_planned(running: Running, change: str) -> None:
    spec, planned, calls = CHANGES[change]
    await running.apply(container("web", mem_limit="32m"))
    await running.until_ready()
    declared = container("web", **{"mem_limit": "32m", **spec})

    plan = await running.service.plan(documents=[declared])
    running.calls.clear()
    await running.apply(declared)
    await running.until_ready()
    await running.pass_time(5)

    assert [change["action"] for change in plan["changes"]] == ([planned] if planned else [])
    assert calls <= {call.method for call in running.calls.writes}
    assert bool(calls) == bool(running.calls.writes)


async def test_a_plan_with_prune_shows_what_would_be_deleted(running: Running) -> None:
    file = "/srv/shop.yaml"
    both = [container(name) | {"source": file} for name in ("web", "db")]
    await running.apply(*both, sources=[file])
    await running.until_ready()

    plan = await running.service.plan(documents=both[:1], sources=[file], prune=True)

    assert [(change["action"], change["name"]) for change in plan["changes"]] == [("delete", "db")]


async def test_after_converging_the_diff_is_empty(running: Running) -> None:
    await running.apply(*SHOP)
    await running.until_ready()

    answer = await running.service.diff()
    assert (answer["in_sync"], answer["changes"]) == (True, [])


async def test_a_diff_sees_what_happened_a_moment_ago(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.act("pause", "web", reason="looking into it")

    host.docker.update("shop-web-1", Memory=64 << 20, MemorySwap=128 << 20)
    await running.settle()

    assert [field["path"] for field in await running.fields()] == ["spec.mem_limit"]


async def test_without_a_daemon_there_is_no_answer_rather_than_a_wrong_one(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    host.engine.daemon.stop()
    await running.settle()

    with pytest.raises(ServiceError) as refused:
        await running.service.diff()

    assert refused.value.status == 503
