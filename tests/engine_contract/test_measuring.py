"""What a container uses, and the steps its image was made by."""

import pytest

from engine.errors import Conflict, NotFound
from tests.engine_contract.bench import SLEEPER, Made


async def test_a_running_container_is_measured(made: Made) -> None:
    container_id = await made.running("web", SLEEPER, mem_limit="64M")

    first, second = await made.engine.stats(container_id), await made.engine.stats(container_id)

    assert 0 < first.working_set < 64 << 20
    assert first.memory_limit == 64 << 20
    assert second.at >= first.at
    assert second.cpu_ns >= first.cpu_ns


async def test_one_that_does_not_run_uses_nothing(made: Made) -> None:
    container_id = await made.created("web")

    with pytest.raises(Conflict):
        await made.engine.stats(container_id)


async def test_what_is_not_there_is_not_measured(made: Made) -> None:
    with pytest.raises(NotFound):
        await made.engine.stats("no-such-container")


async def test_an_image_tells_the_steps_it_was_made_by(made: Made) -> None:
    reference = made.bench.image(SLEEPER)

    steps = await made.engine.image_history(reference)

    assert sum(step.size for step in steps) <= (await made.engine.inspect_image(reference)).size
    with pytest.raises(NotFound):
        await made.engine.image_history("no-such-image:1")
