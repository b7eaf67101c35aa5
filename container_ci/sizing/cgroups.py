"""A container's counters from its control group's files, which costs a thousandth of asking Docker.

Version 2 of cgroups and version 1 with its hierarchies, from the Linux kernel's `cgroup-v2.rst` and
`cgroup-v1/memory.rst`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from container_ci.kernel_files import content
from observed_state.usage import Counters

_Read = TypeVar("_Read")

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")

# Version 1 says "no limit" with the largest number of pages.
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Group:
    """Where the counters of one container lie. `folders` by controller; version 2 has one for all."""

    version: int
    folders: Mapping[str, Path] = field(default_factory=dict)

    def folder(self, controller: str) -> Path | None:
        return self.folders.get("") if self.version == 2 else self.folders.get(controller)


def group_of(container_id: str, pid: int, proc: Path = PROC, root: Path = CGROUPS) -> Group | None:
    """Return the control group of a container's main process; None when that isn't on this host.

    A remote engine's process ids mean other processes here: the group has to bear the container's id.
    """
    try:
        lines = (proc / str(pid) / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    rows = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    paths = {name: path for _, names, path in rows if container_id in path for name in names.split(",")}
    if "memory" in paths:
        folders = {name: root / name / path.lstrip("/") for name, path in paths.items() if name}
        # Controllers that share a hierarchy are mounted under both names or under one of them.
        folders = {
            name: folder if folder.is_dir() else _joint(root, name, paths[name]) for name, folder in folders.items()
        }
        group = Group(1, folders)
    else:
        group = Group(2, {"": root / paths[""].lstrip("/")} if "" in paths else {})
    memory = group.folder("memory")
    return group if memory is not None and memory.is_dir() else None


def _joint(root: Path, name: str, path: str) -> Path:
    mounted = (one for one in root.iterdir() if name in one.name.split(","))
    return next(mounted, root / name) / path.lstrip("/")


def read(group: Group, now: datetime) -> Counters | None:
    """Return the counters now; None when the container has ended."""
    try:
        return _version_2(group.folders[""], now) if group.version == 2 else _version_1(group.folders, now)
    except (OSError, ValueError, KeyError):
        return None


def _version_2(folder: Path, now: datetime) -> Counters:
    cpu, memory = _table(f"{folder}/cpu.stat"), _table(f"{folder}/memory.stat")
    events = _optional(_table, f"{folder}/memory.events") or {}
    return Counters(
        at=now,
        cpu_ns=cpu["usage_usec"] * 1000,
        memory=_number(f"{folder}/memory.current"),
        inactive_file=memory.get("inactive_file", 0),
        memory_limit=_limit(f"{folder}/memory.max"),
        peak=_optional(_number, f"{folder}/memory.peak") or 0,
        periods=cpu.get("nr_periods", 0),
        throttled_periods=cpu.get("nr_throttled", 0),
        limit_hits=events.get("max", 0),
        oom_kills=events.get("oom_kill", 0),
        pids=_optional(_number, f"{folder}/pids.current") or 0,
    )


def _version_1(folders: Mapping[str, Path], now: datetime) -> Counters:
    memory = folders["memory"]
    cpu = (_optional(_table, f"{folders['cpu']}/cpu.stat") if "cpu" in folders else None) or {}
    oom = _optional(_table, f"{memory}/memory.oom_control") or {}
    return Counters(
        at=now,
        cpu_ns=_number(f"{folders['cpuacct']}/cpuacct.usage"),
        memory=_number(f"{memory}/memory.usage_in_bytes"),
        inactive_file=_table(f"{memory}/memory.stat").get("total_inactive_file", 0),
        memory_limit=_limit(f"{memory}/memory.limit_in_bytes"),
        peak=_optional(_number, f"{memory}/memory.max_usage_in_bytes") or 0,
        periods=cpu.get("nr_periods", 0),
        throttled_periods=cpu.get("nr_throttled", 0),
        limit_hits=_optional(_number, f"{memory}/memory.failcnt") or 0,
        oom_kills=oom.get("oom_kill", 0),
        pids=(_optional(_number, f"{folders['pids']}/pids.current") if "pids" in folders else None) or 0,
    )


def _number(path: str) -> int:
    return int(content(path))


def _table(path: str) -> dict[str, int]:
    words = content(path).decode().split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def _limit(path: str) -> int | None:
    text = content(path).strip()
    return None if text == b"max" or int(text) >= _NO_LIMIT else int(text)


def _optional(reader: Callable[[str], _Read], path: str) -> _Read | None:
    try:
        return reader(path)
    except (OSError, ValueError):
        return None
