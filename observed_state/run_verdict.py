"""What was found out about the end of a run."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """Why a run ended. `rule` is the finding's name and `cause` its words; both "" when nothing was found.

    `holds`: a restart can't help, the same would happen again until somebody changes something. `ended_at` is the end
    that it speaks of. Times are aware, UTC.
    """

    ended_at: datetime
    rule: str = ""
    cause: str = ""
    holds: bool = False
