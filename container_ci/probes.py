"""The probers: one task per container that asks its declared probes and says when a verdict moves."""

from collections.abc import Callable
from dataclasses import replace

import anyio
import structlog

from container_ci import probe_state
from container_ci.clock import Clock
from container_ci.probe_state import Kind, Outcome, ProbeState
from container_ci.questions import Ask, Asks
from container_ci.target import Target
from desired_state.probes import Probe
from observed_state.health import Health

Publish = Callable[[Health], None]

# A declared interval of zero must not keep a core busy.
SHORTEST_INTERVAL_S = 0.1

_log = structlog.get_logger()


class Probers:
    """All probers. Use it as a context; leaving it ends them.

    `publish` is called with the whole report each time one of a container's verdicts moves; it must
    not block. Whatever goes wrong with one container's probes stays with that container. `asks` is called for
    each run: what asks one run may remember what it was told.
    """

    def __init__(self, clock: Clock, publish: Publish, asks: Asks) -> None:
        self._clock = clock
        self._publish = publish
        self._asks = asks
        self._probers: dict[str, Prober] = {}
        self._tasks = anyio.create_task_group()

    async def __aenter__(self) -> "Probers":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
        await self._tasks.__aexit__(None, None, None)

    def ensure(self, target: Target) -> None:
        """Probe this target from now on, instead of what was probed of its container before.

        The same run keeps its verdicts, also at another address; a new run or other probes start anew.
        """
        if (current := self._probers.get(target.container_id)) is not None:
            if replace(current.target, address=target.address) == target:
                current.target = target
                return
            current.stop()
        prober = Prober(self._clock, target, self._publish, self._asks())
        self._probers[target.container_id] = prober
        self._tasks.start_soon(prober.run, name=f"probes of {target.container_id[:12]}")

    def drop(self, container_id: str) -> None:
        """Probe this container no more; unknown ones are fine."""
        if (prober := self._probers.pop(container_id, None)) is not None:
            prober.stop()

    def health(self, container_id: str) -> Health | None:
        """Return what is known of a container now; None when it is not probed."""
        prober = self._probers.get(container_id)
        return None if prober is None else prober.health

    async def aclose(self) -> None:
        """End all probers. Safe to call twice."""
        for container_id in list(self._probers):
            self.drop(container_id)


class Prober:
    """The probes of one run of one container."""

    def __init__(self, clock: Clock, target: Target, publish: Publish, ask: Ask) -> None:
        self.target = target
        self._clock = clock
        self._publish = publish
        self._ask = ask
        self._scope = anyio.CancelScope()
        probes = probe_state.declared(target.probes)
        self._states: dict[Kind, ProbeState] = {
            kind: probe_state.initial(kind, probe, clock.now()) for kind, probe in probes.items()
        }
        self._due: dict[Kind, float] = {kind: self._first_due(probe) for kind, probe in probes.items()}

    @property
    def health(self) -> Health:
        """What is known of this run now."""
        return probe_state.health(self.target.container_id, self.target.started_at, self._states)

    def stop(self) -> None:
        """Ask no more, and publish nothing more."""
        self._scope.cancel()

    async def run(self) -> None:
        """Ask each probe when it is due, until `stop`."""
        with self._scope:
            while (kind := self._next()) is not None:
                await self._clock.sleep(self._due[kind] - self._clock.monotonic())
                await self._ask_once(kind)

    def _next(self) -> Kind | None:
        askable: list[Kind] = [kind for kind in self._due if probe_state.may_ask(kind, self._states)]
        return min(askable, key=lambda kind: self._due[kind], default=None)

    async def _ask_once(self, kind: Kind) -> None:
        state = self._states[kind]
        self._due[kind] = self._clock.monotonic() + max(state.probe.interval, SHORTEST_INTERVAL_S)
        outcome = await self._outcome(state.probe)
        if outcome is None:
            return
        after = probe_state.observe(state, outcome, self._clock.now())
        self._states[kind] = after
        if after.verdict != state.verdict:
            self._tell()

    async def _outcome(self, probe: Probe) -> Outcome | None:
        try:
            return await self._ask(probe, self.target)
        except Exception as error:  # noqa: BLE001  # a defect in one probe must not end the others
            _log.exception("probe failed to ask", container=self.target.container_id[:12])
            return Outcome(passed=False, message=f"the probe itself failed: {error}")

    def _tell(self) -> None:
        try:
            self._publish(self.health)
        except Exception:  # noqa: BLE001  # the probing goes on; the reader asks `health` anyway
            _log.exception("health not published", container=self.target.container_id[:12])

    def _first_due(self, probe: Probe) -> float:
        # Counted from the container's start, so that a controller that comes later does not wait again;
        # never longer than declared, whatever the wall clock says.
        age = 0.0
        if self.target.started_at is not None:
            age = max((self._clock.now() - self.target.started_at).total_seconds(), 0.0)
        return self._clock.monotonic() + max(probe.initial_delay - age, 0.0)
