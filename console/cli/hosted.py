"""Answer commands in this process while no controller runs. Imports the whole controller."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from controller.client import Json
from controller.hosting import hosted

# What writes nothing to the store: it is opened without its lock.
READING = frozenset(
    {
        "status",
        "describe",
        "diff",
        "plan",
        "events",
        "logs",
        "doctor",
        "held_back",
        "policy",
        "explain_policy",
        "why",
        "history",
        "drift",
        "audit",
        "import_containers",
        "export",
        "status_at",
        "diff_at",
        "simulate",
        "snapshot",
        "ci_list",
        "ci_query",
        "images",
        "image",
        "projects",
        "solutions",
        "image_build",
        "image_pull",
        "image_push",
        "image_tag",
        "image_remove",
    }
)


class Hosted:
    """The service functions, opened for one question at a time: nothing is held between commands."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Json:
        """Return one answer. Raises ServiceError."""

        async def answer() -> Json:
            async with hosted(self._state_dir, mode=_mode(verb)) as service:
                said: Json = await getattr(service, verb)(**arguments)
                return said

        return asyncio.run(answer())

    def stream(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[Json]:
        """Yield answers as they come. Raises ServiceError.

        The service runs as one task, which moves only while the caller waits for an item: its
        cancel scopes stay in the task that opened them, and no thread is needed.
        """
        with asyncio.Runner() as runner:
            items: asyncio.Queue[Json] = asyncio.Queue(maxsize=256)
            pump = runner.get_loop().create_task(self._pump(verb, arguments, items))
            while (item := runner.run(_next(items, pump))) is not None:
                yield item

    async def _pump(self, verb: str, arguments: Mapping[str, Any], items: asyncio.Queue[Json]) -> None:
        async with hosted(self._state_dir, mode=_mode(verb)) as service:
            answers: AsyncIterator[Json] = getattr(service, verb)(**arguments)
            if inspect.isawaitable(answers):
                answers = await answers
            async for answer in answers:
                await items.put(answer)


def _mode(verb: str) -> Literal["read", "write"]:
    return "read" if verb in READING else "write"


async def _next(items: asyncio.Queue[Json], pump: asyncio.Task[None]) -> Json | None:
    getting = asyncio.ensure_future(items.get())
    await asyncio.wait({getting, pump}, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        return getting.result()
    getting.cancel()
    await pump
    return None
