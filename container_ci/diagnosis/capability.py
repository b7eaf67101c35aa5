"""The capabilities that answer for `debug` and `security`, and look for causes when something has gone wrong.

A container that does well costs a look at what is known of its neighbours every half minute, and a few of the
kernel's counters every minute when it has limits. The rules are loaded when the first container needs them.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from anyio import to_thread

from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.diagnosis.neighbours import needs_one_of, neighbours_of
from container_ci.logs.activity import Mark, log_file, mark
from container_ci.logs.reading import keeping

if TYPE_CHECKING:
    from container_ci.diagnosis.counters import Reading
    from container_ci.diagnosis.diagnose import Diagnosis
    from container_ci.diagnosis.gathering import Insides

POLL_S = 120.0
# Where limits are counted: as often as they are.
COUNTED_POLL_S = 60.0
# While something is wrong: soon enough to see that it is over.
ILL_POLL_S = 10.0
_COUNT_EVERY = timedelta(seconds=60)
_FRESH = timedelta(seconds=30)
_YOUNG = timedelta(minutes=2)
_KEPT_READINGS = 3
_LIMITS = frozenset(("Memory", "NanoCpus", "CpuQuota", "PidsLimit"))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a diagnosis rested on: while it stands and is fresh, so does the diagnosis."""

    run: tuple[object, ...]
    neighbours: tuple[object, ...]
    log: Mark | None


class Debugging:
    """Why one container fails."""

    name = "debugging"
    topics = ("debug",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._readings: deque[Reading] = deque(maxlen=_KEPT_READINGS)
        self._insides: Insides | None = None
        self._run: object = None
        self._last: tuple[_Seen, datetime, Diagnosis] | None = None

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer why the container fails, from the last look while nothing has moved since."""
        from container_ci.diagnosis.telling import data_of, text_of  # noqa: PLC0415 - only when asked

        diagnosis = await self._diagnosis()
        name = self._desk.subject.container.name
        return Answer(topic, data_of(name, diagnosis), text_of(name, diagnosis))

    async def tend(self) -> float | None:
        """Look for causes when there is a reason to, and return in how many seconds to look again."""
        container = self._desk.subject.container
        await self._count()
        if self._suspicious():
            diagnosis = await self._diagnosis()
            if not container.running:
                return None
            return ILL_POLL_S if diagnosis.findings else self._calm_poll_s()
        self._desk.found(())
        return self._calm_poll_s() if container.running else None

    def _calm_poll_s(self) -> float:
        return COUNTED_POLL_S if _LIMITS & set(self._desk.subject.container.resources) else POLL_S

    def _suspicious(self) -> bool:
        """Return whether anything that is known without looking speaks for a fault, of it or of what it needs."""
        container = self._desk.subject.container
        if not self._desk.subject.is_up or self._desk.findings or self._near_limits():
            return True
        again = container.finished_at is not None and self._age() < _YOUNG
        down = self._desk.tools.surroundings.down()
        return again or self._unreachable() or needs_one_of(self._desk.subject, down)

    def _unreachable(self) -> bool:
        """Return whether what was discovered does not serve where it should."""
        services = self._desk.discovery.services if self._desk.discovery is not None else ()
        published = {one.container_port for one in self._desk.subject.container.ports}
        listening = {port for one in services for port in (one.port, *one.ports.values())}
        ill = any(one.status in ("loopback-only", "not-listening") for one in services)
        return ill or bool(services and published - listening)

    def _near_limits(self) -> bool:
        newest = self._readings[-1] if self._readings else None
        if newest is None:
            return False
        full = bool(newest.memory and newest.memory_limit and newest.memory > 0.85 * newest.memory_limit)
        return full or bool(newest.throttled or newest.oom_kills or newest.pids_hits)

    def _age(self) -> timedelta:
        started = self._desk.subject.container.started_at
        return self._desk.tools.clock.now() - started if started else timedelta(0)

    async def _count(self) -> None:
        """Read the kernel's counters, when the container has limits and the last reading is old enough."""
        from container_ci.diagnosis.gathering import read_counters, read_insides  # noqa: PLC0415 - as above

        container, now = self._desk.subject.container, self._desk.tools.clock.now()
        run = (container.id, container.started_at)
        if run != self._run:
            self._run = run
            self._readings.clear()
            self._insides = None
        due = not self._readings or now - self._readings[-1].when >= _COUNT_EVERY
        if container.running and due:
            self._insides = read_insides(container) or self._insides
            if _LIMITS & set(container.resources):
                newest = await read_counters(container, now)
                self._readings.extend([newest] if newest else [])

    async def _diagnosis(self) -> "Diagnosis":
        seen, now = await self._seen(), self._desk.tools.clock.now()
        if self._last is not None and self._last[0] == seen and now - self._last[1] < _FRESH:
            return self._last[2]
        diagnosis = await self._look()
        self._last = (seen, now, diagnosis)
        self._desk.found(diagnosis.findings)
        return diagnosis

    async def _look(self) -> "Diagnosis":
        from container_ci.diagnosis.diagnose import diagnose  # noqa: PLC0415 - the rules are loaded when needed
        from container_ci.diagnosis.gathering import files_told, gather  # noqa: PLC0415

        await self._count()
        situation = await gather(self._desk, tuple(self._readings), self._insides)
        diagnosis = await to_thread.run_sync(diagnose, situation)
        if files := await files_told(self._desk, diagnosis.findings):
            diagnosis = await to_thread.run_sync(diagnose, replace(situation, files=files))
        return diagnosis

    async def _seen(self) -> _Seen:
        desk = self._desk
        container = desk.subject.container
        info = await desk.tools.engine.info()
        return _Seen(
            (container.id, container.state, container.started_at, container.health, container.error, desk.discovery),
            tuple((one.name, one.state, one.finding and one.finding.rule) for one in neighbours_of(desk)),
            mark(log_file(container, keeping(container).driver, info.root_dir)),
        )


class Security:
    """What could be done more carefully, though it ends nothing."""

    name = "security"
    topics = ("security",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer with the habits that could be better, from the container as it is set up."""
        from container_ci import shapes  # noqa: PLC0415 - only when asked
        from container_ci.diagnosis.diagnose import habits  # noqa: PLC0415
        from container_ci.diagnosis.gathering import gather, read_insides  # noqa: PLC0415
        from container_ci.diagnosis.telling import hygiene_text  # noqa: PLC0415

        container = self._desk.subject.container
        found = habits(await gather(self._desk, insides=read_insides(container)))
        data = {"container": container.name, "hygiene": [shapes.finding(one) for one in found]}
        return Answer(topic, data, hygiene_text(container.name, found))
