"""Registries are asked as often as image policies want; what they offer is taken, told, or left alone."""

from datetime import timedelta
from functools import partial

import pytest

from engine.errors import StartFailed
from engine.simulated.images import Offer
from tests.controller.running import Host, Json, Running, container

TAG = "reg.test/web:1"
HOUR = 3600.0


def offer(host: Host, reference: str, content: str, *, days_old: float = 0) -> None:
    """Let the registry have an image that was made so long ago."""
    created = host.clock.now() - timedelta(days=days_old)
    host.engine.daemon.registry.offers[reference] = Offer(content, {"Cmd": ["serve"]}, created=created)


def asked(host: Host, method: str = "offered_digest") -> int:
    return host.engine.calls.count(method)


async def image_fields(running: Running) -> list[Json]:
    return [field for field in await running.fields("web") if field["cause"] == "image"]


def image_of(host: Host) -> str:
    return str(host.inspect("shop-web-1")["Config"]["Image"])


async def test_nothing_is_asked_where_no_policy_wants_it(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG))
    await running.until_ready()
    offer(host, TAG, "two")

    await running.pass_time(1200)

    assert asked(host) == 0
    assert await running.fields("web") == []


async def test_a_tag_that_moved_is_taken_at_the_next_question(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy={"check_every": "10m"}))
    await running.until_ready()
    before = host.id_of("shop-web-1")
    offer(host, TAG, "two")

    took = await running.until(lambda: host.id_of("shop-web-1") not in ("", before), within_s=700)
    await running.until_ready()

    # The question, and the time for which a successor is watched.
    assert took <= 610
    assert len(host.engine.daemon.registry.pulls) == 2


async def test_an_idle_policy_asks_and_changes_nothing(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy={"check_every": "10m"}))
    await running.until_ready()
    await running.pass_time(60)
    writes, version = len(host.engine.calls.writes), await running.resource_version()

    await running.pass_time(HOUR)

    assert asked(host) >= 6
    assert len(host.engine.calls.writes) == writes
    assert await running.resource_version() == version


async def test_a_tag_that_moved_is_only_told_where_that_is_asked_for(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy={"on_move": "notify", "check_every": "10m"}))
    await running.until_ready()
    before = host.id_of("shop-web-1")
    offer(host, TAG, "two")
    await running.pass_time(700)

    [field] = await image_fields(running)
    row = await running.row("web")
    assert (field["path"], field["policy"], field["evidence"]) == ("spec.image", "ask", "")
    assert (host.id_of("shop-web-1"), row["ready"]) == (before, True)
    assert {"ImageOffered", "AwaitingApproval"} <= {one["type"] for one in row["conditions"]}

    await running.service.approve(name="web")
    await running.until(lambda: host.id_of("shop-web-1") not in ("", before))
    await running.until_ready()

    assert len(host.engine.daemon.registry.pulls) == 2
    assert await image_fields(running) == []


async def approved_in_vain(host: Host, running: Running, former: str) -> None:
    """Approve the image, and return when that has failed and the former container alone is back."""
    await running.service.approve(name="web", field=["spec.image"])
    await running.pass_time(60)
    assert (host.state("shop-web-1"), host.id_of("shop-web-1")) == ("running", former)
    assert [one.name for one in await host.engine.list_containers()] == ["shop-web-1"]
    assert running.phase("web") == "RolledBack"


async def test_an_approved_image_that_failed_is_tried_again_by_another_word(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy={"on_move": "notify", "check_every": "10m"}))
    await running.until_ready()
    before = host.id_of("shop-web-1")
    offer(host, TAG, "two")
    await running.pass_time(700)

    tried = [host.engine.faults.fail("start_container", partial(StartFailed, "no", "StartError"), nth=1)]
    await approved_in_vain(host, running, before)
    tried.append(host.engine.faults.fail("start_container", partial(StartFailed, "no", "StartError"), nth=1))
    await approved_in_vain(host, running, before)

    assert [fault.struck for fault in tried] == [1, 1]
    assert [field["policy"] for field in await image_fields(running)] == ["ask"]


async def test_a_tag_that_moved_here_is_left_alone_where_that_is_asked_for(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy="off"))
    await running.until_ready()
    before = host.id_of("shop-web-1")

    made_from = host.inspect("shop-web-1")["Image"]

    host.engine.add_image(TAG, content="by hand")
    await running.pass_time(60)
    assert host.id_of("shop-web-1") == before

    host.docker.rm("shop-web-1")
    await running.until(lambda: host.id_of("shop-web-1") not in ("", before))
    await running.until_ready()

    assert host.inspect("shop-web-1")["Image"] == made_from
    assert (await running.fields("web"), asked(host)) == ([], 0)


async def test_the_newest_version_in_the_range_is_run(host: Host, running: Running) -> None:
    for version in ("1.0.0", "1.2.0", "1.10.0", "2.0.0"):
        offer(host, f"reg.test/web:{version}", version)

    await running.apply(container("web", image="reg.test/web:1.0.0", image_policy={"semver": "^1"}))
    await running.until(lambda: running.ready() and image_of(host) == "reg.test/web:1.10.0")

    assert await running.fields("web") == []


async def test_a_version_waits_out_its_cool_down(host: Host, running: Running) -> None:
    offer(host, "reg.test/web:1.0.0", "1.0.0", days_old=9)
    offer(host, "reg.test/web:1.1.0", "1.1.0", days_old=5)
    policy = {"semver": "^1", "cool_down": "1h", "check_every": "10m"}
    await running.apply(container("web", image="reg.test/web:1.0.0", image_policy=policy))
    await running.until(lambda: running.ready() and image_of(host) == "reg.test/web:1.1.0")
    # Back-dated, and yet it counts from when it was first seen.
    offer(host, "reg.test/web:1.2.0", "1.2.0", days_old=9)

    await running.pass_time(HOUR)
    meanwhile = image_of(host)
    await running.until(lambda: running.ready() and image_of(host) == "reg.test/web:1.2.0", within_s=900)

    assert meanwhile == "reg.test/web:1.1.0"


async def test_the_version_in_use_outlives_the_controller_and_the_registry(host: Host) -> None:
    for version in ("1.0.0", "1.1.0"):
        offer(host, f"reg.test/web:{version}", version)
    async with Running(host) as first:
        await first.apply(container("web", image="reg.test/web:1.0.0", image_policy={"semver": "^1"}))
        await first.until(lambda: first.ready() and image_of(host) == "reg.test/web:1.1.0")
    before = host.id_of("shop-web-1")
    host.engine.daemon.registry.offers.clear()

    async with Running(host) as second:
        await second.pass_time(60)

    assert host.id_of("shop-web-1") == before


async def test_without_a_known_version_nothing_is_pulled_and_that_is_said(host: Host, running: Running) -> None:
    offer(host, "reg.test/web:edge", "edge")
    await running.apply(container("web", image="reg.test/web", image_policy={"semver": "^1"}))
    await running.pass_time(30)

    row = await running.row("web")
    told = {one["type"]: one["message"] for one in row["conditions"]}
    assert (row["reason"], row["message"]) == ("ImageNotReady", "no version in ^1 is known yet")
    assert "no tag of reg.test/web is a version in ^1" in told["RegistryAsked"]
    assert host.engine.daemon.registry.pulls == []


@pytest.mark.parametrize(
    ("words", "pause"), [("toomanyrequests: retry-after: 1800s", 1800), ("dial tcp: connection refused", 60)]
)
async def test_a_registry_that_does_not_answer_is_asked_again_later_for_all_its_images(
    words: str, pause: float, host: Host, running: Running
) -> None:
    other = "reg.test/db:1"
    for reference in (TAG, other):
        host.engine.add_image(reference)
        host.engine.daemon.registry.refusals[reference] = words
    policy = {"check_every": "1m"}
    await running.apply(
        container("web", image=TAG, image_policy=policy), container("db", image=other, image_policy=policy)
    )
    await running.until_ready()

    await running.pass_time(pause - 10)
    during = asked(host)
    await running.pass_time(20)

    assert during == 1
    assert asked(host) > 1


async def test_a_policy_that_is_gone_ends_the_questions(host: Host, running: Running) -> None:
    offer(host, TAG, "one")
    await running.apply(container("web", image=TAG, image_policy={"check_every": "1m"}))
    await running.until_ready()
    await running.apply(container("web", image=TAG))
    await running.pass_time(120)
    before = asked(host)

    await running.pass_time(HOUR)

    assert asked(host) == before
