"""A process of a container, as the daemon's own `ps` lists it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """One row: ids as the host counts them, `comm` (at most 15 characters) and `args`, the whole command line."""

    pid: int
    ppid: int
    comm: str
    args: str
