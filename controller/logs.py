"""The log lines of several containers as one stream."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from controller.errors import ServiceError
from controller.views import moment
from engine.errors import EngineError, NotFound
from engine.protocol import Engine, LogLine
from observed_state.instance import Instance

Json = dict[str, Any]
_BUFFERED_LINES = 1000


async def merged_logs(
    engine: Engine, instances: Sequence[Instance], *, follow: bool, since: datetime | None, tail: int | None
) -> AsyncIterator[Json]:
    """Yield the lines of all instances' containers: sorted by time, or as they come when followed.

    Raises:
        ServiceError: the engine can't give a log.
    """
    if follow:
        async for line in _followed(engine, instances, since, tail):
            yield line
        return
    lines: list[tuple[datetime, str, LogLine]] = []
    for instance in instances:
        try:
            found = engine.logs(instance.container_id or "", since=since, tail=tail)
            lines += [(line.time, instance.name, line) async for line in found]
        except NotFound:
            continue
        except EngineError as error:
            raise ServiceError(error.message, status=503) from error
    for _, name, one in sorted(lines, key=lambda one: one[:2]):
        yield _line(name, one)


async def _followed(
    engine: Engine, instances: Sequence[Instance], since: datetime | None, tail: int | None
) -> AsyncIterator[Json]:
    send, receive = anyio.create_memory_object_stream[Json](_BUFFERED_LINES)

    async def pump(instance: Instance, into: MemoryObjectSendStream[Json]) -> None:
        async with into:
            try:
                async for found in engine.logs(instance.container_id or "", follow=True, since=since, tail=tail):
                    await into.send(_line(instance.name, found))
            except EngineError as error:
                await into.send({"instance": instance.name, "time": None, "stream": "error", "text": error.message})

    async with anyio.create_task_group() as tasks:
        async with send:
            for instance in instances:
                tasks.start_soon(pump, instance, send.clone())
        async for answer in receive:
            yield answer
        tasks.cancel_scope.cancel()


def _line(name: str, found: LogLine) -> Json:
    return {"instance": name, "time": moment(found.time), "stream": found.stream, "text": found.text}
