"""Keep the store small and safe: purge what is old, back up once a day."""

import os
from functools import partial

import structlog

from controller.runtime import Runtime
from store import retention, revision_retention
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
            await runtime.store.write(partial(retention.purge, now=now, revisions_kept=revisions_kept()))
            if rounds % _PURGES_PER_BACKUP == 0:
                await runtime.store.backup(now)
        except StoreError as error:
            log.warning("could not tidy the store", reason=str(error))


def revisions_kept() -> int:
    """Return how many revisions of each resource are kept: `ERGON_REVISIONS_KEPT`, at least 1, else 10."""
    asked = os.environ.get("ERGON_REVISIONS_KEPT", "")
    return max(int(asked), 1) if asked.isdecimal() else revision_retention.KEPT
