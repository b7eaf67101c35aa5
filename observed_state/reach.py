"""Whether the ports that a container publishes answer on the host."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Unreached = Literal["listen-loopback-only", "published-port-not-listened", "port-not-forwarded"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What trying the published ports of one run has settled.

    `reason` is "" while all of them answer, else of the first that does not; `message` says which and why.
    """

    container_id: str
    started_at: datetime | None
    reason: Unreached | Literal[""] = ""
    message: str = ""
