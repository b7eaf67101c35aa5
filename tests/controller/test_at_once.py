"""Several things done at the same time: each has its own result, and the first error is raised as itself."""

import anyio
import pytest

from controller.at_once import at_once


async def after(seconds: int, word: str, said: list[str]) -> str:
    for _ in range(seconds):
        await anyio.lowlevel.checkpoint()
    said.append(word)
    return word


async def fail(message: str) -> str:
    await anyio.lowlevel.checkpoint()
    raise ValueError(message)


async def test_each_has_its_result_whichever_ends_first() -> None:
    said: list[str] = []

    async with at_once() as block:
        slow, quick = block.begin(after, 5, "slow", said), block.begin(after, 1, "quick", said)

    assert (slow.result, quick.result, said) == ("slow", "quick", ["quick", "slow"])


async def test_the_first_error_is_raised_as_itself_and_the_others_are_given_up() -> None:
    said: list[str] = []

    async def begun() -> None:
        async with at_once() as block:
            block.begin(after, 50, "given up", said)
            block.begin(fail, "first")
            await anyio.sleep_forever()

    with pytest.raises(ValueError, match="first"):
        await begun()

    assert said == []


async def test_an_error_of_the_block_ends_what_was_begun() -> None:
    said: list[str] = []

    async def begun() -> None:
        async with at_once() as block:
            block.begin(after, 50, "given up", said)
            raise KeyError

    with pytest.raises(KeyError):
        await begun()

    assert said == []
