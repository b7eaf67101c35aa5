"""Commands that are run inside a container."""

import pytest

from engine.errors import Conflict, NotFound
from engine.protocol import Command
from tests.engine_contract.bench import SLEEPER, Made


async def test_a_command_says_how_it_ended(made: Made) -> None:
    container_id = await made.running("web", SLEEPER)

    assert (await made.engine.run_command(container_id, Command(("true",)))).exit_code == 0


async def test_a_container_that_does_not_run_runs_no_command(made: Made) -> None:
    container_id = await made.created("web")

    with pytest.raises(Conflict):
        await made.engine.run_command(container_id, Command(("true",)))


async def test_nor_does_one_that_is_not_there(made: Made) -> None:
    with pytest.raises(NotFound):
        await made.engine.run_command("no-such-container", Command(("true",)))
