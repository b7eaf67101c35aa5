"""A daemon seen through a bad connection: events lost, doubled, out of order or garbled; lists failed or wrong."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from engine.errors import EngineUnreachable
from engine.simulated import SimulatedEngine
from observed_state.container import ContainerSummary
from observed_state.engine import EngineEvent
from observed_state.volume import Volume

Passing = Callable[[EngineEvent], list[EngineEvent]]


class LossyEngine:
    """Passes everything on to an engine but what `passing` makes of events, and what `lists` answers instead.

    `lists` is used up one by one: an answer to give instead of the true one, or an error to raise; None is the truth.
    `old_volumes` is what the next list of volumes answers, once: a look that was overtaken.
    """

    def __init__(self, engine: SimulatedEngine, passing: Passing | None = None) -> None:
        self._engine = engine
        self.passing: Passing = passing or (lambda event: [event])
        self.lists: list[list[ContainerSummary] | EngineUnreachable | None] = []
        self.old_volumes: list[Volume] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def events(self, since_ns: int | None = None) -> AsyncIterator[EngineEvent]:
        async for event in self._engine.events(since_ns):
            if event.type == "daemon":
                yield event
                continue
            for passed in self.passing(event):
                yield passed

    async def list_containers(self) -> list[ContainerSummary]:
        answer = self.lists.pop(0) if self.lists else None
        if isinstance(answer, EngineUnreachable):
            raise answer
        return await self._engine.list_containers() if answer is None else answer

    async def list_volumes(self) -> list[Volume]:
        answer, self.old_volumes = self.old_volumes, None
        return await self._engine.list_volumes() if answer is None else answer
