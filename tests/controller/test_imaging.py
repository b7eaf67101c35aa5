"""Images by hand: long work tells how far it is and ends with its outcome, and a failed build says why."""

from pathlib import Path

import pytest

from controller.errors import ServiceError
from desired_state.key import Key
from engine.simulated.images import Offer
from tests.controller.running import IMAGE, Host, Json, Running, container

NEW = "shop/app:1"


@pytest.fixture
def context(folder: Path) -> Path:
    (folder / "My App").mkdir()
    (folder / "My App" / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    return folder / "My App"


async def heard(answers: object) -> list[Json]:
    return [one async for one in answers]  # type: ignore[attr-defined]  # an asynchronous iterator


def tags(host: Host) -> set[str]:
    return {tag for image in host.engine.daemon.images.all() for tag in image.tags}


async def test_a_build_is_told_and_its_image_named(host: Host, running: Running, context: Path) -> None:
    said = await heard(await running.service.image_build(build={"context": str(context)}, version="1.4"))

    assert {"building": "my-app:latest"} in said
    assert {"step": "Step 1/1"} in said
    assert said[-1]["done"]["references"] == ["my-app:latest", "my-app:1.4"]
    assert {"my-app:latest", "my-app:1.4"} <= tags(host)


async def test_a_failed_build_names_line_and_cause(host: Host, running: Running, context: Path) -> None:
    host.engine.daemon.registry.build_failure = "returned a non-zero code: 2"
    (context / "Dockerfile").write_text("# how\nRUN make\n")

    *_, last = await heard(await running.service.image_build(build={"context": str(context)}))

    assert last["failed"]["failure"] == {
        "step": "Step 1/1 : RUN make",
        "instruction": "RUN make",
        "line": 2,
        "cause": "step-failed",
        "text": "its command ended with code 2",
        "advice": "",
        "evidence": "make: *** no rule",
        "package": "",
    }
    assert "Dockerfile:2: RUN make" in last["failed"]["message"]


@pytest.mark.parametrize(
    "build", [{"context": "relative"}, {"context": "/tmp", "dockerfil": "x"}, {"context": "/tmp", "args": 3}]
)
async def test_what_is_no_build_is_refused_at_once(running: Running, build: Json) -> None:
    with pytest.raises(ServiceError):
        await running.service.image_build(build=build)


async def test_an_image_is_pulled_pushed_tagged_and_removed(host: Host, running: Running) -> None:
    host.engine.daemon.registry.offers[NEW] = Offer(NEW)

    pulled = await heard(await running.service.image_pull(reference=NEW))
    await running.service.image_tag(image=NEW, references=["shop/app:2"])
    pushed = await heard(await running.service.image_push(references=["shop/app:2"]))
    await running.service.image_remove(references=[NEW])

    assert pulled[-1]["done"]["references"] == [NEW]
    assert pushed[-1]["done"]["pushed"][0]["digest"].startswith("shop/app@sha256:")
    assert "shop/app:2" in host.engine.daemon.registry.offers
    assert NEW not in tags(host)


async def test_work_that_fails_tells_why_as_its_last_word(running: Running) -> None:
    [*_, last] = await heard(await running.service.image_pull(reference="shop/none:1"))

    assert "cannot pull shop/none:1" in last["failed"]["message"]


async def test_images_are_listed_with_the_containers_made_from_them(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()

    listed = (await running.service.images(name="shop/web"))["images"]
    one = await running.service.image(reference=IMAGE)

    assert {row["references"][0]: row["used_by"] for row in listed} == {IMAGE: ["shop-web-1"], "shop/web:2": []}
    assert one["used_by"] == ["shop-web-1"]


async def test_what_is_not_here_can_not_be_looked_at_or_removed(host: Host, running: Running) -> None:
    for question in (running.service.image(reference="no:1"), running.service.image_remove(references=[IMAGE, "no:1"])):
        with pytest.raises(ServiceError) as refused:
            await question
        assert refused.value.status == 404

    assert IMAGE in tags(host)


async def test_the_version_that_a_project_names_is_its_tag(running: Running, context: Path) -> None:
    (context / "package.json").write_text('{"name": "shop", "version": "2.1.0", "scripts": {"start": "node index.js"}}')
    (context / "index.js").write_text("require('http').createServer(() => 0).listen(3000)\n")

    *_, last = await heard(await running.service.image_build(build={"context": str(context)}, names=["shop"]))

    assert last["done"]["references"] == ["shop:latest", "shop:2.1.0"]


async def test_a_declared_build_that_fails_says_its_likely_cause(host: Host, running: Running, context: Path) -> None:
    host.engine.daemon.registry.build_failure = "no space left on device"
    (context / "Dockerfile").write_text("FROM base\nRUN make\n")
    spec = {"build": {"context": str(context)}}
    metadata = {"name": "app", "namespace": "shop"}

    def message() -> str:
        status = running.runtime.records.statuses.get(Key("Image", "shop", "app"))
        return status.message if status else ""

    await running.apply({"apiVersion": "ergon/v1", "kind": "Image", "metadata": metadata, "spec": spec})
    await running.until(lambda: "likely cause" in message())

    assert "(Dockerfile:2): the disk of the engine is full" in message()
