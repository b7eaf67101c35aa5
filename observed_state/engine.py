"""The engine itself, and what it says is happening."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EventType = Literal["container", "network", "volume", "image", "daemon"]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the connected daemon is. `api_version` is the negotiated one, as (major, minor).

    `started_at` is when it last started, on its own clock; None where it does not show.
    """

    id: str
    version: str
    api_version: tuple[int, int]
    os: str = "linux"
    architecture: str = "amd64"
    root_dir: str = ""
    cpus: int = 1
    memory: int = 0
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """One line of Docker's event stream: a hint about which object to look at again.

    `action` is the bare verb ("health_status", not "health_status: healthy"); `detail` the rest.
    `time_ns` is on the daemon's clock.
    """

    type: EventType
    action: str
    actor: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    time_ns: int = 0
