"""Whether the daemon answers: one condition for everything, so that a frozen daemon is not N failures."""

from datetime import UTC, datetime, timedelta

import anyio

from controller.clock import Clock
from observed_state.engine import EngineInfo
from reconcilers.world import Outage

# The beginning of an outage that nobody here saw begin.
BEFORE_US = datetime.min.replace(tzinfo=UTC)


class EngineLink:
    """The state of the connection. The informer alone moves it; workers wait for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.info: EngineInfo | None = None
        self.reachable = False
        self.message = "not connected yet"
        self.tried = False
        self.outage: Outage | None = None
        self.since: datetime | None = None
        self._lost_at: datetime | None = None
        self._back = anyio.Event()
        self._moved = anyio.Event()

    def up(self, info: EngineInfo) -> None:
        """Note that the daemon answers and everything has been listed."""
        if self._lost_at is not None:
            self.outage = Outage(self._lost_at, self._clock.now())
            self._lost_at = None
        elif not self.tried and info.started_at is not None:
            # What had ended before the daemon started may have ended with the one before it.
            self.outage = Outage(BEFORE_US, info.started_at - timedelta(microseconds=1))
        if not self.reachable:
            self.since = self._clock.now()
        self.info, self.reachable, self.message, self.tried = info, True, "", True
        self._back.set()
        self._tell()

    def down(self, message: str) -> None:
        """Note that the daemon does not answer. What ends from here on ended with it."""
        if self.reachable:
            self._back = anyio.Event()
            self._lost_at = self._clock.now()
        elif not self.tried:
            # It was away before we came, as after a boot: whatever has ended by then may have ended with it.
            self._lost_at = BEFORE_US
        self.reachable, self.message, self.tried = False, message, True
        self._tell()

    async def wait_until_up(self) -> None:
        """Return once the daemon answers and has been listed."""
        await self._back.wait()

    async def next_move(self) -> None:
        """Return when the daemon is lost, is back, or is lost in other words."""
        await self._moved.wait()

    def _tell(self) -> None:
        self._moved.set()
        self._moved = anyio.Event()
