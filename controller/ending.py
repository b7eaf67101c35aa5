"""What people ask to have ended: resources deleted or dropped, whole namespaces taken down, volumes made anew."""

from collections.abc import Sequence
from functools import partial

from controller import deleting
from controller.admission import parse
from controller.renewing import renewable
from controller.service_ground import Ground, Json
from controller.workqueue import Priority
from desired_state.key import Key
from desired_state.resource import Cascade
from store import resources


class Ending(Ground):
    """One method per verb."""

    async def delete(
        self,
        *,
        names: Sequence[str],
        namespace: str | None = None,
        cascade: Cascade = "background",
        force: bool = False,
        actor: str = "api",
    ) -> Json:
        """Ask for resources to be deleted; the loop removes what was made for them, or with `orphan` leaves it.

        With `force` they are dropped at once, whatever Docker still has of them.
        """
        keys = self._named(names, namespace)
        return await self._drop(keys, actor) if force else await self._delete(keys, actor, orphan=cascade == "orphan")

    async def down(
        self,
        *,
        namespace: str | None = None,
        documents: Sequence[Json] | None = None,
        all: bool = False,  # noqa: A002 - the word of the API
        volumes: bool = False,
        actor: str = "api",
    ) -> Json:
        """Delete everything of a namespace, of some documents, or at all. Volumes stay unless asked for."""
        known = self._runtime.records.resources
        named = {resource.key for resource in parse(documents)} if documents else set()
        keys = [key for key in known if all or key.namespace == namespace or key in named]
        return await self._delete(keys if volumes else [key for key in keys if key.kind != "Volume"], actor)

    async def recreate_volume(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Want volumes made anew, without their data; their containers give way meanwhile."""
        keys = [renewable(self._runtime.records, name, namespace) for name in names]
        return await self._each(keys, partial(resources.request_renewal, actor=actor), "recreating")

    async def _delete(self, keys: Sequence[Key], actor: str, *, orphan: bool = False) -> Json:
        return await self._each(keys, partial(resources.mark_deleting, orphan=orphan, actor=actor), "deleting")

    async def _drop(self, keys: Sequence[Key], actor: str) -> Json:
        runtime = self._runtime
        stored = [runtime.records.resources[key] for key in keys]
        left = [(key, deleting.left_behind(runtime.records, key)) for key in keys]
        await self._write(partial(deleting.dropped, left=left, actor=actor, now=runtime.clock.now()))
        for key in keys:
            runtime.records.drop_resource(key)
            runtime.queue.add(key, Priority.USER)
        rows: list[Json] = self._results(stored, "dropped")["results"]
        return {"results": [row | {"left_behind": names} for row, (_, names) in zip(rows, left, strict=True)]}
