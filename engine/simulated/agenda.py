"""What the simulated daemon does later: processes that end, restarts that wait, health that changes.

Nothing runs in the background. Whoever asks the daemon something first lets it do what has fallen
due, and whoever waits for something wakes for every deed in between. So a daemon needs no task of its
own, and deeds happen in order, as of their own times even when nobody looked at that time.
"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import anyio


class Clock(Protocol):
    """Time as the daemon sees it; the controller's clocks fit."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Agenda:
    """Deeds and when they fall due, on the clock's monotonic time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._held = False
        self._doing_since: float | None = None
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._noted = anyio.Event()

    def monotonic(self) -> float:
        """Return the present moment: of the deed that is being done, else the clock's."""
        return self.clock.monotonic() if self._doing_since is None else self._doing_since

    def now(self) -> datetime:
        """Return the present moment on the wall clock."""
        return self.clock.now() - timedelta(seconds=self.clock.monotonic() - self.monotonic())

    def note(self, seconds: float, deed: Callable[[], None]) -> None:
        """Do `deed` in `seconds`."""
        self._count += 1
        heapq.heappush(self._entries, (self.monotonic() + seconds, self._count, deed))
        self._noted.set()
        self._noted = anyio.Event()

    def catch_up(self) -> None:
        """Do what has fallen due; nothing while it is held."""
        while not self._held and self._entries and self._entries[0][0] <= self.clock.monotonic():
            self._doing_since, _, deed = heapq.heappop(self._entries)
            try:
                deed()
            finally:
                self._doing_since = None

    def hold(self) -> None:
        """Do nothing any more, until `release`."""
        self.catch_up()
        self._held = True

    def release(self) -> None:
        """Go on; what fell due meanwhile is done now, late."""
        now = self.clock.monotonic()
        self._entries = [(max(due, now), order, deed) for due, order, deed in self._entries]
        heapq.heapify(self._entries)
        self._held = False
        self.catch_up()

    def clear(self) -> None:
        """Forget everything that was planned."""
        self._entries.clear()

    async def wait(self, event: anyio.Event, seconds: float | None = None) -> bool:
        """Wait for `event`, at most `seconds`, doing what falls due meanwhile; return whether it happened."""
        give_up_at = None if seconds is None else self.clock.monotonic() + seconds
        while True:
            noted = self._noted
            self.catch_up()
            if event.is_set():
                return True
            if give_up_at is not None and self.clock.monotonic() >= give_up_at:
                return False
            await self._sleep_until_something(event, noted, give_up_at)

    async def _sleep_until_something(self, event: anyio.Event, noted: anyio.Event, give_up_at: float | None) -> None:
        moments = [] if give_up_at is None else [give_up_at]
        if self._entries and not self._held:
            moments.append(self._entries[0][0])

        async def until_set(awaited: anyio.Event) -> None:
            await awaited.wait()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_set, event)
            tasks.start_soon(until_set, noted)
            if moments:
                await self.clock.sleep(min(moments) - self.clock.monotonic())
                tasks.cancel_scope.cancel()
