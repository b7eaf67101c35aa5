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
    `ahead_ns` is how far the daemon's clock is ahead of ours at most; 0 while no difference can be measured.
    `log_driver`, `runtime` and `cgroup_version` ("1", "2") are what containers get that ask for nothing else.
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
    ahead_ns: int = 0
    log_driver: str = "json-file"
    runtime: str = "runc"
    cgroup_version: str = ""


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


@dataclass(frozen=True, slots=True)
class PastEvents:
    """What the daemon remembers of a span of its own time, oldest first, up to `until_ns`.

    Not `complete`: it remembers only the newest 256 events of all kinds, so some of the span may be forgotten.
    """

    events: tuple[EngineEvent, ...]
    until_ns: int
    complete: bool = True
