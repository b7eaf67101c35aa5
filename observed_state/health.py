"""What is known about a container's health, from Docker's own check and from probes outside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["unknown", "starting", "passing", "failing"]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The last settled answer of one probe.

    `verdict` moves only when a threshold is reached, so that one lost packet changes nothing.
    `since` is when it last moved; `message` quotes the newest failure ("" while passing).
    """

    kind: Literal["startup", "readiness", "liveness"]
    verdict: Verdict
    since: datetime
    message: str = ""
    consecutive: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """One container's health as its companion reports it: one settled result per probe kind.

    `container_id` and `started_at` say which run of the container it speaks of; a report about
    an earlier run counts as unknown.
    """

    container_id: str
    started_at: datetime | None = None
    startup: ProbeResult | None = None
    readiness: ProbeResult | None = None
    liveness: ProbeResult | None = None
