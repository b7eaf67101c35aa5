"""What a container leaves behind, and what Docker's own policies do with one that ended."""

import anyio

from observed_state.container import Container
from observed_state.volume import Volume
from tests.engine_contract.bench import FAILING, PATIENCE_S, SLEEPER, Made


def anonymous(made: Made) -> dict[str, object]:
    """Return a mount of a volume without a name, which can be told by its label."""
    return {"type": "volume", "target": "/scratch", "volume": {"labels": {"test": made.bench.prefix}}}


async def labelled(made: Made) -> list[Volume]:
    return [volume for volume in await made.engine.list_volumes() if volume.labels.get("test") == made.bench.prefix]


async def of_a_later_run(made: Made, first: Container) -> Container:
    """Return the container once it was started again."""
    with anyio.fail_after(PATIENCE_S):
        while True:
            container = await made.engine.inspect_container(first.id)
            if container.started_at != first.started_at:
                return container
            await anyio.sleep(0.02)


async def test_an_anonymous_volume_goes_with_its_container(made: Made) -> None:
    container_id = await made.running("web", volumes=[anonymous(made)])
    while_it_ran = len(await labelled(made))
    await made.engine.remove_container(container_id, force=True)

    assert (while_it_ran, await labelled(made)) == (1, [])


async def test_an_anonymous_volume_is_kept_when_asked_for(made: Made) -> None:
    container_id = await made.created("web", volumes=[anonymous(made)])
    await made.engine.remove_container(container_id, volumes=False)

    kept = await labelled(made)
    for volume in kept:
        await made.engine.remove_volume(volume.name)
    assert len(kept) == 1


async def test_docker_restarts_a_delegated_container_that_crashed(made: Made) -> None:
    container_id = await made.running("web", FAILING, restart="delegated")
    first = await made.until(container_id, "running", "restarting")

    assert (await of_a_later_run(made, first)).id == container_id


async def test_docker_leaves_a_delegated_container_alone_that_was_stopped(made: Made) -> None:
    container_id = await made.running("web", SLEEPER, restart="delegated")
    await made.engine.stop_container(container_id, 5)

    assert (await made.engine.inspect_container(container_id)).state == "exited"


async def test_a_container_in_dockers_restart_wait_is_stopped_for_good(made: Made) -> None:
    container_id = await made.running("web", FAILING, restart="delegated")
    await made.until(container_id, "restarting")
    await made.engine.stop_container(container_id, 5)

    assert (await made.until(container_id, "exited")).pid == 0
