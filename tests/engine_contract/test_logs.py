"""What every engine promises about logs."""

from datetime import UTC, datetime

import anyio
import pytest

from engine.errors import NotFound
from engine.protocol import LogLine
from tests.engine_contract.bench import PATIENCE_S, SLEEPER, TALKER, Made


async def lines(made: Made, container_id: str, **which: object) -> list[LogLine]:
    with anyio.fail_after(PATIENCE_S):
        return [line async for line in made.engine.logs(container_id, **which)]  # type: ignore[arg-type] # as given


async def spoken(made: Made) -> str:
    """Return a container that has said one, two, three, and ended."""
    container_id = await made.running("talker", TALKER)
    await made.until(container_id, "exited")
    return container_id


async def test_lines_come_in_order_with_time_and_stream(made: Made) -> None:
    container_id = await spoken(made)

    said = await lines(made, container_id)

    assert [line.text for line in said] == ["one", "two", "three"]
    assert {line.stream for line in said} == {"stdout"}
    assert {line.container_id for line in said} == {container_id}
    assert [line.time for line in said] == sorted(line.time for line in said)


async def test_a_tail_is_the_newest_lines(made: Made) -> None:
    said = await lines(made, await spoken(made), tail=2)

    assert [line.text for line in said] == ["two", "three"]


async def test_a_tail_of_nothing_is_empty(made: Made) -> None:
    assert await lines(made, await spoken(made), tail=0) == []


async def test_nothing_was_said_after_the_last_line(made: Made) -> None:
    container_id = await spoken(made)

    assert await lines(made, container_id, since=datetime.now(UTC)) == []


async def test_nothing_was_said_before_the_first_line(made: Made) -> None:
    before = datetime.now(UTC)

    assert await lines(made, await spoken(made), until=before) == []


async def test_a_container_that_never_ran_has_said_nothing(made: Made) -> None:
    assert await lines(made, await made.created("web")) == []


async def test_a_followed_log_ends_with_its_container(made: Made) -> None:
    container_id = await made.running("talker", TALKER)

    said = await lines(made, container_id, follow=True)

    assert [line.text for line in said] == ["one", "two", "three"]


async def test_a_follower_who_leaves_is_let_go_at_once(made: Made) -> None:
    container_id = await made.running("web", SLEEPER)

    with anyio.move_on_after(0.2) as patience:
        async for _ in made.engine.logs(container_id, follow=True):
            pass

    assert patience.cancelled_caught


async def test_there_is_no_log_of_a_container_that_is_not_there(made: Made) -> None:
    with pytest.raises(NotFound):
        await lines(made, "f" * 64)
