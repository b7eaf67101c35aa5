"""Statuses as they are now, for everybody who looks; written to the store when they changed, in batches."""

import anyio

from controller.clock import Clock
from controller.records import Records
from desired_state.key import Key
from observed_state.status import Status
from store import statuses
from store.errors import StoreError

_FLUSH_S = 1.0


class StatusBoard:
    """The newest status of every resource. A flapping container changes memory often and the disk once a second."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._dirty: dict[Key, Status] = {}
        self._moved = anyio.Event()
        self.store_message = ""

    def show(self, key: Key, status: Status) -> bool:
        """Show a status; return whether it says something new."""
        known = self._records.statuses.get(key)
        settled = statuses.with_transitions(status, known, self._clock.now())
        if settled == known:
            return False
        self._records.statuses[key] = settled
        self._dirty[key] = settled
        self._moved.set()
        self._moved = anyio.Event()
        return True

    async def next_move(self) -> None:
        """Return when any status changes."""
        await self._moved.wait()

    async def run(self) -> None:
        """Write what changed, at most once a second, until cancelled."""
        while True:
            await self._clock.sleep(_FLUSH_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what changed now. A store that can't be written is tried again with the next change."""
        due = {key: status for key, status in self._dirty.items() if key in self._records.resources}
        self._dirty.clear()
        if not due:
            return
        try:
            now = self._clock.now()
            await self._records.store.write(lambda session: statuses.write(session, due, now))
        except StoreError as error:
            self.store_message = error.message
            self._dirty = due | self._dirty
        else:
            self.store_message = ""
