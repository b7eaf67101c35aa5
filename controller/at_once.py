"""Several things done at the same time, each with its own result, and one error instead of a group of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import anyio

_Result = TypeVar("_Result")


class Started(Generic[_Result]):
    """Something that was begun; its `result` is there when the block has ended."""

    result: _Result


class AtOnce:
    """Begins things within one block."""

    def __init__(self, tasks: anyio.abc.TaskGroup, errors: list[Exception]) -> None:
        self._tasks = tasks
        self._errors = errors

    def begin(self, call: Callable[..., Awaitable[_Result]], *arguments: Any) -> Started[_Result]:
        """Begin one thing. When it fails, the others are given up."""
        started = Started[_Result]()
        self._tasks.start_soon(self._do, call, arguments, started)
        return started

    async def _do(
        self, call: Callable[..., Awaitable[_Result]], arguments: tuple[Any, ...], started: Started[_Result]
    ) -> None:
        try:
            started.result = await call(*arguments)
        except Exception as error:  # noqa: BLE001 - raised again when the others have ended
            self._errors.append(error)
            self._tasks.cancel_scope.cancel()


@asynccontextmanager
async def at_once() -> AsyncIterator[AtOnce]:
    """Let what is begun within the block go on side by side, and wait for all of it.

    Raises:
        Exception: the first error of what was begun, or of the block itself.
    """
    errors: list[Exception] = []
    async with anyio.create_task_group() as tasks:
        try:
            yield AtOnce(tasks, errors)
        except Exception as error:  # noqa: BLE001 - likewise
            errors.append(error)
            tasks.cancel_scope.cancel()
    if errors:
        raise errors[0]
