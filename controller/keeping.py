"""Keep the store small and safe: purge what is old, back up once a day."""

import structlog

from controller.runtime import Runtime
from store import retention
from store.errors import StoreError

log = structlog.get_logger()

_PURGE_EVERY_S = 3600.0
_PURGES_PER_BACKUP = 24


async def keep_store_small(runtime: Runtime) -> None:
    """Purge every hour and back up every day, until cancelled."""
    rounds = 0
    while True:
        await runtime.clock.sleep(_PURGE_EVERY_S)
        rounds += 1
        now = runtime.clock.now()
        try:
            await runtime.store.write(lambda session: retention.purge(session, now))  # noqa: B023 - run before the next round
            if rounds % _PURGES_PER_BACKUP == 0:
                await runtime.store.backup(now)
        except StoreError as error:
            log.warning("could not tidy the store", reason=str(error))
