"""What a container's control group counts, read from the kernel's files of either version. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

# What the first version of control groups writes for "no limit".
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the counters of one run. None: the kernel does not count it here; a limit of None: there is none.

    `memory` is the working set in bytes. `oom_kills`, `memory_hits` (how often the limit was reached), `periods`,
    `throttled` and `pids_hits` only grow while the container runs, from zero at its start.
    """

    when: datetime
    memory: int | None = None
    memory_limit: int | None = None
    memory_hits: int | None = None
    oom_kills: int | None = None
    periods: int | None = None
    throttled: int | None = None
    pids: int | None = None
    pids_limit: int | None = None
    pids_hits: int | None = None


def reading(files: Mapping[str, str], when: datetime) -> Reading:
    """Return what files of a control group say, by name (`memory.max`); in whichever folder each stands."""
    named = {PurePosixPath(path).name: text for path, text in files.items()}
    memory, cpu = _fields(named.get("memory.stat")), _fields(named.get("cpu.stat"))
    used = _number(named, "memory.current", "memory.usage_in_bytes")
    inactive = memory.get("total_inactive_file", memory.get("inactive_file", 0))
    events, control = _fields(named.get("memory.events")), _fields(named.get("memory.oom_control"))
    hits = events.get("max")
    return Reading(
        when,
        memory=None if used is None else max(used - inactive, 0),
        memory_limit=_number(named, "memory.max", "memory.limit_in_bytes"),
        memory_hits=_number(named, "memory.failcnt") if hits is None else hits,
        oom_kills=events.get("oom_kill", control.get("oom_kill")),
        periods=cpu.get("nr_periods"),
        throttled=cpu.get("nr_throttled"),
        pids=_number(named, "pids.current"),
        pids_limit=_number(named, "pids.max"),
        pids_hits=_fields(named.get("pids.events")).get("max"),
    )


def _number(named: Mapping[str, str], *names: str) -> int | None:
    text = next((named[name].strip() for name in names if name in named), "")
    number = int(text) if text.isdecimal() else None
    return None if number is None or number >= _NO_LIMIT else number


def _fields(text: str | None) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", text or "", re.MULTILINE)}
