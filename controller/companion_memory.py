"""What companions remember, kept in the store by the one who may write there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from container_ci.subject import Subject
from controller.clock import Clock
from observed_state.ended_run import EndedRun
from store import exits, memories
from store.database import Store

Json = dict[str, Any]


class CompanionMemory:
    """The `Memory` of all companions. One that only reads the store keeps nothing new."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def recall(self, about: str, topic: str) -> Json | None:
        """Return what was last kept of a subject under a topic."""
        return await self._store.read(partial(memories.recall, about=about, topic=topic))

    async def remember(self, about: str, topic: str, value: Mapping[str, Any] | None) -> None:
        """Keep a value in the place of the former one."""
        if self._store.writable:
            now = self._clock.now()
            await self._store.write(partial(memories.remember, about=about, topic=topic, value=value, now=now))

    async def forget(self, about: str) -> None:
        """Keep nothing of what is gone."""
        if self._store.writable:
            await self._store.write(partial(memories.forget, about=about))

    async def ended_runs(self, subject: Subject, limit: int = 20) -> Sequence[EndedRun]:
        """Return how the runs of a subject's resource ended, newest first; of what is not managed nothing is known."""
        if subject.key is None:
            return ()
        return [
            exits.ended_run(row) for row in await self._store.read(partial(exits.of, key=subject.key, limit=limit))
        ][::-1]
