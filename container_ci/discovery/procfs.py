"""What the kernel shows of a container's processes, read from a host's /proc. Bounded, blocking, for a worker thread.

Nothing here raises for a process that has ended meanwhile, or that may not be looked at: it is left out.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from container_ci.discovery import sockets
from container_ci.discovery.facts import Listener, Sockets, Task
from container_ci.kernel_files import content

CGROUPS = Path("/sys/fs/cgroup")
_MOST_PIDS = 512
_MOST_DESCRIPTORS = 2048
_MOST_BYTES = 64 * 1024
_MOST_TABLE_BYTES = 4 << 20
_MOST_PROGRAM_BYTES = 32 << 20
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_LIBRARIES = (
    ("libjvm", "java"),
    ("libcoreclr", "dotnet"),
    ("libpython", "python"),
    ("libruby", "ruby"),
    ("libnode", "node"),
    ("libphp", "php"),
    ("libperl", "perl"),
)


_TABLES: tuple[tuple[str, Literal["tcp", "udp"]], ...] = (
    ("tcp", "tcp"),
    ("tcp6", "tcp"),
    ("udp", "udp"),
    ("udp6", "udp"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The processes of a container, the sockets that wait in their networks, and how much is known of sockets."""

    tasks: tuple[Task, ...]
    listeners: tuple[Listener, ...]
    sockets: Sockets


class Proc(Protocol):
    """A host's /proc, by names below it. What can't be read is empty."""

    def text(self, name: str, limit: int = ...) -> str: ...

    def link(self, name: str) -> str: ...

    def descriptors(self, pid: int) -> list[str] | None:
        """Return the names in a process's folder of descriptors, None when it may not be looked into."""
        ...

    def members(self, pid: int) -> list[int]:
        """Return the pids in the control group of a process, [] when it can't be found."""
        ...

    def compiled_by(self, pid: int) -> str:
        """Return what a process's program was made by, as far as that shows in it: `go`, `rust`, ""."""
        ...


class HostProc:
    """The /proc of this machine, and the control groups beside it."""

    def __init__(self, root: Path = Path("/proc"), cgroups: Path = CGROUPS) -> None:
        self._root = root
        self._cgroups = cgroups

    def text(self, name: str, limit: int = _MOST_BYTES) -> str:
        with suppress(OSError):
            return content(f"{self._root}/{name}", limit).decode("utf-8", "replace")
        return ""

    def link(self, name: str) -> str:
        with suppress(OSError):
            return str((self._root / name).readlink())
        return ""

    def descriptors(self, pid: int) -> list[str] | None:
        try:
            folder = self._root / str(pid) / "fd"
            return [path.name for path in islice(folder.iterdir(), _MOST_DESCRIPTORS)]
        except PermissionError:
            return None
        except OSError:
            return []

    def members(self, pid: int) -> list[int]:
        for line in self.text(f"{pid}/cgroup").splitlines():
            _, controllers, path = (*line.split(":", 2), "", "")[:3]
            # A process of the first version has one for each controller; any will do that has a folder.
            for name in _folders(controllers):
                found = _numbers(f"{self._cgroups}/{name}/{path.lstrip('/')}/cgroup.procs")
                if pid in found:
                    return found[:_MOST_PIDS]
        return []

    def compiled_by(self, pid: int) -> str:
        program = self._root / str(pid) / "exe"
        with suppress(OSError):
            found = program.stat()
            return _language_of(str(program), found.st_dev, found.st_ino, found.st_mtime_ns)
        return ""


def holds(proc: Proc, pid: int, container_id: str) -> bool:
    """Whether a pid here is a process of this container, and not somebody else's on another machine."""
    return pid > 0 and container_id in proc.text(f"{pid}/cgroup")


def see(proc: Proc, pids: Iterable[int], *, own_network: bool) -> Seen:
    """Return these processes and the sockets that wait in their networks; each network is read once.

    `own_network` says that nobody else's sockets are in it.
    """
    looked = [found for pid in list(pids)[:_MOST_PIDS] if (found := _task(proc, pid)) is not None]
    tasks = [task for task, _ in looked]
    networks: dict[str, int] = {}
    talking: set[str] = set()
    for task, readable in looked:
        network = proc.link(f"{task.pid}/ns/net") or "the only one"
        networks.setdefault(network, task.pid)
        # The tables take the kernel milliseconds; whoever holds no socket need not be looked up in them.
        if task.sockets or not readable:
            talking.add(network)
    waiting = tuple(one for name, pid in networks.items() if name in talking for one in listeners_of(proc, pid))
    if not all(readable for _, readable in looked):
        return Seen(tuple(tasks), waiting if own_network else (), "seen" if own_network else "unknown")
    held = {inode for task in tasks for inode in task.sockets}
    mine = tuple(one for one in waiting if one.inode in held)
    inodes = {one.inode for one in mine}
    return Seen(tuple(_with_language(proc, one) if one.sockets & inodes else one for one in tasks), mine, "owned")


def usage_of(proc: Proc, pid: int) -> tuple[str, ...]:
    """Return how many sockets of each kind are in the network of a process: cheap, where the tables are not."""
    text = proc.text(f"{pid}/net/sockstat") + proc.text(f"{pid}/net/sockstat6")
    return tuple(re.findall(r"^(?:TCP|UDP)6?: inuse \d+", text, re.MULTILINE))


def listeners_of(proc: Proc, pid: int) -> list[Listener]:
    """Return the sockets that wait in the network of a process, whoever's they are."""
    return [
        one
        for name, protocol in _TABLES
        for one in sockets.listeners(proc.text(f"{pid}/net/{name}", _MOST_TABLE_BYTES), protocol)
    ]


def _task(proc: Proc, pid: int) -> tuple[Task, bool] | None:
    """Return a process, and whether its descriptors could be seen; None for one that has ended."""
    status = proc.text(f"{pid}/status")
    parent = re.search(r"^PPid:\s*(\d+)", status, re.MULTILINE)
    if parent is None or re.search(r"^State:\s*[ZX]", status, re.MULTILINE):
        return None
    words = tuple(proc.text(f"{pid}/cmdline").rstrip("\0 ").split("\0"))
    descriptors = proc.descriptors(pid)
    task = Task(
        pid,
        int(parent.group(1)),
        proc.text(f"{pid}/comm").strip(),
        words if words != ("",) else (),
        proc.link(f"{pid}/exe").removesuffix(" (deleted)"),
        proc.link(f"{pid}/cwd"),
        sockets=frozenset(_sockets(proc, pid, descriptors or ())),
    )
    return task, descriptors is not None


def _sockets(proc: Proc, pid: int, descriptors: Iterable[str]) -> Iterator[int]:
    for name in descriptors:
        if found := _SOCKET.fullmatch(proc.link(f"{pid}/fd/{name}")):
            yield int(found.group(1))


def _with_language(proc: Proc, task: Task) -> Task:
    maps = proc.text(f"{task.pid}/maps", 4 * _MOST_BYTES)
    language = next((language for library, language in _LIBRARIES if f"/{library}" in maps), "")
    return replace(task, language=language or proc.compiled_by(task.pid))


@lru_cache(maxsize=64)
def _language_of(program: str, *_identity: int) -> str:
    """Return what a program was made by, "" when it does not show; its identity makes the answer its own."""
    with suppress(OSError), Path(program).open("rb") as file:
        content = file.read(_MOST_PROGRAM_BYTES)
        if b".gopclntab\0" in content:
            return "go"
        if b"rust_panic\0" in content or b"RUST_BACKTRACE" in content:
            return "rust"
    return ""


def _folders(controllers: str) -> tuple[str, ...]:
    """Return where a hierarchy may be mounted below the control groups' root."""
    if not controllers:
        return (".", "unified")
    return (controllers.removeprefix("name="), controllers.partition(",")[0])


def _numbers(path: str) -> list[int]:
    with suppress(OSError, ValueError):
        return [int(line) for line in content(path, _MOST_BYTES).split()]
    return []
