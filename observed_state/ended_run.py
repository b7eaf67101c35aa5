"""How one run of a container ended, as it was recorded."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EndedRun:
    """The end of one run.

    `error` is the engine's own words, "" when it has none; `reason` why it ended as far as known ("exit 137",
    "stopped by Ergon"); `counted` whether it was a crash, and nobody's deed. Times are aware, UTC.
    """

    container_id: str
    exit_code: int
    oom_killed: bool = False
    error: str = ""
    reason: str = ""
    counted: bool = True
    started_at: datetime | None = None
    finished_at: datetime | None = None
