"""The limits that can change on a living container, under Docker's names, as one spec declares them.

Docker Engine API, ContainerUpdate. Only what is declared is in the result; Docker's rule that
`MemorySwap` is twice `Memory` unless said otherwise is applied here, because an update must send both.
"""

import copy
from collections.abc import Mapping
from typing import Any

from desired_state.container import ContainerSpec

# A spec's own field, and its Compose twin.
TWINS: Mapping[str, tuple[str, ...]] = {
    "mem_limit": ("deploy", "resources", "limits", "memory"),
    "mem_reservation": ("deploy", "resources", "reservations", "memory"),
    "cpus": ("deploy", "resources", "limits", "cpus"),
    "pids_limit": ("deploy", "resources", "limits", "pids"),
}


def with_limits(declared: Mapping[str, Any], values: Mapping[str, float | None]) -> dict[str, Any]:
    """Return a `declared()` spec with other limits, each where it was declared; None takes one away.

    Swap that was none stays none; a total of memory and swap never falls below the memory.
    """
    changed = copy.deepcopy(dict(declared))
    before = _declared_memory(changed)
    for field, value in values.items():
        _put(changed, field, value)
    after, swap = _declared_memory(changed), changed.get("memswap_limit")
    if isinstance(swap, int) and swap > 0 and after:
        changed["memswap_limit"] = after if swap == before else max(swap, after)
    return changed


def _put(declared: dict[str, Any], field: str, value: float | None) -> None:
    twin = TWINS.get(field)
    holder: Any = declared
    for part in twin[:-1] if twin else ():
        holder = holder.get(part) if isinstance(holder, dict) else None
    in_twin = twin is not None and isinstance(holder, dict) and holder.get(twin[-1]) is not None
    if in_twin and twin is not None:
        holder[twin[-1]] = value
    if value is None:
        declared.pop(field, None)
    elif not in_twin or declared.get(field) is not None:
        declared[field] = value


def _declared_memory(declared: Mapping[str, Any]) -> int | None:
    limits = ((declared.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    found = declared.get("mem_limit")
    value = limits.get("memory") if found is None else found
    return value if isinstance(value, int) else None


def docker_limits(spec: ContainerSpec) -> Mapping[str, int | str]:
    """Return the declared limits by Docker's field names; bytes, nano-CPUs and microseconds."""
    memory = spec.memory_bytes
    swap = spec.memory_swap
    limits: dict[str, int | str | None] = {
        "Memory": memory,
        "MemorySwap": swap if swap is not None else (2 * memory if memory else None),
        "MemoryReservation": spec.memory_reservation_bytes,
        "NanoCpus": spec.nano_cpus,
        "CpuPeriod": spec.cpu_period,
        "CpuQuota": spec.cpu_quota,
        "CpuRealtimePeriod": spec.cpu_rt_period,
        "CpuRealtimeRuntime": spec.cpu_rt_runtime,
        "CpuShares": spec.cpu_shares,
        "CpusetCpus": spec.cpuset,
        "CpusetMems": spec.cpuset_mems,
        "PidsLimit": spec.pids if spec.pids is not None and spec.pids > 0 else None,
        "BlkioWeight": spec.blkio_config.weight if spec.blkio_config else None,
    }
    return {name: value for name, value in limits.items() if value not in (None, 0, "")}


def docker_restart_policy(spec: ContainerSpec) -> tuple[str, int]:
    """Return Docker's own restart policy and its retry count: `no` unless restarts are delegated to Docker."""
    restart = spec.effective_restart
    if restart.policy != "delegated":
        return "no", 0
    return restart.docker, (restart.attempts or 0) if restart.docker == "on-failure" else 0
