"""What runs to completion before a container starts: Compose's `pre_start`, Kubernetes' init containers."""

from typing import Any

from pydantic import Field

from desired_state import container_parts as parts
from desired_state.hooks import Words
from desired_state.model import Declared

# What it shares with the container it comes before. Not its ports, checks, probes, names and addresses.
_SHARED = (
    *("platform", "pull_policy", "environment", "env_file", "extra_hosts", "dns", "dns_search", "dns_opt"),
    *("network_mode", "volumes", "volumes_from", "tmpfs", "configs", "secrets", "devices", "device_cgroup_rules"),
    *("group_add", "cap_add", "cap_drop", "security_opt", "privileged", "read_only", "runtime", "logging", "ulimits"),
    *("mem_limit", "cpus", "pids_limit", "userns_mode", "ipc", "pid", "cgroup", "cgroup_parent", "shm_size"),
)
# What belongs to an image: shared only with a step that runs the same one.
_OF_THE_IMAGE = ("user", "working_dir")
_OWN_NAMES = ("aliases", "ipv4_address", "ipv6_address", "link_local_ips", "mac_address")


class PreStart(Declared):
    """One step. It runs in a container of its own, of the same image unless it names one.

    It is run once for all replicas, or for each of them when `per_replica`.
    """

    command: Words
    image: str | None = None
    entrypoint: parts.Command | None = None
    user: parts.IdText | None = None
    privileged: bool | None = None
    working_dir: str | None = None
    environment: parts.StringMap = Field(default_factory=dict)
    per_replica: bool = False

    @property
    def shown(self) -> str:
        """The command in one line."""
        return " ".join(self.command)


def spec_of_step(declared: dict[str, Any], step: PreStart) -> dict[str, Any]:
    """Return the declared spec of a step's container, from that of the container it comes before."""
    shared = (*_SHARED, *(() if step.image else _OF_THE_IMAGE))
    spec = {name: value for name, value in declared.items() if name in shared}
    spec["image"] = step.image or declared["image"]
    if declared.get("networks") is not None:
        spec["networks"] = {name: _nameless(join) for name, join in declared["networks"].items()}
    own = step.declared()
    spec["environment"] = {**(declared.get("environment") or {}), **own.pop("environment", {})}
    spec |= {name: value for name, value in own.items() if name not in ("image", "per_replica") and value is not None}
    return spec | {"restart": _restart(declared.get("restart"))}


def _nameless(join: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in join.items() if name not in _OWN_NAMES}


def _restart(restart: dict[str, Any] | None) -> dict[str, Any]:
    """A step that fails is tried again like its container, but for one that is run only once."""
    if restart and restart.get("policy") == "never":
        return {"policy": "never"}
    kept = {name: value for name, value in (restart or {}).items() if name in ("attempts", "backoff")}
    return {"policy": "on-failure", **kept}
