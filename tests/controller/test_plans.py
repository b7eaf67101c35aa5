"""A plan has a name, numbered steps and a time for each; it is carried out as it was shown or not at all."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from controller.errors import ServiceError
from engine.simulated import Behaviour
from tests.controller.running import OTHER_IMAGE, Host, Running, container, document, network, volume

Json = dict[str, Any]

SHOP = (
    network("back"),
    volume("data"),
    container("db", networks=["back"], volumes=["data:/var/lib/db"], mem_limit="64m"),
    container("web", networks=["back"], depends_on=["db"]),
)
NEW_WEB = container("web", networks=["back"], depends_on=["db"], image=OTHER_IMAGE)


@pytest.fixture
async def shop(running: Running) -> Running:
    """A shop that runs."""
    await running.apply(*SHOP)
    await running.until_ready()
    await running.pass_time(30)
    return running


async def planned(running: Running, *documents: Json, **more: Any) -> Json:
    answer: Json = await running.service.plan(documents=documents, **more)
    return answer


def one(plan: Json, name: str) -> Json:
    [change] = [change for change in plan["changes"] if change["name"] == name]
    return change  # type: ignore[no-any-return]  # JSON


def generations(running: Running) -> list[tuple[str, int]]:
    return [(str(key), stored.generation) for key, stored in running.runtime.records.resources.items()]


# carried out as shown


async def test_a_plan_is_carried_out_as_it_was_shown(host: Host, shop: Running) -> None:
    plan = await planned(shop, NEW_WEB)
    answer = await shop.apply(NEW_WEB, plan=plan["plan"])
    await shop.until_ready()
    await shop.pass_time(10)

    assert [(result["name"], result["outcome"]) for result in answer["results"]] == [("web", "configured")]
    assert host.inspect("shop-web-1")["Config"]["Image"] == OTHER_IMAGE


async def test_the_same_world_and_files_give_the_same_plan(shop: Running) -> None:
    first = await planned(shop, NEW_WEB)
    await shop.pass_time(3600)
    host_noise = await planned(shop, NEW_WEB)

    assert first["plan"] == host_noise["plan"]


async def test_a_plan_survives_the_controller_that_showed_it(host: Host, shop: Running) -> None:
    plan = await planned(shop, NEW_WEB)
    await shop.shut_down()
    await shop.store.aclose()
    async with Running(host) as next_one:
        await next_one.pass_time(30)
        answer = await next_one.apply(NEW_WEB, plan=plan["plan"])

    assert answer["results"][0]["outcome"] == "configured"


Move = Callable[[Host, Running], Awaitable[object]]


async def _nothing(*_: object) -> None:
    """What a synchronous move is awaited with."""


MOVES: dict[str, tuple[Move, str]] = {
    "the declaration": (
        lambda _, running: running.apply(container("web", networks=["back"], depends_on=["db"], mem_limit="32m")),
        "container/shop/web: generation is 2 now and was 1",
    ),
    "a wish": (
        lambda _, running: running.act("stop", "web"),
        "container/shop/web: wish to be stopped is true now and was false",
    ),
    "a limit": (
        lambda host, running: _nothing(host.docker.update("shop-web-1", Memory=32 << 20)),
        "container/shop/web: shop-web-1: spec.mem_limit differs now and did not",
    ),
    "a name": (
        lambda host, running: _nothing(host.docker.rename("shop-web-1", "mine")),
        "container/shop/web: shop-web-1: name differs now and did not",
    ),
    "what a tag means": (
        lambda host, running: _nothing(
            host.engine.add_image(OTHER_IMAGE, content="rebuilt"), host.docker.tag(OTHER_IMAGE, "x:1")
        ),
        f"container/shop/web: image {OTHER_IMAGE} is ",
    ),
}


@pytest.mark.parametrize("what", MOVES)
async def test_a_plan_whose_basis_has_moved_is_refused_with_what_moved(host: Host, shop: Running, what: str) -> None:
    move, told = MOVES[what]
    await shop.act("pause", "web", reason="hold still")
    plan = await planned(shop, NEW_WEB)
    await move(host, shop)
    await shop.pass_time(2)

    with pytest.raises(ServiceError) as refused:
        await shop.apply(NEW_WEB, plan=plan["plan"])

    assert refused.value.status == 409
    assert told in refused.value.message


async def test_a_refused_plan_changes_nothing(host: Host, shop: Running) -> None:
    plan = await planned(shop, NEW_WEB, container("new"))
    host.docker.stop("shop-web-1")
    declared, containers = dict(generations(shop)), list(host.states())

    with pytest.raises(ServiceError):
        await shop.apply(NEW_WEB, container("new"), plan=plan["plan"])
    await shop.pass_time(30)

    assert (dict(generations(shop)), list(host.states())) == (declared, containers)


async def test_other_documents_are_another_plan(shop: Running) -> None:
    plan = await planned(shop, NEW_WEB)

    with pytest.raises(ServiceError) as refused:
        await shop.apply(NEW_WEB, container("new"), plan=plan["plan"])

    assert "container/shop/new is declared in these files and was not in the plan's" in refused.value.message


async def test_a_prune_that_the_plan_did_not_show_is_refused(shop: Running) -> None:
    plan = await planned(shop, *SHOP)

    with pytest.raises(ServiceError) as refused:
        await shop.apply(*SHOP, sources=["/srv/shop.yaml"], prune=True, plan=plan["plan"])

    assert "the plan was made without --prune" in refused.value.message


async def test_a_plan_that_was_never_shown_here_is_refused(shop: Running) -> None:
    with pytest.raises(ServiceError) as refused:
        await shop.apply(NEW_WEB, plan="000000000000")

    assert (refused.value.status, "is not kept here" in refused.value.message) == (409, True)


@pytest.mark.parametrize("text", ["latest", "../../etc/passwd", "3F2A91C0D4E7", ""])
async def test_what_is_no_id_of_a_plan_is_told_so_and_opens_no_file(shop: Running, text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        await shop.apply(NEW_WEB, plan=text)

    assert "is not the id of a plan" in refused.value.message


async def test_a_note_of_a_plan_holds_no_values(host: Host, shop: Running) -> None:
    plan = await planned(shop, container("web", environment={"TOKEN": "opensesame"}))
    note = (host.state_dir / "plans" / plan["plan"]).read_text()

    assert "opensesame" not in note


async def test_only_so_many_notes_are_kept(host: Host, shop: Running) -> None:
    for number in range(250):
        await planned(shop, container(f"web-{number}"))

    assert len(list((host.state_dir / "plans").iterdir())) == 200


async def test_what_is_not_declared_yet_has_no_time(shop: Running) -> None:
    [field] = one(await planned(shop, NEW_WEB), "web")["fields"]
    await shop.act("pause", "web", reason="hold still")
    await shop.apply(NEW_WEB)
    [later] = await shop.fields("web")

    assert (field["since"], later["since"] is None) == (None, False)


# in which order, when, and what it interrupts


async def test_steps_are_numbered_by_what_needs_what(running: Running) -> None:
    plan = await planned(running, *SHOP)

    assert {change["name"]: change["order"] for change in plan["changes"]} == {"back": 1, "data": 1, "db": 2, "web": 3}


async def test_what_goes_away_goes_in_the_opposite_order(running: Running) -> None:
    file = "/srv/shop.yaml"
    shop = [{**one, "source": file} for one in SHOP]
    await running.apply(*shop, sources=[file])
    await running.until_ready()

    plan = await planned(running, shop[1], sources=[file], prune=True)

    assert {change["name"]: change["order"] for change in plan["changes"]} == {"web": 1, "db": 2, "back": 3}
    assert {change["action"] for change in plan["changes"]} == {"delete"}


@pytest.mark.parametrize(("reclaim", "deleted"), [("keep", set()), ("delete", {"data"})])
async def test_a_volume_that_is_kept_is_not_among_what_is_deleted(
    running: Running, reclaim: str, deleted: set[str]
) -> None:
    file = "/srv/shop.yaml"
    declared = [{**one, "source": file} for one in (volume("data", reclaim=reclaim), network("back"))]
    await running.apply(*declared, sources=[file])
    await running.until_ready()

    plan = await planned(running, declared[1], sources=[file], prune=True)

    assert {change["name"] for change in plan["changes"] if change["action"] == "delete"} == deleted


async def test_replacing_a_network_tells_what_it_brings_to_its_containers(shop: Running) -> None:
    plan = await planned(shop, network("back", internal=True))

    assert {change["name"]: (change["action"], change["effect"], change["order"]) for change in plan["changes"]} == {
        "back": ("replace", "recreate", 1),
        "db": ("update", "reconnect", 2),
        "web": ("update", "reconnect", 3),
    }
    assert one(plan, "db")["interruption"] == "off the network for a moment"


async def test_replacing_a_container_tells_what_it_brings_to_those_that_share_its_network(running: Running) -> None:
    beside = container("probe", network_mode="service:web")
    await running.apply(container("web"), beside)
    await running.until_ready()

    plan = await planned(running, container("web", image=OTHER_IMAGE))

    assert one(plan, "probe")["fields"][0]["path"] == "spec.network_mode"
    assert (one(plan, "probe")["action"], one(plan, "probe")["order"]) == ("replace", 2)


async def test_a_new_content_tells_which_containers_it_brings_anew(running: Running) -> None:
    config = document("Config", "page", {"content": "old"})
    await running.apply(config, container("web", configs=[{"source": "page", "target": "/page"}]))
    await running.until_ready()

    plan = await planned(running, document("Config", "page", {"content": "new"}))

    assert one(plan, "web")["fields"][0]["cause"] == "dependency"


async def test_what_differs_about_others_anyway_is_no_part_of_a_plan(host: Host, shop: Running) -> None:
    await shop.act("pause", "web", reason="hold still")
    host.docker.update("shop-web-1", Memory=32 << 20)
    await shop.pass_time(2)

    plan = await planned(shop, container("db", networks=["back"], volumes=["data:/var/lib/db"], mem_limit="48m"))

    assert {change["name"] for change in plan["changes"]} == {"db"}


async def test_a_crashing_container_says_when_it_is_tried_again(host: Host, running: Running) -> None:
    host.behave("shop-web-1", Behaviour(exit_code=1, exit_after_s=0.5))
    await running.apply(container("web"))
    await running.pass_time(20)
    await running.until(lambda: running.phase("web") == "CrashLooping")

    [change] = (await running.service.diff())["changes"]
    assert (change["when"]["word"], change["when"]["at"] is not None) == ("backoff", True)
    assert "exited with code 1" in change["when"]["why"]


async def test_a_dependent_says_what_it_waits_for(host: Host, running: Running) -> None:
    host.behave("shop-db-1", Behaviour(start_failure="exec: not found"))
    await running.apply(container("db"), container("web", depends_on={"db": {"condition": "service_healthy"}}))
    await running.pass_time(20)

    plan = await running.service.diff(name=["web"])

    assert plan["changes"][0]["when"]["word"] == "waits"
    assert plan["changes"][0]["when"]["why"].startswith("waits for db to be healthy")


async def test_of_replicas_the_others_wait_for_their_turn(running: Running) -> None:
    await running.apply(container("web", replicas=3))
    await running.until_ready()

    plan = await planned(running, container("web", replicas=3, image=OTHER_IMAGE))

    assert [change["when"]["word"] for change in plan["changes"]] == ["now", "turn", "turn"]
    assert {change["interruption"] for change in plan["changes"]} == {"1 of 3 at a time"}


async def test_what_is_paused_is_done_when_the_pause_ends(host: Host, shop: Running) -> None:
    await shop.act("pause", "web", reason="hold still", for_s=600)
    host.docker.stop("shop-web-1")
    await shop.settle()

    [change] = (await shop.service.diff())["changes"]
    assert (change["when"]["word"], change["when"]["why"]) == ("paused", "hold still")
    assert change["interruption"] == "none"


async def test_a_single_container_that_is_replaced_says_how_long_it_may_take_to_stop(shop: Running) -> None:
    plan = await planned(shop, {**NEW_WEB, "spec": {**NEW_WEB["spec"], "stop_grace_period": "3s"}})

    assert one(plan, "web")["interruption"] == "up to 3 s stop grace, then a start"


# asking about one


async def test_a_question_about_one_resource_looks_at_no_other(host: Host, shop: Running) -> None:
    shop.calls.clear()
    plan = await shop.service.diff(name=["container/db"], live=False)

    assert plan["in_sync"]
    assert shop.calls.count("inspect_container") == 0
