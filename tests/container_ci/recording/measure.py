"""Sample a container's counters while it works, and label from what was seen how it should be sized."""

import math
import re
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.container_ci.recording import procfs
from tests.container_ci.recording.scene import Load
from tests.container_ci.recording.stage import Player

MIB = 1 << 20
_EVERY_S = 1.0
_MARGIN = 1.15
# One step of rounding up and the width of a histogram's bucket.
_SLACK_BYTES, _STEP_BYTES = 32 * MIB, 16 * MIB
_SLACK_CORES = 0.12

Row = list[float]


def measure(player: Player, load: Load) -> list[Row]:
    """Return the samples of a container, one a second, with clock and processor time stretched by the load's scale."""
    rows: list[Row] = []
    began = time.time()
    while len(rows) <= load.samples and player.running:
        seen = procfs.counters(player.id)
        if "memory.usage_in_bytes" in seen and "cpuacct.usage" in seen:
            rows.append(_row(seen, time.time() - began, load.scale))
        time.sleep(max(0.0, began + len(rows) * _EVERY_S - time.time()))
    return rows


def _row(seen: Mapping[str, str], after_s: float, scale: float) -> Row:
    cpu, memory, oom = (_table(seen.get(name, "")) for name in ("cpu.stat", "memory.stat", "memory.oom_control"))
    return [
        round(after_s * scale, 1),
        round(int(seen["cpuacct.usage"]) * scale),
        cpu.get("nr_periods", 0),
        cpu.get("nr_throttled", 0),
        int(seen["memory.usage_in_bytes"]),
        memory.get("total_inactive_file", 0),
        int(seen.get("memory.max_usage_in_bytes", 0)),
        int(seen.get("memory.failcnt", 0)),
        int(seen.get("pids.current", 0)),
        oom.get("oom_kill", 0),
    ]


def _table(text: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", text, re.MULTILINE)}


def bounds(rows: Sequence[Row], expected: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return between what each field is to be recommended; "seen" stands for what KRR's rule makes of the samples."""
    working = [row[4] - row[5] for row in rows]
    cores = sorted((b[1] - a[1]) / 1e9 / (b[0] - a[0]) for a, b in pairwise(rows) if b[0] > a[0])
    least_memory = max(max(working) * _MARGIN, 32 * MIB)
    pids = max(64, math.ceil(2 * max(row[8] for row in rows) / 32) * 32)
    least_cores = max(cores[int(0.95 * len(cores))] * _MARGIN, 0.05)
    seen: dict[str, list[float]] = {
        "mem_limit": [math.floor(least_memory), math.ceil(least_memory) + _SLACK_BYTES],
        "cpus": [round(least_cores * 0.9, 3), round(least_cores * 1.1 + _SLACK_CORES, 3)],
        "pids_limit": [pids, pids + 32],
    }
    return {name: seen[name] if value == "seen" else list(value) for name, value in expected.items()}
