"""What discovery goes by: one container's processes, sockets, files and words, as they were read at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Source = Literal["proc", "top", "inspect"]
# How much is known of sockets: whose each is, only which there are in the container's own network, or nothing.
Sockets = Literal["owned", "seen", "unknown"]


@dataclass(frozen=True, slots=True)
class Task:
    """One process. `words` is its command line; `sockets` are the inodes that it holds.

    `language` is what its program was made by (`go`, `java`...), "" when that was not looked at or can't be told.
    """

    pid: int
    ppid: int
    comm: str
    words: tuple[str, ...]
    exe: str = ""
    cwd: str = ""
    language: str = ""
    sockets: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """Its command line, as ps shows it."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that waits for others to speak first. `address` is where it is bound."""

    inode: int
    address: str
    port: int
    protocol: Literal["tcp", "udp"] = "tcp"

    @property
    def loopback(self) -> bool:
        """Whether nobody outside its network can reach it."""
        return self.address.startswith(("127.", "::ffff:127.")) or self.address == "::1"


@dataclass(frozen=True, slots=True)
class Facts:
    """One container at one moment.

    `command` is its entrypoint and command. `exposed` and `published` are ports of the container. `files` are by
    absolute path, `answers` name the protocol that a port was found to speak. `log` is the beginning of this run's.
    """

    image: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    workdir: str = "/"
    exposed: frozenset[int] = frozenset()
    published: frozenset[int] = frozenset()
    running: bool = True
    started_at: datetime | None = None
    tasks: tuple[Task, ...] = ()
    listeners: tuple[Listener, ...] = ()
    sockets: Sockets = "unknown"
    source: Source = "inspect"
    files: Mapping[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    answers: Mapping[int, str] = field(default_factory=dict)
