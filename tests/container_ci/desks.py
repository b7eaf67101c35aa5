"""Companions to ask, without a controller: a container, what is around it, and a memory that forgets nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from container_ci.desk import Desk, Tools
from container_ci.subject import Json, Subject
from controller.clock import VirtualClock
from engine.simulated import SimulatedEngine
from observed_state.container import Container
from observed_state.ended_run import EndedRun
from observed_state.finding import Finding
from observed_state.health import Health

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

WEB = Container(
    id="3f2a91c0d4e7" + "0" * 52,
    name="shop-web-1",
    image="shop/web:1",
    image_id="sha256:1",
    state="running",
    pid=4711,
    started_at=NOON,
)


def exited(code: int, container: Container = WEB) -> Container:
    return replace(container, state="exited", pid=0, exit_code=code, finished_at=NOON)


@dataclass
class Remembering:
    """A memory for tests."""

    kept: dict[tuple[str, str], Json] = field(default_factory=dict)
    runs: Sequence[EndedRun] = ()

    async def recall(self, about: str, topic: str) -> Json | None:
        return self.kept.get((about, topic))

    async def remember(self, about: str, topic: str, value: Mapping[str, Any] | None) -> None:
        if value is None:
            self.kept.pop((about, topic), None)
        else:
            self.kept[about, topic] = dict(value)

    async def ended_runs(self, subject: Subject, limit: int = 20) -> Sequence[EndedRun]:
        del subject
        return self.runs[:limit]


@dataclass
class Around:
    """Surroundings for tests."""

    neighbours: Sequence[Subject] = ()
    findings: dict[str, Finding] = field(default_factory=dict)
    healths: dict[str, Health] = field(default_factory=dict)

    def others(self) -> Iterable[Subject]:
        return self.neighbours

    def down(self) -> Collection[Subject]:
        return [one for one in self.neighbours if not one.is_up]

    def top_finding(self, container_id: str) -> Finding | None:
        return self.findings.get(container_id)

    def health(self, container_id: str) -> Health | None:
        return self.healths.get(container_id)


def desk_of(
    container: Container = WEB,
    *,
    clock: VirtualClock | None = None,
    around: Around | None = None,
    memory: Remembering | None = None,
    **subject: Any,
) -> Desk:
    """Return the desk of a container's companion."""
    time = clock or VirtualClock(NOON)
    tools = Tools(SimulatedEngine(time), time, memory or Remembering(), around or Around())
    return Desk(Subject(container, **subject), tools)
