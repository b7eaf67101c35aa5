"""What a probe is asked of."""

from dataclasses import dataclass
from datetime import datetime

from desired_state.probes import Probes


@dataclass(frozen=True, slots=True)
class Target:
    """One run of one container: where it is reached ("" for nowhere), and what to ask it there."""

    container_id: str
    started_at: datetime | None
    address: str
    probes: Probes
