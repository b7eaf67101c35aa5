"""Which key is looked at next: each at most once at a time, none forgotten, none hammered.

Everything here happens on the event loop, so there are no locks. A key is in up to three places:
*dirty* (it needs a look), *processing* (a worker has it), and in one of the queues (dirty, not in
processing). Waiting keys have a timer instead.
"""

import heapq
from collections import OrderedDict
from collections.abc import Hashable
from enum import IntEnum
from random import Random
from typing import Generic, TypeVar

import anyio
import anyio.lowlevel

from controller.clock import Clock, happens_within
from controller.retry_limits import ItemBackoff, TokenBucket

K = TypeVar("K", bound=Hashable)


class Priority(IntEnum):
    """Who wants the look. A relist of everything must never keep a user's change waiting."""

    USER = 0
    OBSERVED = 1
    RESYNC = 2


class WorkQueue(Generic[K]):
    """Hands keys to workers. A worker calls `get`, works, and calls `done`, whatever happened.

    The first observed change of a key is handed out at once; repeats within `debounce_s` of the
    key's last start wait until that time is over. Retries wait as `retry_limits` says.
    """

    def __init__(
        self,
        clock: Clock,
        random: Random,
        *,
        debounce_s: float = 0.1,
        backoff: ItemBackoff[K] | None = None,
        retries: TokenBucket | None = None,
    ) -> None:
        self._clock = clock
        self._debounce_s = debounce_s
        self._backoff = backoff or ItemBackoff[K](random)
        self._retries = retries or TokenBucket()
        self._dirty: dict[K, Priority] = {}
        self._processing: set[K] = set()
        self._queues: dict[Priority, OrderedDict[K, None]] = {priority: OrderedDict() for priority in Priority}
        self._timers: dict[K, tuple[float, Priority]] = {}
        self._timer_heap: list[tuple[float, int, K]] = []
        self._timers_set = 0
        self._last_start: OrderedDict[K, float] = OrderedDict()
        self._shut = False
        self._changed = anyio.Event()

    def __len__(self) -> int:
        """How many keys a worker could take right now."""
        return sum(len(queue) for queue in self._queues.values())

    @property
    def processing(self) -> frozenset[K]:
        """The keys that workers have in hand."""
        return frozenset(self._processing)

    # asking for a look

    def add(self, key: K, priority: Priority = Priority.OBSERVED) -> None:
        """Ask for a look at `key`. Ends a wait of it; asks of the same key are one ask of the highest priority."""
        settled_at = self._last_start.get(key, float("-inf")) + self._debounce_s
        if priority == Priority.OBSERVED and key not in self._dirty and settled_at > self._clock.monotonic():
            self._set_timer(key, settled_at, priority)
        else:
            self._mark_dirty(key, priority)

    def add_after(self, key: K, seconds: float, priority: Priority = Priority.OBSERVED) -> None:
        """Ask for a look in `seconds`. Of several such asks for one key the earliest counts."""
        if seconds <= 0:
            self._mark_dirty(key, priority)
        else:
            self._set_timer(key, self._clock.monotonic() + seconds, priority)

    def add_rate_limited(self, key: K, priority: Priority = Priority.OBSERVED) -> None:
        """Ask for a retry after a failure, later each time until `forget`."""
        if self._shut:
            return
        own_wait = self._backoff.next_wait(key)
        self.add_after(key, max(own_wait, self._retries.reserve(self._clock.monotonic())), priority)

    def forget(self, key: K) -> None:
        """Let the next failure of `key` count as its first: it succeeded, or has a planned time."""
        self._backoff.forget(key)

    def failures(self, key: K) -> int:
        """Return how often `key` failed since it was last forgotten."""
        return self._backoff.failures(key)

    # working

    async def get(self) -> K | None:
        """Return the next key, which is then in the caller's hands until `done`; None after `shutdown`."""
        await anyio.lowlevel.checkpoint()
        while not self._shut:
            if len(self):
                return self.get_nowait()
            await self._changed.wait()
        return None

    def get_nowait(self) -> K:
        """Return the next key like `get`.

        Raises:
            LookupError: none is ready.
        """
        queue = next((self._queues[priority] for priority in Priority if self._queues[priority]), None)
        if queue is None:
            raise LookupError("no key is ready")
        key, _ = queue.popitem(last=False)
        del self._dirty[key]
        self._processing.add(key)
        self._note_start(key)
        return key

    def done(self, key: K) -> None:
        """Give back a key from `get`. If it was asked for meanwhile it is handed out once more."""
        self._processing.remove(key)
        if key in self._dirty:
            self._queues[self._dirty[key]][key] = None
        self._announce()

    # the passing of time

    async def run(self) -> None:
        """Hand out waiting keys when their time has come, until `shutdown`. Needs a task of its own."""
        while not self._shut:
            changed = self._changed
            wait = self.release_due()
            if wait is None:
                await changed.wait()
            else:
                await happens_within(self._clock, changed, wait)

    def release_due(self) -> float | None:
        """Make keys ready whose time has come; return the seconds until the next, None when none waits."""
        now = self._clock.monotonic()
        while self._timer_heap:
            due, _, key = self._timer_heap[0]
            current = self._timers.get(key)
            if current is not None and current[0] == due and due > now:
                return due - now
            heapq.heappop(self._timer_heap)
            if current is not None and current[0] == due:
                self._mark_dirty(key, current[1])
        return None

    def shutdown(self) -> None:
        """Take no more asks and hand out nothing more.

        Keys that wait are dropped: the next start looks at everything anyway.
        """
        self._shut = True
        self._timers.clear()
        self._timer_heap.clear()
        for queue in self._queues.values():
            queue.clear()
        self._dirty.clear()
        self._announce()

    async def drain(self, deadline_s: float) -> bool:
        """Shut down and wait until no worker has a key in hand; return False when `deadline_s` was too short."""
        self.shutdown()
        give_up_at = self._clock.monotonic() + deadline_s
        while self._processing:
            if not await happens_within(self._clock, self._changed, give_up_at - self._clock.monotonic()):
                return False
        return True

    # keeping the books

    def _mark_dirty(self, key: K, priority: Priority) -> None:
        if self._shut:
            return
        self._timers.pop(key, None)
        before = self._dirty.get(key)
        if before is not None and before <= priority:
            return
        self._dirty[key] = priority
        if key in self._processing:
            return
        if before is not None:
            del self._queues[before][key]
        self._queues[priority][key] = None
        self._announce()

    def _set_timer(self, key: K, due: float, priority: Priority) -> None:
        if self._shut or key in self._dirty:
            return
        if key in self._timers:
            earlier_due, other_priority = self._timers[key]
            due, priority = min(due, earlier_due), min(priority, other_priority)
        self._timers[key] = (due, priority)
        self._timers_set += 1
        heapq.heappush(self._timer_heap, (due, self._timers_set, key))
        self._announce()

    def _note_start(self, key: K) -> None:
        now = self._clock.monotonic()
        self._last_start.pop(key, None)
        self._last_start[key] = now
        while next(iter(self._last_start.values())) + self._debounce_s <= now:
            self._last_start.popitem(last=False)

    def _announce(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
