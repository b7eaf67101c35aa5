"""Take down what a look into the host's /proc and control groups shows of one container."""

import contextlib
import re
from pathlib import Path
from typing import Any

PROC = Path("/proc")
_STATUS = {"Name", "State", "PPid", "Uid", "Gid", "NSpid", "SigCgt", "SigIgn", "Threads", "VmRSS"}
_LIMITS = ("Limit", "Max open files", "Max processes")
# What tells the language of a program; that it also has a C library tells nothing.
_TELLING = re.compile(r"python|ruby|jvm|node|php|perl|coreclr|erlang|site-packages")
_MOST_MAPS = 8
_SOCKETS = re.compile(r"socket:\[\d+\]")
_CGROUP_FILES = {
    "memory": (
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "memory.max_usage_in_bytes",
        "memory.failcnt",
        "memory.oom_control",
        "memory.stat",
    ),
    "cpuacct": ("cpuacct.usage",),
    "cpu": ("cpu.stat", "cpu.cfs_quota_us", "cpu.cfs_period_us"),
    "pids": ("pids.current", "pids.max", "pids.events"),
}
_CGROUPS = Path("/sys/fs/cgroup")
_MEMORY_STAT = re.compile(r"^(total_)?(rss|cache|inactive_file|active_file|swap) ", re.MULTILINE)


def processes(container_id: str) -> list[int]:
    """Return the host's pids of a container, lowest first."""
    tasks = _CGROUPS / "pids" / "docker" / container_id / "cgroup.procs"
    return sorted(int(pid) for pid in tasks.read_text().split()) if tasks.exists() else []


def proc(pids: list[int]) -> dict[str, Any]:
    """Return the files and links of these processes that a gatherer may read."""
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    seen_networks: set[str] = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            _process(pid, files, links, seen_networks)
    return {"files": files, "links": links}


def _process(pid: int, files: dict[str, str], links: dict[str, str], seen_networks: set[str]) -> None:
    folder = PROC / str(pid)
    for name in ("comm", "cmdline", "cgroup", "stat"):
        files[f"{pid}/{name}"] = (folder / name).read_text(errors="replace")
    status = (folder / "status").read_text(errors="replace").splitlines()
    files[f"{pid}/status"] = "".join(f"{line}\n" for line in status if line.partition(":")[0] in _STATUS)
    limits = (folder / "limits").read_text().splitlines()
    files[f"{pid}/limits"] = "".join(f"{line}\n" for line in limits if line.startswith(_LIMITS))
    files[f"{pid}/maps"] = _maps((folder / "maps").read_text(errors="replace"))
    for name in ("exe", "cwd", "root", "ns/net", "ns/pid"):
        with contextlib.suppress(OSError):
            links[f"{pid}/{name}"] = str((folder / name).readlink())
    for descriptor in sorted((folder / "fd").iterdir(), key=lambda path: int(path.name)):
        with contextlib.suppress(OSError):
            if _SOCKETS.fullmatch(target := str(descriptor.readlink())):
                links[f"{pid}/fd/{descriptor.name}"] = target
    network = links.get(f"{pid}/ns/net", "")
    if network not in seen_networks:
        seen_networks.add(network)
        for name in ("tcp", "tcp6", "udp", "udp6"):
            with contextlib.suppress(FileNotFoundError):
                files[f"{pid}/net/{name}"] = _squeezed((folder / "net" / name).read_text())


def _squeezed(table: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in table.splitlines())


def _maps(text: str) -> str:
    """Return one executable mapping per file, for the program itself and what tells its language."""
    kept: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split(None, 5)
        program = len(parts) == 6 and parts[1].startswith("r-x") and parts[5].startswith("/")
        if program and (not kept or _TELLING.search(parts[5])):
            kept.setdefault(parts[5], " ".join(parts))
    return "".join(f"{line}\n" for line in list(kept.values())[:_MOST_MAPS])


def elf(pids: list[int]) -> dict[str, str]:
    """Return which processes run a program made by Go or Rust, by what is written in the program."""
    found: dict[str, str] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            program = (PROC / str(pid) / "exe").read_bytes()
            if b".gopclntab\0" in program:
                found[str(pid)] = "go"
            elif b"rust_panic\0" in program or b"RUST_BACKTRACE" in program:
                found[str(pid)] = "rust"
    return found


def listening(pid: int) -> set[int]:
    """Return the TCP ports that something in a process's network listens on, Docker's resolver left out."""
    ports = set()
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / str(pid) / "net" / name).read_text().splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                if state == "0A" and not local.startswith("0B00007F:"):
                    ports.add(int(local.rpartition(":")[2], 16))
    return ports


def counters(container_id: str) -> dict[str, str]:
    """Return the texts of a container's control group files, by name."""
    found: dict[str, str] = {}
    for controller, names in _CGROUP_FILES.items():
        for name in names:
            path = _CGROUPS / controller / "docker" / container_id / name
            with contextlib.suppress(OSError):
                text = path.read_text()
                if name == "memory.stat":
                    text = "".join(f"{line}\n" for line in text.splitlines() if _MEMORY_STAT.match(line))
                found[name] = text
    return found
