"""Which image each revision ran with is on record, whatever its tag means later."""

from desired_state.key import Key
from engine.simulated.images import Offer
from store import revisions
from store.revisions import RanWith
from tests.controller.running import IMAGE, OTHER_IMAGE, Host, Running, container, document

WEB = Key("Container", "shop", "web")


async def ran_with(running: Running, key: Key = WEB) -> list[tuple[int, str, str]]:
    found: list[RanWith] = await running.store.read(lambda session: revisions.images(session, key))
    return [(one.generation, one.reference, one.image_id) for one in found]


def id_of(host: Host, reference: str) -> str:
    return str(host.engine.daemon.images.find(reference).id)


async def test_each_revision_remembers_the_image_it_ran_with(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.apply(container("web", image=OTHER_IMAGE))
    await running.until_ready()

    assert await ran_with(running) == [(1, IMAGE, id_of(host, IMAGE)), (2, OTHER_IMAGE, id_of(host, OTHER_IMAGE))]


async def test_a_revision_in_place_runs_with_the_image_of_before(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    await running.apply(container("web", mem_limit="64M"))
    await running.until_ready()

    assert await ran_with(running) == [(1, IMAGE, id_of(host, IMAGE)), (2, IMAGE, id_of(host, IMAGE))]


async def test_a_tag_that_moved_gives_a_revision_a_second_image(host: Host, running: Running) -> None:
    await running.apply(container("web"))
    await running.until_ready()
    first = id_of(host, IMAGE)
    host.docker.tag(OTHER_IMAGE, IMAGE)
    await running.pass_time(60)
    await running.until_ready()

    assert await ran_with(running) == [(1, IMAGE, first), (1, IMAGE, id_of(host, OTHER_IMAGE))]


async def test_an_image_resource_remembers_what_its_reference_meant(host: Host, running: Running) -> None:
    host.engine.daemon.registry.offers["shop/db:1"] = Offer("db", {"Cmd": ["serve"]})
    await running.apply(document("Image", "db", {"reference": "shop/db:1"}))
    await running.until_ready()

    assert await ran_with(running, Key("Image", "shop", "db")) == [(1, "shop/db:1", id_of(host, "shop/db:1"))]
