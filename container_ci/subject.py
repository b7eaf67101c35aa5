"""Whom a companion looks after, whom it may ask about the others, and where it keeps what outlives it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from desired_state.container import ContainerSpec
from desired_state.key import Key
from observed_state.container import Container
from observed_state.ended_run import EndedRun
from observed_state.finding import Finding
from observed_state.health import Health

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """One container as it was last seen.

    `key` and `spec` are those of the resource it was made for; both are None for a container that Ergon does
    not manage.
    """

    container: Container
    key: Key | None = None
    spec: ContainerSpec | None = None

    @property
    def about(self) -> str:
        """Under which name it is remembered: its resource's, so that all replicas share it, or its own id."""
        return str(self.key) if self.key is not None else self.container.id

    @property
    def is_up(self) -> bool:
        """Whether it runs, and its health check, if it has one, does not say that it is ill."""
        return self.container.running and self.container.health != "unhealthy"


class Surroundings(Protocol):
    """What a companion may know of the world around its container. Answers at once, from what others found."""

    def others(self) -> Iterable[Subject]:
        """Return every other container that has a companion."""
        ...

    def down(self) -> Collection[Subject]:
        """Return those of all containers with a companion that are not up."""
        ...

    def top_finding(self, container_id: str) -> Finding | None:
        """Return the newest first finding of a container, None when nothing is wrong or nobody has looked."""
        ...

    def health(self, container_id: str) -> Health | None:
        """Return what a container's probes found, None when it is not probed."""
        ...


class Memory(Protocol):
    """What companions remember beyond their own life. Who starts them keeps it; a reader's keeps nothing new."""

    async def recall(self, about: str, topic: str) -> Json | None:
        """Return what was last remembered about a subject (`Subject.about`) under a topic."""
        ...

    async def remember(self, about: str, topic: str, value: Mapping[str, Any] | None) -> None:
        """Keep this JSON-ready value in the place of the former one; None forgets it."""
        ...

    async def ended_runs(self, subject: Subject, limit: int = 20) -> Sequence[EndedRun]:
        """Return the newest runs of a subject's resource that ended, replaced containers' too, newest first."""
        ...
