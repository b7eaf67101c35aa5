"""Measure running containers now and then, and keep what each resource was seen to use."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from anyio import to_thread
from sqlmodel import Session

from container_ci.sizing import cgroups
from container_ci.sizing.history import History
from container_ci.sizing.samples import Sample, beginning, sample
from controller.clock import Clock
from controller.engine_link import EngineLink
from controller.observed import Observed
from controller.records import Records
from desired_state.container import ContainerSpec
from desired_state.key import Key
from engine.errors import EngineError
from engine.protocol import Engine
from observed_state.container import Container
from observed_state.usage import Counters
from store import memories
from store.errors import StoreError

BUSY_S = 10.0
IDLE_S = 60.0
# For so long after a question a container is looked at closely.
ASKED_S = 300.0
# Whatever is fuller or more often held back than this is looked at closely, too.
BUSY_MEMORY = 0.8
BUSY_THROTTLING = 0.05
FLUSH_S = 900.0
TOPIC = "usage"

log = structlog.get_logger()


@dataclass(slots=True)
class _Run:
    """One run of one container: where its counters are (None: Docker is asked), and what they said last."""

    started_at: datetime | None
    group: cgroups.Group | None
    due: float
    counters: Counters | None = None
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    key: Key
    container: Container


class Measuring:
    """The measurements of all managed containers. `run` makes them; everything else only tells what they say."""

    def __init__(
        self,
        *,
        engine: Engine,
        records: Records,
        observed: Observed,
        link: EngineLink,
        clock: Clock,
        proc: Path = cgroups.PROC,
        root: Path = cgroups.CGROUPS,
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._link = link
        self._clock = clock
        self._proc, self._root = proc, root
        self._histories: dict[Key, History] = {}
        self._unsaved: set[Key] = set()
        self._runs: dict[str, _Run] = {}
        self._asked: dict[Key, float] = {}
        self._flushed = clock.monotonic()

    async def load(self) -> None:
        """Go on from what was kept."""
        kept = await self._records.store.read(partial(memories.under, topic=TOPIC))
        for key in self._records.resources:
            if (found := kept.get(str(key))) is not None:
                self._histories[key] = History.load(found)

    async def run(self) -> None:
        """Measure until cancelled."""
        await self._link.wait_until_up()
        while True:
            if self._link.reachable:
                await self.measure()
            if self._clock.monotonic() - self._flushed >= FLUSH_S:
                await self.flush()
            await self._clock.sleep(BUSY_S)

    async def measure(self) -> None:
        """Measure those whose time it is."""
        targets = {one.container.id: one for one in self._targets()}
        for gone in self._runs.keys() - targets.keys():
            del self._runs[gone]
        now = self._clock.monotonic()
        due = [one for one in targets.values() if self._run_of(one.container, now).due <= now]
        local = [(one, group) for one in due if (group := self._runs[one.container.id].group) is not None]
        read = partial(_read_all, [group for _, group in local], self._clock.now)
        found = await to_thread.run_sync(read) if local else []
        for (target, _), counters in zip(local, found, strict=True):
            self._take(target, counters)
        for target in due:
            # A daemon that froze meanwhile is not asked once for each container.
            if self._runs[target.container.id].group is None and self._link.reachable:
                self._take(target, await self._asked_docker(target.container))

    def history(self, key: Key) -> History | None:
        """Return what the containers of a resource have used; None before the first sample."""
        return self._histories.get(key)

    def take(self, key: Key, history: History) -> None:
        """Go on from this history of a resource instead."""
        self._histories[key] = history
        self._unsaved.add(key)

    def newest(self, container_id: str) -> Sample | None:
        """Return what a container did last; None when it doesn't run or wasn't measured twice."""
        run = self._runs.get(container_id)
        return run.sample if run is not None else None

    def heed(self, key: Key) -> None:
        """Look closely at a resource for a while: somebody asks about it."""
        self._asked[key] = self._clock.monotonic()

    def ended(self, key: Key, container: Container) -> None:
        """Remember a run that the kernel ended for want of memory."""
        limit = container.resources.get("Memory")
        if container.oom_killed and isinstance(limit, int) and container.finished_at is not None:
            self._histories.setdefault(key, History()).note_oom(container.finished_at, limit)
            self._unsaved.add(key)

    async def flush(self) -> None:
        """Keep what is new, all of it in one commit."""
        self._flushed = self._clock.monotonic()
        unsaved = [key for key in self._unsaved if key in self._records.resources]
        self._unsaved.clear()
        for gone in self._histories.keys() - self._records.resources.keys():
            del self._histories[gone]
        if not unsaved:
            return
        rows = {str(key): self._histories[key].dump() for key in unsaved}
        try:
            await self._records.store.write(partial(_keep, rows=rows, now=self._clock.now()))
        except StoreError as error:
            self._unsaved.update(unsaved)
            log.warning("usage not kept", reason=str(error))

    def _targets(self) -> Iterator[_Target]:
        seen = self._observed.containers
        for key, stored in self._records.resources.items():
            if not isinstance(stored.resource.spec, ContainerSpec):
                continue
            for instance in self._records.instances_of(key):
                container = seen.get(instance.container_id or "")
                if instance.role == "main" and container is not None and container.state == "running" and container.pid:
                    yield _Target(key, container)

    def _run_of(self, container: Container, now: float) -> _Run:
        run = self._runs.get(container.id)
        if run is None or run.started_at != container.started_at:
            group = cgroups.group_of(container.id, container.pid, self._proc, self._root)
            run = self._runs[container.id] = _Run(container.started_at, group, now)
        return run

    def _take(self, target: _Target, counters: Counters | None) -> None:
        run = self._runs.get(target.container.id)
        if run is None or counters is None:
            return
        # What Docker was told holds: its counters show the host's memory where there is no limit.
        limit = target.container.resources.get("Memory")
        counters = replace(counters, memory_limit=limit if isinstance(limit, int) else None)
        before = run.counters or self._beginning(run)
        found = sample(before, counters, run.started_at) if before is not None else None
        run.counters = counters
        if found is not None:
            run.sample = found
            self._histories.setdefault(target.key, History()).add(found)
            self._unsaved.add(target.key)
        run.due = self._clock.monotonic() + (BUSY_S if self._is_close(target.key, run) else IDLE_S) - BUSY_S / 2

    def _beginning(self, run: _Run) -> Counters | None:
        """Return what a run is measured from first: its start, if that was not long ago."""
        started_at = run.started_at
        if started_at is None or (self._clock.now() - started_at).total_seconds() > IDLE_S:
            return None
        return beginning(started_at)

    def _is_close(self, key: Key, run: _Run) -> bool:
        """Return whether to look again soon."""
        stored, found = self._records.resources.get(key), run.sample
        spec = stored.resource.spec if stored is not None else None
        if found is None or (isinstance(spec, ContainerSpec) and spec.autoscale is not None):
            return True
        if self._clock.monotonic() - self._asked.get(key, -ASKED_S) < ASKED_S:
            return True
        full = found.memory_limit is not None and found.memory > BUSY_MEMORY * found.memory_limit
        held = found.periods and found.throttled_periods > BUSY_THROTTLING * found.periods
        return bool(full or held)

    async def _asked_docker(self, container: Container) -> Counters | None:
        try:
            return await self._engine.stats(container.id)
        except EngineError:
            return None  # gone, or Docker is away: both are somebody else's to tell


def _read_all(groups: Sequence[cgroups.Group], now: Callable[[], datetime]) -> list[Counters | None]:
    return [cgroups.read(group, now()) for group in groups]


def _keep(session: Session, rows: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    for about, row in rows.items():
        memories.remember(session, about, TOPIC, row, now)
