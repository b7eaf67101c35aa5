"""The limits that can change on a living container, and those that can't."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bodies.given import filled
from observed_state.container import Container

_LIMITS = {
    "mem_limit": "Memory",
    "mem_reservation": "MemoryReservation",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_rt_period": "CpuRealtimePeriod",
    "cpu_rt_runtime": "CpuRealtimeRuntime",
    "cpu_shares": "CpuShares",
    "cpuset": "CpusetCpus",
    "cpuset_mems": "CpusetMems",
    "pids_limit": "PidsLimit",
}
_RATES = {
    "device_read_bps": "BlkioDeviceReadBps",
    "device_write_bps": "BlkioDeviceWriteBps",
    "device_read_iops": "BlkioDeviceReadIOps",
    "device_write_iops": "BlkioDeviceWriteIOps",
}


def limit_fields(container: Container) -> dict[str, Any]:
    """Return the fields that limit what the container may use."""
    limits = container.resources
    cpus = limits.get("NanoCpus")
    return {
        **{field: limits.get(docker) for field, docker in _LIMITS.items()},
        "memswap_limit": _swap(limits),
        "cpus": int(cpus) / 1e9 if cpus else None,
        "blkio_config": _block_io(container),
    }


def _swap(limits: Mapping[str, int | str]) -> int | None:
    """Return memory and swap together, None where it is what Docker makes of the memory limit by itself."""
    memory, swap = int(limits.get("Memory", 0)), int(limits.get("MemorySwap", 0))
    return None if swap in (0, 2 * memory) or not memory else swap


def _block_io(container: Container) -> dict[str, Any] | None:
    host: Mapping[str, Any] = container.frozen.get("HostConfig") or {}
    weights = [{"path": one["Path"], "weight": one["Weight"]} for one in host.get("BlkioWeightDevice") or ()]
    found = {"weight": container.resources.get("BlkioWeight"), "weight_device": weights}
    return filled(found | {field: _rates(host.get(docker) or ()) for field, docker in _RATES.items()}) or None


def _rates(devices: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"path": device["Path"], "rate": device["Rate"]} for device in devices]
