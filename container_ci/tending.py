"""When companions do what they do without being asked: one timer for all of them, and a task only for what is due."""

import heapq
from collections.abc import Awaitable, Callable
from itertools import count
from math import ceil

import anyio
import structlog
from anyio.abc import TaskGroup

from container_ci.capability import Tended
from container_ci.clock import Clock
from engine.errors import EngineError

# What has just changed is brought back first: a restart needs the machine, and the daemon, more than a companion does.
SETTLE_S = 1.0
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 300.0
# What may wait that long is done at whole seconds, together with what else is due: each waking costs.
_PATIENT_S = 5.0

_log = structlog.get_logger()


class Chore:
    """One thing that is tended to. Its defects are its own: it is tried again, ever more rarely."""

    def __init__(self, name: str, tended: Tended) -> None:
        self.name = name
        self.tended = tended
        self.due: int | None = None
        self.due_at = 0.0
        self.busy = False
        self.again = False
        self.over = False
        self.retry_s = FIRST_RETRY_S
        self.scope: anyio.CancelScope | None = None

    async def do(self) -> float | None:
        """Do it once, and return in how many seconds it is due again; None means not before it is called."""
        try:
            wait_s = await self.tended.tend()
        except EngineError as error:
            _log.warning("companion could not look", name=self.name, reason=error.message)
        except Exception:  # noqa: BLE001  # a defect in one part must not end the others
            _log.exception("companion failed", name=self.name, part=type(self.tended).__name__)
        else:
            self.retry_s = FIRST_RETRY_S
            return wait_s
        wait_s, self.retry_s = self.retry_s, min(self.retry_s * 2, LONGEST_RETRY_S)
        return wait_s


async def at_once() -> None:
    """Wait for nothing."""


class Tending:
    """All chores of one process. `start` it in a task group, whose end ends it.

    `ready` returns when chores can be done at all; while it waits, none is begun.
    """

    def __init__(self, clock: Clock, ready: Callable[[], Awaitable[None]] = at_once) -> None:
        self._clock = clock
        self._ready = ready
        self._order = count()
        self._due: list[tuple[float, int, Chore]] = []
        self._woken = anyio.Event()
        self._tasks: TaskGroup | None = None

    def start(self, tasks: TaskGroup) -> None:
        """Do what is due from now on, in tasks of this group."""
        self._tasks = tasks
        tasks.start_soon(self._keep_time, name="companions' timer")

    def add(self, name: str, tended: Tended) -> Chore:
        """Tend to something from now on, in a moment for the first time."""
        chore = Chore(name, tended)
        self.call(chore)
        return chore

    def call(self, chore: Chore) -> None:
        """Have a chore done in a moment; one that is being done is done once more afterwards."""
        if chore.busy:
            chore.again = True
        elif chore.due is None or chore.due_at > self._clock.monotonic() + SETTLE_S:
            self._schedule(chore, SETTLE_S)

    def end(self, chore: Chore) -> None:
        """Do a chore no more, not even what is being done of it, and forget it."""
        chore.over = True
        if chore.scope is not None:
            chore.scope.cancel()
        self._due = [entry for entry in self._due if entry[2] is not chore]
        heapq.heapify(self._due)
        self._woken.set()

    def _schedule(self, chore: Chore, seconds: float) -> None:
        due_at = self._clock.monotonic() + seconds
        chore.due, chore.due_at = next(self._order), ceil(due_at) if seconds >= _PATIENT_S else due_at
        heapq.heappush(self._due, (chore.due_at, chore.due, chore))
        if self._due[0][2] is chore:
            self._woken.set()

    async def _keep_time(self) -> None:
        while True:
            await self._ready()
            self._woken = anyio.Event()
            while self._due and self._due[0][0] <= self._clock.monotonic():
                _, number, chore = heapq.heappop(self._due)
                # What was called meanwhile has a newer entry; this one is out of date.
                if number == chore.due and not chore.over and self._tasks is not None:
                    chore.busy, chore.due = True, None
                    self._tasks.start_soon(self._do, chore, name=chore.name)
            await self._until_next()

    async def _until_next(self) -> None:
        if not self._due:
            await self._woken.wait()
            return
        async with anyio.create_task_group() as tasks:

            async def due(seconds: float) -> None:
                await self._clock.sleep(seconds)
                tasks.cancel_scope.cancel()

            tasks.start_soon(due, self._due[0][0] - self._clock.monotonic())
            await self._woken.wait()
            tasks.cancel_scope.cancel()

    async def _do(self, chore: Chore) -> None:
        chore.scope = anyio.CancelScope()
        with chore.scope:
            wait_s = await chore.do()
            chore.busy = False
            if chore.again or wait_s is not None:
                again, chore.again = chore.again, False
                self._schedule(chore, SETTLE_S if again or wait_s is None else wait_s)
