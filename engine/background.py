"""Blocking calls that may take very long: a pull, a build, a push. Nothing that ends waits for them."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")


async def run(call: Callable[[*_Arguments], _Answer], *args: *_Arguments, limiter: CapacityLimiter) -> _Answer:
    """Return what a blocking call returns, from a thread that keeps neither its caller nor the program waiting."""
    async with limiter:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[_Answer] = loop.create_future()

        def settle(answer: _Answer | None, error: BaseException | None) -> None:
            if outcome.done():  # the caller was cancelled
                return
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(answer)  # type: ignore[arg-type]  # an answer, when there is no error

        def work() -> None:
            answer, failure = None, None
            try:
                answer = call(*args)
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                failure = error
            with suppress(RuntimeError):  # the loop may be gone
                loop.call_soon_threadsafe(settle, answer, failure)

        threading.Thread(target=work, name="docker-fetch", daemon=True).start()
        return await outcome
