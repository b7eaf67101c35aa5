"""What every engine promises about images."""

from pathlib import Path

import pytest

from desired_state.build import Build
from engine.errors import Conflict, NotFound, PullFailed, Refused
from tests.engine_contract.bench import RICH, SLEEPER, Made


async def test_an_image_is_found_by_reference_and_by_id(made: Made) -> None:
    image = await made.engine.inspect_image(made.bench.image(SLEEPER))

    assert image.references == (made.bench.image(SLEEPER),)
    assert image.id.startswith("sha256:")
    assert await made.engine.inspect_image(image.id) == image


async def test_an_image_shows_what_its_containers_inherit(made: Made) -> None:
    image = await made.engine.inspect_image(made.bench.image(RICH))

    assert image.labels == {"made-by": "contract"}
    assert "FROM_IMAGE=yes" in image.config["Env"]
    assert (image.config["User"], image.config["WorkingDir"]) == ("1000", "/srv")
    assert image.config["ExposedPorts"] == {"8080/tcp": {}}
    assert image.config["Volumes"] == {"/data": {}}


async def test_an_image_that_is_not_there_is_not_found(made: Made) -> None:
    with pytest.raises(NotFound, match="No such image"):
        await made.engine.inspect_image(f"{made.bench.prefix}/missing:1")


async def test_images_are_listed(made: Made) -> None:
    image = await made.engine.inspect_image(made.bench.image(SLEEPER))

    listed = {found.id: found.references for found in await made.engine.list_images()}

    assert made.bench.image(SLEEPER) in listed[image.id]


async def test_a_container_knows_which_image_it_was_made_from(made: Made) -> None:
    container = await made.engine.inspect_container(await made.created("web"))

    assert container.image == made.bench.image(SLEEPER)
    assert container.image_id == (await made.engine.inspect_image(container.image)).id


async def test_removing_an_image_that_is_gone_is_fine(made: Made) -> None:
    await made.engine.remove_image(f"{made.bench.prefix}/missing:1")


async def test_an_image_in_use_is_not_removed(made: Made) -> None:
    await made.running("web")

    with pytest.raises(Conflict):
        await made.engine.remove_image(made.bench.image(SLEEPER))


async def test_a_pull_that_finds_no_registry_or_no_image_says_so(made: Made) -> None:
    with pytest.raises(PullFailed) as failed:
        await made.engine.pull_image(f"localhost:1/{made.bench.prefix}:1")

    assert failed.value.reason in ("NotFound", "Unreachable")


async def test_a_build_without_its_folder_is_refused(made: Made) -> None:
    with pytest.raises(Refused, match="/no/such/folder"):
        await made.engine.build_image(f"{made.bench.prefix}:1", Build(context="/no/such/folder"), {})


async def test_a_tag_means_the_image_it_was_last_given_to(made: Made) -> None:
    tag = f"{made.bench.prefix}/tagged:1"
    for program in (SLEEPER, RICH):
        await made.engine.tag_image(made.bench.image(program), tag)

    tagged = await made.engine.inspect_image(tag)
    await made.engine.remove_image(tag)

    assert tagged.id == (await made.engine.inspect_image(made.bench.image(RICH))).id
    with pytest.raises(NotFound):
        await made.engine.inspect_image(tag)


async def test_what_is_not_there_can_not_be_tagged(made: Made) -> None:
    with pytest.raises(NotFound):
        await made.engine.tag_image(f"{made.bench.prefix}/missing:1", "other:1")


async def test_a_registry_that_is_not_there_is_told_by_every_question(made: Made) -> None:
    nowhere = f"localhost:1/{made.bench.prefix}:1"
    for question in (made.engine.offered_digest, made.engine.offered_since):
        with pytest.raises(PullFailed) as failed:
            await question(nowhere)

        assert failed.value.reason in ("NotFound", "Unreachable")


async def test_a_push_that_finds_no_registry_says_so(made: Made) -> None:
    nowhere = f"localhost:1/{made.bench.prefix}:1"
    await made.engine.tag_image(made.bench.image(SLEEPER), nowhere)

    try:
        with pytest.raises(PullFailed, match="cannot push"):
            await made.engine.push_image(nowhere)
    finally:
        await made.engine.remove_image(nowhere)


async def test_a_fetch_tells_how_far_it_is(made: Made, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {made.bench.image(SLEEPER)}\nLABEL a=b\n")
    told: list[str] = []

    await made.engine.build_image(f"{made.bench.prefix}/built:1", Build(context=str(tmp_path)), {}, told.append)
    await made.engine.remove_image(f"{made.bench.prefix}/built:1")

    assert told[0].startswith("Step 1/")


async def test_a_build_tells_every_line_to_whoever_wants_it(made: Made, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {made.bench.image(SLEEPER)}\nLABEL a=b\n")
    said: list[str] = []
    tag = f"{made.bench.prefix}/built:2"

    await made.engine.build_image(tag, Build(context=str(tmp_path)), {}, log=said.append)
    await made.engine.remove_image(tag)

    assert said[0].startswith("Step 1/")
    assert all(line.isprintable() for line in said)
