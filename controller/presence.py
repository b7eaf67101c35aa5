"""Record when a controller runs and when the daemon is away: a few writes per life, none while nothing happens."""

import os
from datetime import datetime

import structlog
from sqlmodel import Session

from controller.clock import Clock
from controller.engine_link import EngineLink
from store import events, periods
from store.database import Store
from store.errors import StoreError

log = structlog.get_logger()


class Presence:
    """The periods of this controller's life, in the store."""

    def __init__(self, store: Store, link: EngineLink, clock: Clock) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._begun = False
        self._away = False

    async def run(self) -> None:
        """Record that a controller runs, then each time the daemon goes and comes back, until cancelled."""
        while True:
            while not self._begun or self._away != self._is_away():
                try:
                    await self._record()
                except StoreError as error:
                    log.warning("could not record an outage", reason=error.message)
                    break
            await self._link.next_move()

    async def end(self) -> None:
        """Record that this controller ends as it was asked to."""
        now = self._clock.now()
        try:
            await self._store.write(lambda session: periods.end(session, "controller", now))
        except StoreError as error:
            log.warning("could not record the end", reason=error.message)

    def _is_away(self) -> bool:
        return self._link.tried and not self._link.reachable

    async def _record(self) -> None:
        away, message, now = self._is_away(), self._link.message, self._clock.now()

        def write(session: Session) -> bool:
            if not self._begun:
                return _begin(session, now)
            if away:
                periods.begin(session, "outage", message, now)
                events.record(session, None, type="Warning", reason="EngineLost", message=message, now=now)
            else:
                periods.end(session, "outage", now)
                events.record(
                    session, None, type="Normal", reason="EngineBack", message="Docker answers again", now=now
                )
            return away

        self._away = await self._store.write(write)
        self._begun = True


def _begin(session: Session, now: datetime) -> bool:
    """Begin the life of this controller, and return whether the daemon was away when the last one ended."""
    periods.end_forgotten(session, "controller")
    periods.begin(session, "controller", f"process {os.getpid()}", now)
    return periods.present(session, "outage") is not None
