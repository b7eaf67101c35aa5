"""Ask registries, as often as image policies want, what tags mean there and which versions there are. Fetches nothing.

Nothing is asked, and nothing wakes up, while no declared resource has an image policy.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import anyio
import structlog

from controller.clock import Clock, happens_within
from controller.images import Images
from controller.records import Records, image_policy_of
from controller.workqueue import Priority, WorkQueue
from desired_state.image_policy import ImagePolicy
from desired_state.image_reference import parse
from desired_state.key import Key
from desired_state.versions import newest_first
from engine.errors import EngineError, PullFailed
from engine.protocol import Engine
from reconcilers.offers import candidates
from store import images as image_rows
from store.errors import StoreError

log = structlog.get_logger()

_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 3600.0
_FOR_EVER_S = 86_400.0
# How many of the newest versions of a repository are worth a look.
_MOST_VERSIONS = 10


@dataclass(slots=True)
class _Trouble:
    """How asking one registry fails: for all of its images at once."""

    failures: int = 0
    until: float = 0.0


class RegistryWatch:
    """Keeps `Images` told of what registries offer."""

    def __init__(self, engine: Engine, records: Records, images: Images, queue: WorkQueue[Key], clock: Clock) -> None:
        self._engine = engine
        self._records = records
        self._images = images
        self._queue = queue
        self._clock = clock
        self._due: dict[str, float] = {}
        self._troubles: defaultdict[str, _Trouble] = defaultdict(_Trouble)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            now = self._clock.monotonic()
            self._images.watched_more = anyio.Event()
            for reference in list(self._images.watched):
                if self._due_at(reference) <= now:
                    await self.ask(reference)
            pause = min((self._due_at(one) for one in self._images.watched), default=now + _FOR_EVER_S)
            await happens_within(self._clock, self._images.watched_more, max(pause - self._clock.monotonic(), 0.0))

    async def ask(self, reference: str) -> None:
        """Ask about one reference now; what goes wrong is noted and tried again later."""
        policies = list(self._policies(reference))
        if not policies:
            self._images.watched.pop(reference, None)
            self._images.unchecked.pop(reference, None)
            return
        self._images.watched[reference] = min(policies, key=lambda one: one.check_every)
        self._due[reference] = self._clock.monotonic() + self._images.watched[reference].check_every
        try:
            news = [await self._look(reference, policy) for policy in policies]
        except (EngineError, StoreError) as error:
            self._failed(reference, error)
            return
        self._troubles.pop(parse(reference).registry, None)
        if self._images.unchecked.pop(reference, None) or any(news):
            self._wake(reference)

    def _due_at(self, reference: str) -> float:
        return max(self._due.get(reference, 0.0), self._troubles[parse(reference).registry].until)

    def _policies(self, reference: str) -> Iterator[ImagePolicy]:
        """Yield the policies of those who use this reference and want to know."""
        for user in self._records.users_of_image(reference):
            policy = image_policy_of(user)
            if policy is not None and policy.on_move != "off":
                yield policy

    async def _look(self, reference: str, policy: ImagePolicy) -> bool:
        """Return whether there is anything new."""
        if policy.semver is not None:
            return await self._look_for_versions(reference, policy.semver, with_age=policy.cool_down > 0)
        digest = await self._engine.offered_digest(reference)
        known = self._images.remembered(reference)
        if known.offered == digest:
            return False
        first = not known.offered and policy.cool_down > 0
        since = await self._age(reference) if first else self._clock.now()
        await self._remember(replace(known, offered=digest, offered_since=since))
        return True

    async def _look_for_versions(self, reference: str, semver: str, *, with_age: bool) -> bool:
        repository = parse(reference).name
        known = self._images.versions_of(repository)
        listed = dict.fromkeys(await self._engine.offered_tags(reference), self._clock.now())
        newer = candidates(reference, semver, listed)[:_MOST_VERSIONS]
        if not newer and not known and not newest_first([parse(reference).tag], semver):
            raise PullFailed(f"no tag of {repository} is a version in {semver}; check both", "NotFound")
        found: dict[str, datetime] = {}
        for one in newer:
            if (tag := parse(one).tag) not in known:
                # What was there at the first look is as old as it says; what appears later is not older than that.
                found[tag] = await self._age(one) if with_age and not known else self._clock.now()
        if found:
            await self._records.store.write(lambda session: image_rows.add_versions(session, repository, found))
            self._images.show_versions(repository, found)
        return bool(found)

    async def _age(self, reference: str) -> datetime:
        """Return since when an image is there, as far as it can be known: as it says, and never in the future."""
        told, now = await self._engine.offered_since(reference), self._clock.now()
        return min(told, now) if told else now

    async def _remember(self, known: image_rows.Remembered) -> None:
        now = self._clock.now()
        await self._records.store.write(lambda session: image_rows.remember(session, known, now))
        self._images.show(known)

    def _failed(self, reference: str, error: EngineError | StoreError) -> None:
        """Ask all of a registry later that does not answer; an image that it does not have concerns only that."""
        log.warning("registry not asked", reference=reference, reason=error.message)
        if not isinstance(error, PullFailed) or error.reason in ("RateLimited", "Unreachable"):
            trouble = self._troubles[parse(reference).registry]
            trouble.failures += 1
            wish = error.retry_after if isinstance(error, PullFailed) else None
            wait = wish or min(_FIRST_WAIT_S * 2.0 ** min(trouble.failures - 1, 16), _LONGEST_WAIT_S)
            trouble.until = self._clock.monotonic() + wait
            self._due[reference] = trouble.until
        if self._images.unchecked.get(reference) != error.message:
            self._images.unchecked[reference] = error.message
            self._wake(reference)

    def _wake(self, reference: str) -> None:
        for user in self._records.users_of_image(reference):
            self._queue.add(user.key, Priority.OBSERVED)
