"""What a companion is told of what its container uses. Who measures implements it."""

from dataclasses import dataclass
from typing import Any, Protocol

from container_ci.sizing.history import History
from container_ci.sizing.recommending import Ground
from container_ci.subject import Subject

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scaled:
    """How many replicas there are wanted now and why; `held` says who decides instead of the load, "" for nobody."""

    replicas: int
    measured: tuple[Json, ...]
    reason: str = ""
    stuck: str = ""
    held: str = ""


class Measurements(Protocol):
    """Answers at once, from what was measured."""

    def history(self, subject: Subject) -> History | None:
        """Return what the subject's resource has used; None when nobody measured it."""
        ...

    def ground(self, subject: Subject) -> Ground:
        """Return what the host offers."""
        ...

    def scaled(self, subject: Subject) -> Scaled | None:
        """Return how its autoscaling stands; None when it declares none."""
        ...

    def source(self, subject: Subject) -> str:
        """Return the state file that declares its resource, "" when there is none."""
        ...

    def heed(self, subject: Subject) -> None:
        """Measure it closely for a while."""
        ...
