"""The one notion of time of everything that runs: the system's, or one that tests move by hand."""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import anyio
import anyio.lowlevel


class Clock(Protocol):
    """What may be asked of time. Records get `now`, waits are measured by `monotonic`."""

    def now(self) -> datetime:
        """Return the wall clock: aware, UTC. It may jump either way."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds; zero or less only lets other tasks run."""


async def happens_within(clock: Clock, event: anyio.Event, seconds: float) -> bool:
    """Wait for `event`, at most `seconds` of the clock's time; return whether it happened."""
    if event.is_set():
        return True

    async def give_up() -> None:
        await clock.sleep(seconds)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up)
        await event.wait()
        tasks.cancel_scope.cancel()
    return event.is_set()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(max(seconds, 0.0))


@dataclass(order=True, slots=True)
class _Sleeper:
    due_ns: int
    order: int
    woken: anyio.Event = field(compare=False)


class VirtualClock:
    """A clock that stands still until it is moved, by `advance` or by `autojump`.

    Sleepers wake in the order of their times, those of one moment in the order they went to sleep,
    and each runs until it blocks again before the next one wakes. So a run is the same every time.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._wall_at_zero = start
        self._elapsed_ns = 0
        self._sleepers: list[_Sleeper] = []
        self._order = 0
        self.somebody_slept = anyio.Event()

    def now(self) -> datetime:
        return self._wall_at_zero + timedelta(microseconds=self._elapsed_ns // 1000)

    def monotonic(self) -> float:
        return self._elapsed_ns / 1e9

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await anyio.lowlevel.checkpoint()
            return
        sleeper = self._put_to_bed(seconds)
        try:
            await sleeper.woken.wait()
        finally:
            if not sleeper.woken.is_set():
                self._sleepers.remove(sleeper)
                heapq.heapify(self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move time on, waking each sleeper on the way at its own moment; return when all are blocked again."""
        until_ns = self._elapsed_ns + round(seconds * 1e9)
        await settle()
        while self._sleepers and self._sleepers[0].due_ns <= until_ns:
            self.wake_next()
            await settle()
        self._elapsed_ns = until_ns

    def autojump(self, busy: Callable[[], bool] = lambda: False) -> "Autojump":
        """Inside `async with`, jump to the next sleeper whenever every task is blocked.

        A task that waits for a thread or a socket counts as blocked, so work of that kind must be
        reported by `busy`: while it returns true, time stands still.
        """
        return Autojump(self, busy)

    def next_due(self) -> float | None:
        """Return the monotonic time at which the next sleeper wakes, None when nobody sleeps."""
        return self._sleepers[0].due_ns / 1e9 if self._sleepers else None

    def wake_next(self) -> bool:
        """Move to the time of the next sleeper and wake it; return whether there was one."""
        if not self._sleepers:
            return False
        sleeper = heapq.heappop(self._sleepers)
        self._elapsed_ns = max(self._elapsed_ns, sleeper.due_ns)
        sleeper.woken.set()
        return True

    def set_wall(self, now: datetime) -> None:
        """Let the wall clock jump to `now`, as an administrator might; `monotonic` is untouched."""
        self._wall_at_zero = now - timedelta(microseconds=self._elapsed_ns // 1000)

    def _put_to_bed(self, seconds: float) -> _Sleeper:
        self._order += 1
        sleeper = _Sleeper(self._elapsed_ns + _nanoseconds(seconds), self._order, anyio.Event())
        heapq.heappush(self._sleepers, sleeper)
        self.somebody_slept.set()
        self.somebody_slept = anyio.Event()
        return sleeper


class Autojump:
    """Moves a virtual clock on for as long as its block lasts."""

    def __init__(self, clock: VirtualClock, busy: Callable[[], bool]) -> None:
        self._clock = clock
        self._busy = busy
        self._tasks = anyio.create_task_group()

    async def __aenter__(self) -> None:
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._jump_for_ever)

    async def __aexit__(self, *_: object) -> None:
        # The group never hears of the block's own error, so that the caller sees it unwrapped.
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def _jump_for_ever(self) -> None:
        while True:
            somebody_slept = self._clock.somebody_slept
            await settle()
            if self._busy():
                await anyio.sleep(0.001)
            elif not self._clock.wake_next():
                await somebody_slept.wait()


async def settle() -> None:
    """Return when every other task of the loop is blocked: what could happen now has happened."""
    # anyio looks every 100 ms of real time; nearly always a few turns of the loop are enough.
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
    await anyio.wait_all_tasks_blocked()


def _nanoseconds(seconds: float) -> int:
    # Never zero for a wait, however short: whoever sleeps until a moment must get there.
    return max(round(seconds * 1e9), 1)
