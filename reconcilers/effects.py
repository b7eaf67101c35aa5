"""What it takes to change a field of a living container: the table behind every plan.

Docker fixes most of a container at creation; the exceptions are the limits and the restart policy
(update), the name (rename) and the networks (disconnect and connect). Measured on Engine 20.10 and
28.5; the update rules come from the daemon's own source.
"""

import re
from collections.abc import Iterable

from reconcilers.decision import EFFECTS, Effect

# Ergon's own business, or asked anew at each use: a living container needs no deed.
_NO_DEED = (
    "replicas",
    "scale",
    "autoscale",
    "resources",
    "depends_on",
    "probes",
    "drift",
    "update",
    "pull_policy",
    "image_policy",
    "env_file",
    "stop_grace_period",
    "active_deadline",
    "schedule",
    "ttl_after_finished",
    "post_start",
    "pre_stop",
    "deploy.mode",
    "deploy.replicas",
    "deploy.labels",
    "deploy.restart_policy",
    "deploy.update_config",
    "deploy.rollback_config",
    "deploy.placement",
    "deploy.resources.reservations.cpus",
    "deploy.endpoint_mode",
)

# What to do when a file changes says nothing about the file.
_ON_CHANGE = re.compile(r"^(configs|secrets)\[[^\]]*\]\.on_change\b")

# Spec field to Docker's name of the limit it sets.
LIMIT_OF = {
    "mem_limit": "Memory",
    "deploy.resources.limits.memory": "Memory",
    "memswap_limit": "MemorySwap",
    "mem_reservation": "MemoryReservation",
    "deploy.resources.reservations.memory": "MemoryReservation",
    "cpus": "NanoCpus",
    "deploy.resources.limits.cpus": "NanoCpus",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_rt_period": "CpuRealtimePeriod",
    "cpu_rt_runtime": "CpuRealtimeRuntime",
    "cpu_shares": "CpuShares",
    "cpuset": "CpusetCpus",
    "cpuset_mems": "CpusetMems",
    "pids_limit": "PidsLimit",
    "deploy.resources.limits.pids": "PidsLimit",
    "blkio_config.weight": "BlkioWeight",
}

# An update reads zero as "not given", so these alone can be lifted in place.
REMOVABLE_LIMITS = frozenset({"PidsLimit"})

# For the life of a container one excludes the other: switching needs a new one.
_CPU_QUOTA_LIMITS = frozenset({"CpuPeriod", "CpuQuota"})


def is_under(path: str, fields: Iterable[str]) -> bool:
    """Return whether `path` is one of `fields` or lies below one."""
    return any(path == name or path.startswith((name + ".", name + "[")) for name in fields)


def effect_of_field(path: str) -> Effect:
    """Return what changing one spec field takes; limits are judged by `effect_of_limit`."""
    if is_under(path, _NO_DEED) or _ON_CHANGE.search(path):
        return "none"
    if is_under(path, ("networks",)):
        return "reconnect"
    if is_under(path, ("container_name",)):
        return "rename"
    return "recreate"


def limit_of(path: str) -> str | None:
    """Return Docker's name of the limit that a spec field sets, None for other fields."""
    return next((docker for name, docker in LIMIT_OF.items() if is_under(path, (name,))), None)


def effect_of_limit(name: str, wanted: int | str | None, present: Iterable[str]) -> Effect:
    """Return what bringing one limit to `wanted` takes on a container that has the limits `present`."""
    if wanted is None and name not in REMOVABLE_LIMITS:
        return "recreate"
    switches_to_quota = name in _CPU_QUOTA_LIMITS and "NanoCpus" in present
    switches_to_cpus = name == "NanoCpus" and not _CPU_QUOTA_LIMITS.isdisjoint(present)
    return "recreate" if switches_to_quota or switches_to_cpus else "in-place"


def strongest(effects: Iterable[Effect]) -> Effect:
    """Return the effect that includes all others; `none` for nothing."""
    return EFFECTS[max((EFFECTS.index(effect) for effect in effects), default=0)]
