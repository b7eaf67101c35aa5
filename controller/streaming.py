"""Work that tells how far it is while it goes on: one JSON value after the other, the outcome last."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from controller.errors import ServiceError

Json = dict[str, Any]
Say = Callable[[Json], None]


async def told(work: Callable[[Say], Awaitable[Json]]) -> AsyncIterator[Json]:
    """Yield what `work` says, from whichever thread, then `{"done": its result}` or `{"failed": why}`.

    What fails is told, not raised: the answer has begun by then. Whoever stops listening ends the work.
    """
    said: asyncio.Queue[Json | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def say(value: Json) -> None:
        loop.call_soon_threadsafe(said.put_nowait, value)

    task = asyncio.ensure_future(work(say))
    # Behind everything that was said: those calls are queued, too.
    task.add_done_callback(lambda _: loop.call_soon(said.put_nowait, None))
    try:
        while (value := await said.get()) is not None:
            yield value
        yield _outcome(task)
    finally:
        task.cancel()


def _outcome(task: "asyncio.Future[Json]") -> Json:
    error = task.exception()
    if error is None:
        return {"done": task.result()}
    if not isinstance(error, ServiceError):
        raise error
    told = {"message": error.message, "hint": error.hint, "status": error.status}
    return {"failed": {**told, "failure": error.problems[0] if error.problems else None}}
