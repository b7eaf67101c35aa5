"""A run that ended though nobody wanted it to."""

from collections.abc import Sequence
from dataclasses import dataclass

from desired_state.container import ContainerSpec
from engine.protocol import LogLine
from observed_state.container import Container
from observed_state.ended_run import EndedRun
from observed_state.engine import EngineEvent
from observed_state.image import Image


@dataclass(frozen=True, slots=True)
class CrashedRun:
    """One crash: the container as it was seen then, and what it said in that run.

    `silence` says why there are no lines where that means nothing. `spec` is what is declared, None for what is not;
    `image` is None when it is gone. `events` are Docker's about it, `earlier` its ends so far, oldest first, this one
    included. `neighbours` are the containers it may speak to: a name, the names by which it is reached, and what is
    seen of it, None for what is declared and was never made.
    """

    container: Container
    lines: Sequence[LogLine] = ()
    silence: str = ""
    spec: ContainerSpec | None = None
    image: Image | None = None
    events: Sequence[EngineEvent] = ()
    earlier: Sequence[EndedRun] = ()
    neighbours: Sequence[tuple[str, frozenset[str], Container | None]] = ()
