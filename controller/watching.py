"""The watch: every change of the store in order, from a version on, without gaps or repeats."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from controller.runtime import Runtime
from controller.views import moment
from store import changes
from store.errors import Expired

Json = dict[str, Any]
_BOOKMARK_S = 30.0
_POLL_S = 0.2
_BATCH = 500


async def watch(runtime: Runtime, since: int, kind: str | None) -> AsyncIterator[Json]:
    """Yield ADDED, MODIFIED and DELETED after version `since`; BOOKMARK when nothing happened for 30 s.

    Ends with an ERROR 410 when `since` is older than what is kept: list again and watch from there.
    """
    quiet_since = runtime.clock.monotonic()
    while True:
        try:
            rows = await runtime.store.read(partial(changes.since, rv=since, kind=kind, limit=_BATCH))
        except Expired as error:
            yield {"type": "ERROR", "code": 410, "message": str(error), "resource_version": since}
            return
        for row in rows:
            since = row.resource_version
            yield {
                "type": row.type,
                "resource_version": row.resource_version,
                "kind": row.kind,
                "namespace": row.namespace,
                "name": row.name,
                "time": moment(row.at),
            }
        now = runtime.clock.monotonic()
        if rows:
            quiet_since = now
        elif now - quiet_since >= _BOOKMARK_S:
            quiet_since = now
            yield {"type": "BOOKMARK", "resource_version": await runtime.store.read(changes.latest)}
        if len(rows) < _BATCH:
            await runtime.clock.sleep(_POLL_S)
