"""Pull, build and push beside everything else: one fetch of an image at a time, however many wait for it.

A fetch may take as long as a registry likes. So the deed only begins it: what runs from the image is looked after
meanwhile, and whoever needs the image is looked at again when it is there, or when that failed.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import anyio
import structlog
from anyio.to_thread import run_sync
from sqlmodel import Session

from controller.build_causes import with_its_cause
from controller.build_keys import key_of
from controller.clock import Clock
from controller.images import Images
from controller.journal import Journal, Part
from controller.observed import Observed
from controller.records import Records
from controller.workqueue import Priority, WorkQueue
from desired_state.build import Build
from desired_state.image_reference import parse
from desired_state.key import Key
from desired_state.resource import Stored
from engine.errors import BuildFailed, EngineError
from engine.protocol import Engine
from observed_state.image import Image
from observed_state.instance import Instance
from observed_state.status import Status
from reconcilers import actions as act
from reconcilers import naming
from store import images as image_rows
from store import revisions
from store.errors import StoreError
from store.images import Owned, Remembered

log = structlog.get_logger()

Fetch = act.Pull | act.BuildImage | act.PushImage

_DOING: Mapping[type[act.Action], str] = {act.Pull: "pulling", act.BuildImage: "building", act.PushImage: "pushing"}

# Of statuses that speak of a fetch.
_REASONS = ("Pulling", "Building", "Pushing", "Refreshing", "ImageNotReady")


@dataclass(slots=True)
class _Job:
    """One fetch under way. `wanted` is what a build was wanted of when it was begun.

    `progress` is written by the engine's thread and read by whoever asks.
    """

    stored: Stored
    action: Fetch
    reference: str
    wanted: str
    ids: list[int] = field(default_factory=list)
    progress: str = ""

    def tell(self, progress: str) -> None:
        self.progress = progress


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What a fetch gave: the image, where it came from, and (of a build) the digest of what it was made from."""

    image: Image
    origin: str = ""
    context: str = ""


class Fetching:
    """The deeds behind `Pull`, `BuildImage` and `PushImage`. Each is recorded before and after."""

    def __init__(
        self,
        *,
        engine: Engine,
        records: Records,
        observed: Observed,
        images: Images,
        queue: WorkQueue[Key],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._images = images
        self._queue = queue
        self._clock = clock
        self._journal = journal
        self._jobs: dict[str, _Job] = {}
        self._waiting: deque[_Job] = deque()
        self._more = anyio.Event()

    async def begin(self, stored: Stored, action: Fetch) -> None:
        """Record that an image is to be fetched and have it begun; nothing when it is being fetched already."""
        reference = action.tag if isinstance(action, act.BuildImage) else action.reference
        if reference in self._jobs:
            return
        job = _Job(stored, action, reference, self._images.remembered(reference).context)
        self._jobs[job.reference] = job
        try:
            await self._records.store.write(self._journal.intent(stored.key, action, stored.generation, job.ids))
        except BaseException:
            del self._jobs[job.reference]
            raise
        self._images.begin(job.reference, _DOING[type(action)])
        self._waiting.append(job)
        self._more.set()

    def told(self, key: Key, status: Status) -> Status:
        """Return a status that says how far the fetch is that it speaks of; never stored, it changes all the time."""
        if status.reason not in _REASONS:
            return status
        job = next((job for job in self._jobs.values() if key in self._concerned(job)), None)
        if job is None:
            return status
        far = f": {job.progress}" if job.progress else ""
        return replace(status, message=f"{_DOING[type(job.action)]} {job.reference}{far}")

    async def run(self) -> None:
        """Carry out what is begun until cancelled; what is cut off then is begun anew by the next controller."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self._more.wait()
                self._more = anyio.Event()
                while self._waiting:
                    tasks.start_soon(self._carry_out, self._waiting.popleft())

    async def _carry_out(self, job: _Job) -> None:
        """The boundary of one fetch: whatever goes wrong with it, the others go on."""
        try:
            await self._recorded(job)
        except (EngineError, StoreError) as error:
            log.warning("fetch failed", reference=job.reference, reason=error.message)
        except Exception:
            log.exception("fetch raised", reference=job.reference)
        finally:
            del self._jobs[job.reference]
            self._images.end(job.reference)
            self._wake(job)

    async def _recorded(self, job: _Job) -> None:
        try:
            fetched = await self._fetched(job)
        except EngineError as error:
            self._images.failed(job.reference, error)
            await self._records.store.write(self._journal.result(job.stored.key, job.action, job.ids, error=error))
            raise
        known = self._known(job, fetched)
        result = self._journal.result(job.stored.key, job.action, job.ids)
        parts = [self._remembering(job, fetched, known), result]
        if job.stored.key.kind == "Image" and self._records.resources.get(job.stored.key) is not None:
            await self._records.save(self._record(job, fetched), *parts)
        else:
            await self._records.store.write(lambda session: [part(session) for part in parts])
        self._images.succeeded(job.reference, fetched.image, known)

    async def _fetched(self, job: _Job) -> _Fetched:
        """Do it. Only what was not on the engine before is Ergon's to remove later."""
        before = {image.id for image in await self._engine.list_images()}
        with self._observed.doing(parse(job.reference).familiar):
            fetched = await self._done(job)
        return replace(fetched, origin="") if fetched.image.id in before else fetched

    async def _done(self, job: _Job) -> _Fetched:
        match job.action:
            case act.Pull():
                image = await self._engine.pull_image(job.reference, job.action.platform, job.tell)
                return _Fetched(image, "pulled", job.wanted)
            case act.BuildImage():
                return await self._built(job, job.action.build or Build(context="."))
            case act.PushImage():
                await self._engine.push_image(job.reference, job.tell)
                return _Fetched(await self._engine.inspect_image(job.reference), "", job.wanted)

    async def _built(self, job: _Job, build: Build) -> _Fetched:
        context = await key_of(build)
        labels = naming.identity_labels(self._records.store_id, job.stored)
        labels = {**labels, naming.BUILD_LABEL: context}
        try:
            image = await self._engine.build_image(job.reference, build, labels, job.tell)
        except BuildFailed as error:
            raise await run_sync(with_its_cause, error, build) from error
        return _Fetched(image, "built", context)

    # the record of it

    def _known(self, job: _Job, fetched: _Fetched) -> Remembered:
        """Return what is to be remembered: a push brings nothing here, so nothing was fetched by it."""
        before = self._images.remembered(job.reference)
        fetched_at = before.fetched_at if isinstance(job.action, act.PushImage) else self._clock.now()
        # Applied anew meanwhile, a build is wanted of something else by now.
        context = fetched.context if before.context == job.wanted else before.context
        return replace(before, fetched_at=fetched_at, context=context)

    def _remembering(self, job: _Job, fetched: _Fetched, known: Remembered) -> Part:
        now, image = self._clock.now(), fetched.image

        def write(session: Session) -> None:
            image_rows.remember(session, known, now)
            if fetched.origin:
                image_rows.own(session, Owned(image.id, job.reference, fetched.origin, now))
            if job.stored.key.kind == "Image":
                ran_with = revisions.RanWith(
                    job.stored.generation, image.id, job.reference, image.digest_for(job.reference)
                )
                revisions.remember_image(session, job.stored.uid, ran_with, now)

        return write

    def _record(self, job: _Job, fetched: _Fetched) -> Instance:
        resolved = {"image_id": fetched.image.id, "image_digest": fetched.image.digest_for(job.reference)}
        return replace(self._records.of_one_thing(job.stored, job.reference, job.reference), resolved=resolved)

    def _wake(self, job: _Job) -> None:
        """Have everybody looked at again who waits for the image; whoever asked for it in any case."""
        for key in self._concerned(job):
            if key in self._records.resources:
                self._queue.add(key, Priority.USER)

    def _concerned(self, job: _Job) -> list[Key]:
        """Return who asked for a fetch, and who else waits for it."""
        users = [job.stored.key, *(user.key for user in self._records.users_of_image(job.reference))]
        dependents = (key for user in users if user.kind == "Image" for key in self._records.dependents_of(user))
        return list(dict.fromkeys((*users, *dependents)))
