"""The limits that a container has now."""

from container_ci.sizing.recommending import Limits
from observed_state.container import Container


def limits_of(container: Container) -> Limits:
    """Return a container's limits as Docker holds them."""
    resources = container.resources
    nano = _count(resources.get("NanoCpus"))
    quota, period = _count(resources.get("CpuQuota")), _count(resources.get("CpuPeriod")) or 100_000
    cpus = nano / 1e9 if nano else quota / period if quota else None
    return Limits(
        memory=_count(resources.get("Memory")),
        memory_reservation=_count(resources.get("MemoryReservation")),
        cpus=cpus,
        cpu_shares=_count(resources.get("CpuShares")),
        pids=_count(resources.get("PidsLimit")),
    )


def _count(value: int | str | None) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
