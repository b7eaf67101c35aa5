"""Images are fetched beside everything else: once however many want them, and never at the cost of what runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller import build_keys
from desired_state.build import Build
from desired_state.key import Key
from engine.simulated.images import Offer
from store import images as image_rows
from tests.controller.running import IMAGE, Host, Json, Running, container, document

NEW = "shop/new:1"


def image(name: str = "api", **spec: Any) -> Json:
    return document("Image", name, spec)


def offer(host: Host, reference: str = NEW, content: str = "one", **more: Any) -> None:
    """Let the registry have an image under a reference."""
    host.engine.daemon.registry.offers[reference] = Offer(content, {"Cmd": ["serve"]}, **more)


def pulls(host: Host) -> list[str]:
    return host.engine.daemon.registry.pulls


async def test_an_image_that_many_want_is_pulled_once(host: Host, running: Running) -> None:
    offer(host)
    host.engine.daemon.registry.pull_s = 30

    await running.apply(*(container(name, image=NEW) for name in ("a", "b", "c")))
    await running.until_ready()

    assert pulls(host) == [NEW]


async def test_a_pull_under_way_is_told_with_how_far_it_is(host: Host, running: Running) -> None:
    offer(host)
    host.engine.daemon.registry.pull_s = 30

    await running.apply(container("web", image=NEW))
    await running.pass_time(5)

    row = await running.row("web")
    assert (row["phase"], row["reason"]) == ("Progressing", "Pulling")
    assert row["message"] == f"pulling {NEW}: 0 of 1 layers"


async def test_what_runs_is_looked_after_while_its_successors_image_is_pulled(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    offer(host)
    host.engine.daemon.registry.pull_s = 300
    await running.apply(container("web", image=NEW))

    host.docker.crash("shop-web-1")
    took = await running.until(lambda: host.state("shop-web-1") == "running")

    assert took < 1
    assert host.inspect("shop-web-1")["Config"]["Image"] == IMAGE


async def test_a_pull_that_fails_leaves_what_runs_alone(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    before = host.id_of("shop-web-1")

    await running.apply(container("web", image="shop/no-such:1"))
    await running.pass_time(60)

    row = await running.row("web")
    assert (host.id_of("shop-web-1"), host.state("shop-web-1")) == (before, "running")
    assert "manifest unknown" in row["message"]
    assert "check its name and tag" in row["message"]


async def test_whoever_applies_again_has_a_failed_fetch_tried_at_once(host: Host, running: Running) -> None:
    await running.apply(container("web", image=NEW))
    await running.pass_time(1)
    offer(host)

    await running.apply(container("web", image=NEW))

    assert await running.until_ready() < 1


async def test_a_fetch_that_a_kill_cut_off_is_begun_anew(host: Host) -> None:
    offer(host)
    host.engine.daemon.registry.pull_s = 30
    async with Running(host) as first:
        await first.apply(container("web", image=NEW))
        await first.pass_time(5)

    async with Running(host) as second:
        await second.until_ready()

    assert host.inspect("shop-web-1")["Config"]["Image"] == NEW


@pytest.mark.parametrize(("policy", "period"), [("every_1m", 60.0), ("every_10m", 600.0)])
async def test_an_image_is_fetched_again_when_its_time_has_come(
    policy: str, period: float, host: Host, running: Running
) -> None:
    offer(host)
    await running.apply(container("web", image=NEW, pull_policy=policy))
    await running.until_ready()

    await running.pass_time(period * 2.5)

    assert pulls(host) == [NEW] * 3
    assert (await running.row("web"))["ready"]


async def test_a_restart_of_the_controller_fetches_nothing_again(host: Host) -> None:
    offer(host)
    async with Running(host) as first:
        await first.apply(container("web", image=NEW, pull_policy="daily"))
        await first.until_ready()
        await first.shut_down()

    async with Running(host) as second:
        await second.pass_time(600)

    assert pulls(host) == [NEW]


async def test_a_fetch_that_brings_another_image_rolls_its_containers(host: Host, running: Running) -> None:
    offer(host)
    await running.apply(container("web", image=NEW, pull_policy="every_10m"))
    await running.until_ready()
    before = host.id_of("shop-web-1")
    offer(host, content="two")

    await running.pass_time(660)

    assert host.id_of("shop-web-1") != before
    assert (await running.row("web"))["ready"]


async def test_a_registry_that_asks_to_wait_is_left_alone_by_all_its_images(host: Host, running: Running) -> None:
    host.engine.daemon.registry.refusals["reg.test/a:1"] = "toomanyrequests: retry-after: 120s"
    offer(host, "reg.test/b:1")
    await running.apply(container("a", image="reg.test/a:1"))
    await running.pass_time(1)
    await running.apply(container("b", image="reg.test/b:1"))

    await running.pass_time(100)
    meanwhile = list(pulls(host))
    await running.until_ready("b")

    assert meanwhile == ["reg.test/a:1"]
    assert "reg.test/b:1" in pulls(host)


async def test_what_ergon_brought_is_remembered_and_what_was_there_is_not(host: Host, running: Running) -> None:
    offer(host)
    host.engine.add_image("shop/old:1", content="known")
    offer(host, "shop/same:1", content="known")

    await running.apply(container("a", image=NEW), container("b", image="shop/same:1"))
    await running.until_ready()

    owned = await running.store.read(image_rows.owned)
    assert [(one.reference, one.origin) for one in owned] == [(NEW, "pulled")]


# Image resources


async def test_an_image_resource_says_what_its_tag_means(host: Host, running: Running) -> None:
    offer(host)
    await running.apply(image(reference=NEW))
    await running.until_ready()

    digest = host.engine.daemon.registry.offers[NEW].digest
    assert (await running.row("api"))["message"] == f"{NEW} is {digest}"


async def test_an_event_about_one_image_has_only_its_users_looked_at(host: Host, running: Running) -> None:
    await running.apply(container("web"), container("db", image="shop/web:2"))
    await running.until_ready()
    asked: set[str] = set()
    add = running.runtime.queue.add

    def noted(key: Key, *more: Any) -> None:
        asked.add(key.name)
        add(key, *more)

    running.runtime.queue.add = noted  # type: ignore[method-assign, assignment]

    host.docker.tag("shop/web:1", "shop/other:1")
    host.docker.tag("shop/web:1", "shop/web:2")
    await running.settle()

    assert asked == {"db", "web"}


# builds


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to build from, read at once: virtual time does not wait for a thread that reads."""

    async def at_once(call: Callable[[Build], str], build: Build, **_: bool) -> str:
        return call(build)

    monkeypatch.setattr(build_keys, "run_sync", at_once)
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "app").write_text("one")
    return folder


def builds(host: Host) -> int:
    return host.engine.calls.count("build_image")


async def test_an_unchanged_context_is_not_built_again(host: Host, running: Running, context: Path) -> None:
    await running.apply(image(build={"context": str(context)}))
    await running.until_ready()

    await running.apply(image(build={"context": str(context)}))
    await running.pass_time(60)

    assert builds(host) == 1


async def test_a_changed_context_is_built_at_the_next_apply_and_not_before(
    host: Host, running: Running, context: Path
) -> None:
    await running.apply(image(build={"context": str(context)}))
    await running.until_ready()
    (context / "app").write_text("two")
    await running.pass_time(600)
    before = builds(host)

    await running.apply(image(build={"context": str(context)}))
    await running.until_ready()

    assert (before, builds(host)) == (1, 2)


async def test_what_is_built_anew_rolls_its_containers(host: Host, running: Running, context: Path) -> None:
    documents = [image(build={"context": str(context)}), container("web", image={"resource": "api"})]
    await running.apply(*documents)
    await running.until_ready()
    before = host.id_of("shop-web-1")
    (context / "app").write_text("two")

    await running.apply(*documents)
    await running.until(lambda: host.id_of("shop-web-1") not in ("", before))
    await running.until_ready()

    assert len(host.states()) == 1


async def test_a_container_declared_anew_waits_for_the_build_that_was_declared_with_it(
    host: Host, running: Running, context: Path
) -> None:
    await running.apply(image(build={"context": str(context)}), container("web", image={"resource": "api"}))
    await running.until_ready()
    host.engine.daemon.registry.build_s = 20
    (context / "app").write_text("two")

    await running.apply(
        image(build={"context": str(context)}), container("web", image={"resource": "api"}, environment={"A": "1"})
    )
    await running.until_ready()

    created = [call for call in host.engine.calls.all if call.method == "create_container"]
    assert len(created) == 2


async def test_a_build_that_fails_keeps_what_runs_and_names_the_step(
    host: Host, running: Running, context: Path
) -> None:
    documents = [image(build={"context": str(context)}), container("web", image={"resource": "api"})]
    await running.apply(*documents)
    await running.until_ready()
    before = host.id_of("shop-web-1")
    host.engine.daemon.registry.build_failure = "returned a non-zero code: 2"
    (context / "app").write_text("two")

    await running.apply(*documents)
    await running.pass_time(30)

    row = await running.row("api")
    assert (host.id_of("shop-web-1"), host.state("shop-web-1")) == (before, "running")
    assert (row["ready"], row["reason"]) == (False, "ImageFailed")
    assert "Step 1/1 : RUN make: returned a non-zero code: 2; its last words: make: *** no rule" in row["message"]


async def test_a_fresh_store_builds_nothing_that_is_there_already(
    host: Host, running: Running, context: Path, empty_store: Path, tmp_path: Path
) -> None:
    await running.apply(image(build={"context": str(context)}))
    await running.until_ready()
    host.state_dir = tmp_path / "other"
    host.state_dir.mkdir()

    async with Running(host) as fresh:
        await fresh.apply(image(build={"context": str(context)}))
        await fresh.until_ready()

    assert builds(host) == 1


async def test_a_kill_between_apply_and_build_loses_nothing(host: Host, context: Path) -> None:
    async with Running(host) as first:
        await first.apply(image(build={"context": str(context)}))
        await first.until_ready()
        before = host.engine.daemon.images.find("shop/api:latest").id
        (context / "app").write_text("two")
        host.engine.daemon.registry.build_s = 60
        await first.apply(image(build={"context": str(context)}))

    async with Running(host) as second:
        await second.until(lambda: host.engine.daemon.images.find("shop/api:latest").id != before)
        await second.until_ready()
        done = builds(host)
        await second.apply(image(build={"context": str(context)}))
        await second.pass_time(60)

    assert builds(host) == done


async def test_a_context_that_is_not_there_is_refused_before_anything_is_stored(
    running: Running, tmp_path: Path
) -> None:
    with pytest.raises(Exception, match=r'Image "api": there is no folder .*/nowhere'):
        await running.apply(image(build={"context": str(tmp_path / "nowhere")}))

    assert not running.runtime.records.resources


async def test_what_is_built_to_be_pushed_is_pushed_once(host: Host, running: Running, context: Path) -> None:
    await running.apply(image(reference="reg.test/api:1", build={"context": str(context)}, push=True))
    await running.until_ready()
    await running.pass_time(600)

    assert host.engine.calls.count("push_image") == 1
    assert "reg.test/api:1" in host.engine.daemon.registry.offers
