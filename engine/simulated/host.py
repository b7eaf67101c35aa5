"""What the parts of the simulated daemon share: its version, its time, its events, and the machine below it."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from engine.simulated.agenda import Agenda
from engine.simulated.events import Events

NEVER = "0001-01-01T00:00:00Z"
FIRST_EPHEMERAL_PORT = 32768


@dataclass(slots=True)
class Host:
    """The machine and the daemon's view of it.

    `busy_ports` are taken by processes that are no containers; `missing_paths` are host paths that
    do not exist (all others do). `ports` says which container has published which port.
    """

    agenda: Agenda
    events: Events
    random: Random
    api_version: tuple[int, int]
    busy_ports: set[int] = field(default_factory=set)
    missing_paths: set[str] = field(default_factory=set)
    ports: dict[int, str] = field(default_factory=dict)
    last_pid: int = 1000

    def new_id(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def new_pid(self) -> int:
        self.last_pid += 1
        return self.last_pid

    def stamp(self) -> str:
        """Return now, as Docker writes it."""
        return docker_time(self.agenda.now())

    @property
    def modern(self) -> bool:
        """Whether it behaves like the engines that came after 20.10 (API 1.44 and later)."""
        return self.api_version >= (1, 44)


def docker_time(moment: datetime) -> str:
    """Return a UTC time as Docker writes it, to the nanosecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
