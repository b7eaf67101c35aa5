"""The limits that can change on a living container, under Docker's names, as one spec declares them.

Docker Engine API, ContainerUpdate. Only what is declared is in the result; Docker's rule that
`MemorySwap` is twice `Memory` unless said otherwise is applied here, because an update must send both.
"""

from collections.abc import Mapping

from desired_state.container import ContainerSpec


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
