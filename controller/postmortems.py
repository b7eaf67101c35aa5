"""Keep what a container said before its run ended, and why it ended; after the next run has begun, never before."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio
import structlog
from sqlmodel import Session

from container_ci.crashed_run import CrashedRun
from container_ci.secrets import redactor_of
from controller.clock import Clock
from controller.observed import Observed
from controller.records import Records
from desired_state.container import ContainerSpec
from desired_state.key import Key
from engine.errors import EngineError
from engine.protocol import Engine, LogLine
from observed_state.container import Container
from observed_state.ended_run import EndedRun
from observed_state.engine import EngineEvent
from observed_state.finding import Finding
from observed_state.image import Image
from observed_state.instance import Instance
from observed_state.run_verdict import RunVerdict
from store import exit_reports, exits
from store.errors import StoreError
from store.exit_reports import Line, Report

log = structlog.get_logger()

# What finds the cause of a crash, and whether a restart can't help.
Judge = Callable[[CrashedRun, datetime], tuple[Finding | None, bool]]

LINES_KEPT = 50
CHARACTERS_KEPT = 8 * 1024
_LONGEST_LINE = 1024
# The cause may stand well before the end of what is kept.
_LINES_READ = 1000
# What is written while the process ends reaches the log a little after Docker has noted the end.
_AFTER_END = timedelta(seconds=2)
# And a quick program has spoken, or even ended, before Docker has noted its start.
_BEFORE_START = timedelta(seconds=5)
# When a whole host fails, the newest ends tell most.
_WAITING_AT_MOST = 1000
# Who ended it, and how long before they asked.
_BEFORE_END = timedelta(seconds=60)
_ENDS_READ = 20


@dataclass(frozen=True, slots=True)
class EndOfRun:
    """One end that is to be looked into: the container as it was seen then, and whether nobody wanted it."""

    key: Key
    instance: Instance
    container: Container
    crashed: bool


class Postmortems:
    """The looks into ends of runs: one at a time, each after its resource's reconcile.

    `moved` is called with the key of a resource when what was found changes what is to be done about it.
    """

    def __init__(
        self,
        engine: Engine,
        records: Records,
        observed: Observed,
        clock: Clock,
        moved: Callable[[Key], None],
        *,
        judge: Judge | None = None,
    ) -> None:
        self._engine = engine
        self._records = records
        self._observed = observed
        self._clock = clock
        self._moved = moved
        self._judge = judge
        self._noted: dict[Key, list[EndOfRun]] = {}
        self._due: OrderedDict[tuple[str, datetime | None], EndOfRun] = OrderedDict()
        self._arrived = anyio.Event()
        self._verdicts: dict[str, RunVerdict] = {}

    def verdicts(self) -> Mapping[str, RunVerdict]:
        """Return what was found of the last ended run of each container, by the uids of their records."""
        return self._verdicts

    async def load(self) -> None:
        """Read what was found before."""
        known = await self._records.store.read(exit_reports.newest_verdicts)
        self._verdicts = {uid: one for uid, one in known.items() if self._records.instance(uid) is not None}

    def note(self, end: EndOfRun) -> None:
        """Remember an end until its resource's reconcile is over: what follows it must not wait."""
        self._noted.setdefault(end.key, []).append(end)

    def release(self, key: Key) -> None:
        """Let the ends of one resource be looked into: what was to follow them has been done."""
        for end in self._noted.pop(key, ()):
            self._due[end.container.id, end.container.finished_at] = end
            if len(self._due) > _WAITING_AT_MOST:
                self._due.popitem(last=False)
            self._arrived.set()

    async def run(self) -> None:
        """Look into the ends that are due, the oldest first, until cancelled."""
        while True:
            while self._due:
                _, end = self._due.popitem(last=False)
                await self._look_guarded(end)
            self._arrived = anyio.Event()
            await self._arrived.wait()

    async def _look_guarded(self, end: EndOfRun) -> None:
        """Whatever goes wrong with one look, the others go on."""
        try:
            await self._look(end)
        except (EngineError, StoreError) as error:
            log.warning("end of a run not looked into", container=end.container.name, reason=error.message)
        except Exception:
            log.exception("look into the end of a run failed", container=end.container.name)

    async def _look(self, end: EndOfRun) -> None:
        finished_at = end.container.finished_at
        if finished_at is None:
            return
        said, missing = await self._said(end, finished_at)
        report = Report(end.container.name, kept(end.container, said), missing)
        if end.crashed:
            finding, holds = await self._cause(end, said, missing)
            report = Report(report.container, report.lines, missing, finding, holds)
        await self._records.store.write(
            lambda session: exit_reports.record(session, end.container.id, finished_at, report)
        )
        if end.crashed and self._records.instance(end.instance.uid) is not None:
            self._show(end, exit_reports.verdict(finished_at, report.finding, holds=report.holds))

    def _show(self, end: EndOfRun, found: RunVerdict) -> None:
        before = self._verdicts.get(end.instance.uid)
        self._verdicts[end.instance.uid] = found
        if found.holds or (before is not None and before.holds):
            self._moved(end.key)
        gone = [uid for uid in self._verdicts if self._records.instance(uid) is None]
        for uid in gone:
            del self._verdicts[uid]

    async def _said(self, end: EndOfRun, finished_at: datetime) -> tuple[list[LogLine], str]:
        """Return the last lines of the run that ended, and why there are none where that means nothing."""
        container = end.container
        since, until = (
            begin_of_log(container, end.instance.restarts.last_exit_at),
            self._end_of_log(container, finished_at),
        )
        found = self._engine.logs(container.id, since=since, until=until, tail=_LINES_READ)
        try:
            return [line async for line in found if _within(line, since, until)], ""
        except EngineError as error:
            return [], error.message

    def _end_of_log(self, container: Container, finished_at: datetime) -> datetime:
        """Return up to when a line is the ended run's: the next one's may follow at once."""
        latest = finished_at + _AFTER_END
        now = self._observed.containers.get(container.id)
        again = now.started_at if now is not None else None
        return min(latest, again) if again is not None and again > (container.started_at or again) else latest

    async def _cause(
        self, end: EndOfRun, said: Sequence[LogLine], missing: str
    ) -> tuple[Mapping[str, Any] | None, bool]:
        # Loaded by the first crash: the rules are many.
        from container_ci import shapes, verdicts  # noqa: PLC0415

        stored = self._records.resources.get(end.key)
        spec = stored.resource.spec if stored else None
        run = CrashedRun(
            container=end.container,
            lines=said,
            silence=missing,
            spec=spec if isinstance(spec, ContainerSpec) else None,
            image=await self._image(end.container.image_id),
            events=await self._events(end.container),
            earlier=await self._records.store.read(partial(_ends_of, end=end)),
            neighbours=list(self._neighbours(end.key)),
        )
        found, holds = (self._judge or verdicts.cause_of)(run, self._clock.now())
        return (shapes.finding(found), holds) if found else (None, False)

    def _neighbours(self, key: Key) -> Iterator[tuple[str, frozenset[str], Container | None]]:
        """Yield the other declared containers of the namespace, as they are seen now."""
        others = (one for one in self._records.resources if one.kind == "Container" and one != key)
        for other in (one for one in others if one.namespace == key.namespace):
            ids = [one.container_id for one in self._records.instances_of(other) if one.container_id]
            seen = [self._observed.containers[one] for one in ids if one in self._observed.containers]
            for container in seen:
                yield container.name, frozenset((other.name, container.name)), container
            if not seen:
                yield other.name, frozenset((other.name,)), None

    async def _events(self, container: Container) -> Sequence[EngineEvent]:
        if container.finished_at is None:
            return ()
        since = (container.finished_at - _BEFORE_END).timestamp()
        try:
            past = await self._engine.past_events(int(since * 1e9))
        except EngineError:
            return ()
        return [event for event in past.events if event.actor == container.id]

    async def _image(self, image_id: str) -> Image | None:
        try:
            return await self._engine.inspect_image(image_id)
        except EngineError:
            return None


def begin_of_log(container: Container, former_end: datetime | None) -> datetime | None:
    """Return from when on a line is the present run's, None for all of them; `former_end` is of the run before."""
    if container.started_at is None:
        return None
    earliest = container.started_at - _BEFORE_START
    return max(earliest, former_end) if former_end is not None else earliest


def kept(container: Container, said: Sequence[LogLine]) -> list[Line]:
    """Return the last lines of a run as they are kept: without secrets, and not more than fits."""
    redactor = redactor_of(container)
    lines: list[Line] = []
    left = CHARACTERS_KEPT
    for line in reversed(said[-LINES_KEPT:]):
        text = redactor.redact(line.text)[:_LONGEST_LINE]
        left -= len(text)
        if left < 0:
            break
        lines.append((line.time.isoformat().replace("+00:00", "Z"), line.stream, text))
    return lines[::-1]


def _ends_of(session: Session, end: EndOfRun) -> list[EndedRun]:
    recorded = exits.of(session, end.key, _ENDS_READ)
    return [exits.ended_run(one) for one in recorded if one.container_id == end.container.id]


def _within(line: LogLine, since: datetime | None, until: datetime) -> bool:
    return (since is None or line.time >= since) and line.time < until
