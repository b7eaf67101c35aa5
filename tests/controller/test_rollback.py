"""Going back by hand, to any kept revision, with the image that it ran with; and going on after a pause."""

from typing import Any

import pytest

from controller.errors import ServiceError
from engine.simulated import Behaviour
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container


async def declare(running: Running, image: str, **spec: Any) -> None:
    await running.apply(container("web", image=image, **spec))
    await running.pass_time(20)


def image_of(host: Host) -> str:
    return str(host.inspect("shop-web-1")["Image"])


def generation(running: Running) -> int:
    [stored] = running.runtime.records.resources.values()
    return stored.generation


async def test_the_revision_before_is_declared_anew(host: Host, running: Running) -> None:
    await declare(running, IMAGE, environment={"A": "1"})
    await declare(running, OTHER_IMAGE, environment={"A": "2"})

    answer = await running.service.rollback(name="web", actor="ann")
    await running.pass_time(20)

    assert (answer["to"], answer["results"][0]["generation"], generation(running)) == (1, 3, 3)
    assert host.inspect("shop-web-1")["Config"]["Image"] == IMAGE
    assert "A=1" in host.inspect("shop-web-1")["Config"]["Env"]
    assert running.ready()


async def test_any_kept_revision_can_be_named(host: Host, running: Running) -> None:
    for number in ("1", "2", "3"):
        await declare(running, IMAGE, environment={"A": number})

    await running.service.rollback(name="web", to=1)
    await running.pass_time(20)

    assert "A=1" in host.inspect("shop-web-1")["Config"]["Env"]


async def test_the_very_image_that_ran_is_taken_though_its_tag_has_moved(host: Host, running: Running) -> None:
    await declare(running, IMAGE)
    ran = image_of(host)
    await declare(running, OTHER_IMAGE)
    host.engine.add_image(IMAGE, content="something else")

    answer = await running.service.rollback(name="web")
    await running.pass_time(20)

    assert image_of(host) == ran
    assert any("means another image now" in one for one in answer["notes"])
    assert await running.fields() == []


async def test_a_dry_run_shows_what_would_change_and_changes_nothing(host: Host, running: Running) -> None:
    await declare(running, IMAGE)
    await declare(running, OTHER_IMAGE)

    answer = await running.service.rollback(name="web", dry_run=True)

    [change] = answer["plan"]["changes"]
    assert [(one["path"], one["declared"]) for one in change["fields"]] == [("spec.image", IMAGE)]
    assert generation(running) == 2


@pytest.mark.parametrize(("to", "why"), [(None, "no revision is kept"), (7, "generation 7 is not kept"), (1, "now")])
async def test_what_can_not_be_gone_back_to_is_refused(running: Running, to: int | None, why: str) -> None:
    await declare(running, IMAGE)

    with pytest.raises(ServiceError, match=why):
        await running.service.rollback(name="web", to=to)


async def test_after_an_update_was_rolled_back_it_makes_the_declaration_agree(host: Host, running: Running) -> None:
    host.engine.add_image("bad", Behaviour(exit_code=3))
    await declare(running, IMAGE)
    before = host.id_of("shop-web-1")
    await declare(running, "bad")

    await running.service.rollback(name="web")
    await running.pass_time(20)

    assert (host.id_of("shop-web-1"), await running.fields(), running.ready()) == (before, [], True)


# paused


async def paused(host: Host, running: Running) -> None:
    host.behave("shop-web-1-r2", Behaviour(exit_code=3))
    await running.apply(container("web", replicas=2))
    await running.until_ready()
    spec = {"image": OTHER_IMAGE, "replicas": 2, "update": {"on_failure": "pause"}}
    await running.apply(container("web", **spec))
    await running.pass_time(30)


async def test_an_update_that_is_to_pause_stays_half_way_and_says_so(host: Host, running: Running) -> None:
    await paused(host, running)

    row = await running.row("web")
    condition = next(one for one in row["conditions"] if one["type"] == "UpdatePaused")
    assert (row["phase"], row["reason"], condition["status"]) == ("Held", "UpdatePaused", "True")
    assert "exited with code 3" in row["message"]
    assert "ergon resume web" in row["message"]
    assert host.state("shop-web-1") == host.state("shop-web-2") == "running"


async def test_a_resume_goes_on_with_a_new_try(host: Host, running: Running) -> None:
    await paused(host, running)
    host.behave("shop-web-1-r2", Behaviour())

    await running.act("resume", "web")
    await running.until_ready()
    await running.pass_time(30)

    assert [one["Config"]["Image"] for one in host.containers().values()] == [OTHER_IMAGE, OTHER_IMAGE]
    assert (await running.service.describe(name="web"))["update"]["state"] == "complete"


async def test_a_rollback_of_a_paused_update_goes_back(host: Host, running: Running) -> None:
    await paused(host, running)

    await running.service.rollback(name="web")
    await running.pass_time(30)

    assert [one["Config"]["Image"] for one in host.containers().values()] == [IMAGE, IMAGE]
    assert running.ready()
