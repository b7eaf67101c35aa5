"""The questions of one run's probes: over the network, by a command that is declared, and in its log."""

import re
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import anyio

from container_ci.asking import ask
from container_ci.probe_state import Outcome
from container_ci.target import Target
from desired_state.probes import Probe
from desired_state.questions import ExecProbe, LogProbe
from engine.errors import EngineError, EngineUnreachable, NotFound
from engine.protocol import Command, Engine

# None: nobody could be asked, which says nothing about the container.
Ask = Callable[[Probe, Target], Awaitable[Outcome | None]]
Asks = Callable[[], Ask]

# The daemon reads a log from its beginning: however long that is, reading takes at most this part of the time.
_READING_SHARE = 0.05
# A pattern is tried on the beginning of a line only: some take very long on very long ones.
_LINE_CHARACTERS = 2000
_SHOWN = 200


@dataclass(slots=True)
class _Reading:
    """How far a log has been read for one pattern."""

    since: datetime | None
    found: bool = False
    not_before: float = 0.0


class Questions:
    """Asks the probes of one run, and remembers how far its log has been read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readings: dict[str, _Reading] = {}

    async def __call__(self, probe: Probe, target: Target) -> Outcome | None:
        """Ask one probe once; None when nobody can be asked: the daemon is away, or the container has no address."""
        try:
            if probe.exec is not None:
                return await self._run(probe.exec, probe.timeout, target)
            if probe.log is not None:
                return await self._look(probe.log, target)
        except EngineUnreachable:
            return None
        except EngineError as error:
            return Outcome(passed=False, message=error.message)
        return await ask(probe, target.address) if target.address else None

    async def _run(self, question: ExecProbe, timeout_s: float, target: Target) -> Outcome:
        command = Command(tuple(question.command), user=question.user, timeout_s=timeout_s)
        ran = await self._engine.run_command(target.container_id, command)
        if ran.exit_code == 0:
            return Outcome(passed=True)
        shown = shlex.join(question.command)[:_SHOWN]
        if ran.exit_code is None:
            return Outcome(passed=False, message=f"{shown}: not done within {timeout_s:g} s")
        said = await self._without_secrets(target.container_id, ran.output.strip())
        return Outcome(passed=False, message=f"{shown}: exit code {ran.exit_code}" + (f": {said}" if said else ""))

    async def _without_secrets(self, container_id: str, output: str) -> str:
        if not output:
            return ""
        # Only what fails is shown, so only then is the container's environment looked at.
        from container_ci.secrets import redactor_of  # noqa: PLC0415

        try:
            container = await self._engine.inspect_container(container_id)
        except NotFound:
            return ""
        return redactor_of(container).redact(output).splitlines()[-1][:_SHOWN]

    async def _look(self, question: LogProbe, target: Target) -> Outcome:
        reading = self._readings.setdefault(question.pattern, _Reading(target.started_at))
        if not reading.found and anyio.current_time() >= reading.not_before:
            await self._read_on(reading, re.compile(question.pattern), target.container_id)
        if reading.found:
            return Outcome(passed=True)
        return Outcome(passed=False, message=f"no line of its log matches {question.pattern!r} yet")

    async def _read_on(self, reading: _Reading, pattern: re.Pattern[str], container_id: str) -> None:
        began = anyio.current_time()
        async for line in self._engine.logs(container_id, since=reading.since):
            if reading.since is not None and line.time < reading.since:
                continue
            reading.since = line.time
            if pattern.search(line.text[:_LINE_CHARACTERS]):
                reading.found = True
                return
        now = anyio.current_time()
        reading.not_before = now + (now - began) / _READING_SHARE
