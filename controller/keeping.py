"""Keep the store small and safe: purge what is old, back up once a day."""

import os
from functools import partial

import structlog

from controller.image_collection import collects_after
from controller.runtime import Runtime
from engine.errors import EngineError
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
            await _collect_images(runtime)
        except StoreError as error:
            log.warning("could not tidy the store", reason=str(error))


async def _collect_images(runtime: Runtime) -> None:
    """Remove images that nothing needs, where that is asked for; an engine that is away is asked next time."""
    after = collects_after()
    if after is None or not runtime.link.reachable:
        return
    try:
        for verdict, failure in await runtime.collection.collect(after):
            if not verdict.kept:
                log.info("image collected", image=verdict.image.id, names=verdict.names, failure=failure)
    except EngineError as error:
        log.warning("images not collected", reason=error.message)


def revisions_kept() -> int:
    """Return how many revisions of each resource are kept: `ERGON_REVISIONS_KEPT`, at least 1, else 10."""
    asked = os.environ.get("ERGON_REVISIONS_KEPT", "")
    if asked and not asked.isdecimal():
        log.warning("ERGON_REVISIONS_KEPT is no number", given=asked, used=revision_retention.KEPT)
    return max(int(asked), 1) if asked.isdecimal() else revision_retention.KEPT
