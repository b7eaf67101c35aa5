"""Have the published ports of running containers tried from the host, and hand what is found to planners."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import anyio
import structlog

from container_ci.reaching import published, reach
from controller.clock import Clock
from desired_state.key import Key
from observed_state.container import Container
from observed_state.reach import Reach
from reconcilers.world import ContainerWorld

log = structlog.get_logger()

Look = Callable[[Container], Awaitable[Reach | None]]

OPT_OUT = ("ergon.dev/probe", "false")
# Soon after a start, then slowly: while they answer, and while they do not.
_FIRST_S = (1.0, 3.0, 10.0, 30.0)
_ANSWERING_S = 300.0
_SILENT_S = 60.0
# So long a start may take before silence means something, and so often it must be met in a row.
_PATIENCE_S = 30.0
_IN_A_ROW = 2
_AT_ONCE = 8


@dataclass(slots=True)
class _Followed:
    """One run whose ports are tried."""

    key: Key
    container: Container
    since: float
    due: float
    tries: int = 0
    silent: int = 0


class Reaching:
    """The published ports of all running containers, tried one container after the other.

    A verdict moves to silence after two silent tries in a row, so a port that flaps writes little; `moved` is
    called with the owner's key when it does.
    """

    def __init__(self, clock: Clock, moved: Callable[[Key], None], look: Look = reach) -> None:
        self._clock = clock
        self._moved = moved
        self._look = look
        self._followed: dict[str, _Followed] = {}
        self._reports: dict[str, Reach] = {}
        self._changed = anyio.Event()

    def reports(self) -> Mapping[str, Reach]:
        """Return what is settled of each container whose ports are tried, by id."""
        return self._reports

    def follow(self, world: ContainerWorld) -> None:
        """Try exactly the ports of this resource's running containers; those of a new run or with new ports anew."""
        key, now = world.stored.key, self._clock.monotonic()
        seen = (world.containers.get(one.container_id or "") for one in world.instances)
        due = {one.id: one for one in seen if one is not None and _is_tried(one)}
        for gone in [one for one, known in self._followed.items() if known.key == key and one not in due]:
            self._drop(gone)
        for container in due.values():
            known = self._followed.get(container.id)
            if known is not None and _run_of(known.container) == _run_of(container):
                continue
            self._drop(container.id)
            self._followed[container.id] = _Followed(key, container, now, now + _FIRST_S[0])
            self._changed.set()

    def end(self, key: Key) -> None:
        """Try nothing of this resource any more: it is gone."""
        for gone in [one for one, known in self._followed.items() if known.key == key]:
            self._drop(gone)

    async def run(self) -> None:
        """Try what is due, until cancelled."""
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        while True:
            changed = self._changed = anyio.Event()
            now = self._clock.monotonic()
            async with anyio.create_task_group() as tasks:
                for one in [one for one in self._followed.values() if one.due <= now]:
                    tasks.start_soon(self._try, one, limiter)
            waits = [one.due - self._clock.monotonic() for one in self._followed.values()]
            await self._until(changed, min(waits, default=None))

    async def _until(self, changed: anyio.Event, seconds: float | None) -> None:
        if seconds is None:
            await changed.wait()
            return
        async with anyio.create_task_group() as tasks:

            async def due() -> None:
                await self._clock.sleep(max(seconds, 0.0))
                tasks.cancel_scope.cancel()

            tasks.start_soon(due)
            await changed.wait()
            tasks.cancel_scope.cancel()

    async def _try(self, followed: _Followed, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            try:
                found = await self._look(followed.container)
            except Exception:  # whatever goes wrong with one, the others go on
                log.exception("published ports not tried", container=followed.container.name)
                found = None
        followed.tries += 1
        followed.silent = followed.silent + 1 if found is not None and found.reason else 0
        followed.due = self._clock.monotonic() + self._wait_s(followed, found)
        if found is not None and self._followed.get(followed.container.id) is followed:
            self._settle(followed, found)

    def _wait_s(self, followed: _Followed, found: Reach | None) -> float:
        if found is None or not found.reason:
            return _ANSWERING_S
        return _FIRST_S[followed.tries] if followed.tries < len(_FIRST_S) else _SILENT_S

    def _settle(self, followed: _Followed, found: Reach) -> None:
        age = self._clock.monotonic() - followed.since
        if found.reason and (followed.silent < _IN_A_ROW or age < _PATIENCE_S):
            return
        before = self._reports.get(found.container_id)
        self._reports[found.container_id] = found
        if before is None or before.reason != found.reason:
            self._moved(followed.key)

    def _drop(self, container_id: str) -> None:
        self._followed.pop(container_id, None)
        self._reports.pop(container_id, None)


def _is_tried(container: Container) -> bool:
    name, value = OPT_OUT
    return container.state == "running" and bool(published(container)) and container.labels.get(name) != value


def _run_of(container: Container) -> object:
    return container.started_at, container.pid, container.ports
