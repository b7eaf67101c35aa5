"""Remove images that Ergon brought here and nobody needs: by `ergon gc images`, or by itself where that is set.

What runs, what is declared, and what a kept revision could be rolled back to stays.
"""

import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from sqlmodel import Session

from controller.clock import Clock
from controller.images import Images
from controller.journal import Journal
from controller.records import Records
from controller.worlds import Worlds
from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.key import Key
from desired_state.resource import Stored
from desired_state.values import parse_duration
from engine.errors import EngineError
from engine.protocol import Engine
from reconcilers import naming
from reconcilers.actions import RemoveImage
from reconcilers.collecting import Brought, Verdict, judged
from store import images as image_rows
from store import revisions

log = structlog.get_logger()

Json = dict[str, Any]

_NOBODYS = Key("", "", "")


class ImageCollection:
    """Judges images, and removes those that can go."""

    def __init__(
        self, *, engine: Engine, records: Records, images: Images, worlds: Worlds, clock: Clock, journal: Journal
    ) -> None:
        self._engine = engine
        self._records = records
        self._images = images
        self._worlds = worlds
        self._clock = clock
        self._journal = journal

    async def judge(self, unused_for: timedelta) -> list[Verdict]:
        """Return a verdict about each image that Ergon brought here at least so long ago, and about the younger ones.

        Raises:
            EngineError: the engine could not be asked.
        """
        present = await self._engine.list_images()
        rows = await self._records.store.read(image_rows.owned)
        brought = [Brought(row.image_id, row.reference, row.origin, row.brought_at) for row in rows]
        return judged(brought, present, await self._needed(), self._clock.now() - unused_for)

    async def collect(self, unused_for: timedelta) -> list[tuple[Verdict, str]]:
        """Remove what can go; return all verdicts, each with "" or why its removal failed."""
        verdicts = await self.judge(unused_for)
        outcomes = [(verdict, "" if verdict.kept else await self._remove(verdict)) for verdict in verdicts]
        present = {image.id for image in await self._engine.list_images()}
        await self._records.store.write(lambda session: image_rows.disown_all_but(session, present))
        return outcomes

    async def _needed(self) -> dict[str, str]:
        """Return who needs which image, the most telling reason last."""
        uids = [stored.uid for stored in self._records.resources.values()]
        targets = await self._records.store.read(lambda session: _rollback_targets(session, uids))
        needed = dict.fromkeys(targets, "a kept revision can be rolled back to it")
        for instance in self._records.instances():
            if image_id := instance.resolved.get("image_id"):
                needed[str(image_id)] = f"{instance.final_name} was made from it"
        for key, stored in self._records.resources.items():
            if image_id := await self._declared(stored):
                needed[image_id] = f"{key} declares it"
        for row in await self._engine.list_containers():
            needed[row.image_id] = f"container {row.name} uses it"
        return needed

    async def _declared(self, stored: Stored) -> str:
        """Return the id of the image that a resource's reference means now, "" for none."""
        spec = stored.resource.spec
        if isinstance(spec, ContainerSpec):
            image = (await self._worlds.image_fact(stored.key.namespace, spec)).image
        elif isinstance(spec, ImageSpec):
            image = (await self._images.fact(naming.image_reference(stored.key, spec), spec.image_policy)).image
        else:
            return ""
        return image.id if image else ""

    async def _remove(self, verdict: Verdict) -> str:
        """Remove one image and return "", or why it could not be."""
        action = RemoveImage(f"nothing needs it; it was {verdict.origin} by Ergon", reference=verdict.removes[0])
        ids: list[int] = []
        await self._records.store.write(self._journal.intent(_NOBODYS, action, 0, ids))
        try:
            for name in verdict.removes:
                await self._engine.remove_image(name)
        except EngineError as error:
            await self._records.store.write(self._journal.result(_NOBODYS, action, ids, error=error))
            return error.message
        self._images.mark_stale(verdict.names)
        await self._records.store.write(self._journal.result(_NOBODYS, action, ids))
        return ""


def _rollback_targets(session: Session, uids: Iterable[str]) -> set[str]:
    """Return the images to fall back on: of each kept revision the last two it ran with.

    A tag that moves every day would otherwise keep every image it ever meant.
    """
    targets: set[str] = set()
    for uid in uids:
        by_generation: defaultdict[int, list[str]] = defaultdict(list)
        for one in revisions.images_of(session, uid):
            by_generation[one.generation].append(one.image_id)
        targets.update(image_id for ids in by_generation.values() for image_id in ids[-2:])
    return targets


def collects_after() -> timedelta | None:
    """Return after how long unused images go by themselves: `ERGON_COLLECT_IMAGES` (7d), None unless it is set."""
    asked = os.environ.get("ERGON_COLLECT_IMAGES", "")
    try:
        return timedelta(seconds=parse_duration(asked)) if asked else None
    except ValueError as error:
        log.warning("ERGON_COLLECT_IMAGES is not a duration; nothing is collected", reason=str(error))
        return None


def shown(outcomes: Iterable[tuple[Verdict, str]], *, removed: bool) -> Json:
    """Return the JSON shape of a collection, or of what it would do."""
    rows = [_row(verdict, failure, removed=removed) for verdict, failure in outcomes]
    freed = sum(row["size"] for row in rows if row["outcome"] in ("removed", "removable"))
    return {"images": rows, "bytes": freed}


def _row(verdict: Verdict, failure: str, *, removed: bool) -> Json:
    goes = "removed" if removed else "removable"
    return {
        "image_id": verdict.image.id,
        "references": list(verdict.names),
        "origin": verdict.origin,
        "size": verdict.image.size,
        "outcome": "kept" if verdict.kept else "failed" if failure else goes,
        "reason": verdict.kept or failure,
    }
