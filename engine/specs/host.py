"""Docker's `HostConfig`, but for limits, mounts and networks: what a container may do and share."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bodies.given import filled
from observed_state.container import Container

_PLAIN = {
    "cap_add": "CapAdd",
    "cap_drop": "CapDrop",
    "group_add": "GroupAdd",
    "uts": "UTSMode",
    "userns_mode": "UsernsMode",
    "cgroup": "CgroupnsMode",
    "cgroup_parent": "CgroupParent",
    "privileged": "Privileged",
    "read_only": "ReadonlyRootfs",
    "init": "Init",
    "runtime": "Runtime",
    "sysctls": "Sysctls",
    "storage_opt": "StorageOpt",
    "annotations": "Annotations",
    "shm_size": "ShmSize",
    "oom_score_adj": "OomScoreAdj",
    "oom_kill_disable": "OomKillDisable",
    "mem_swappiness": "MemorySwappiness",
    "publish_all_ports": "PublishAllPorts",
    "device_cgroup_rules": "DeviceCgroupRules",
}
UNMASKED = "systempaths=unconfined"
# Docker keeps the profile and not the file it came from.
PROFILE = "seccomp=(a profile)"


def host_fields(container: Container, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that this part of `HostConfig` holds."""
    host: Mapping[str, Any] = container.frozen.get("HostConfig") or {}
    return {
        **{field: host.get(docker) for field, docker in _PLAIN.items()},
        "ipc": shared_by_name(host.get("IpcMode"), names),
        "pid": shared_by_name(host.get("PidMode"), names),
        "security_opt": security_options(host),
        "extra_hosts": _hosts(host.get("ExtraHosts") or ()),
        "ulimits": {one["Name"]: {"soft": one["Soft"], "hard": one["Hard"]} for one in host.get("Ulimits") or ()},
        "logging": _logging(host.get("LogConfig") or {}),
        "devices": [*_devices(host.get("Devices") or ()), *_cdi(host)],
        "gpus": [_request(one) for one in host.get("DeviceRequests") or () if one.get("Driver") != "cdi"],
    }


def shared_by_name(mode: str | None, names: Mapping[str, str]) -> str | None:
    """Return a namespace mode; another container's id is replaced by its name where that is known."""
    if not mode or not mode.startswith("container:"):
        return mode
    other = mode.removeprefix("container:")
    return f"container:{names.get(other, other)}"


def security_options(host: Mapping[str, Any]) -> list[str]:
    """Return the security options in one spelling; `systempaths=unconfined` is seen by what it takes away."""
    options = [_option(option) for option in host.get("SecurityOpt") or ()]
    # Inspect shows every default; a body says nothing about paths unless it takes them away.
    shows_defaults = "ShmSize" in host and "IpcMode" in host
    unmasked = shows_defaults and not host.get("MaskedPaths") and not host.get("Privileged")
    return sorted([*options, UNMASKED] if unmasked else options)


def _option(option: str) -> str:
    name, separator, value = option.partition("=") if "=" in option else option.partition(":")
    if name == "seccomp" and value not in ("unconfined", "builtin"):
        return PROFILE
    return name if not separator or (name == "no-new-privileges" and value == "true") else f"{name}={value}"


def _hosts(entries: Iterable[str]) -> dict[str, list[str]]:
    hosts: dict[str, list[str]] = {}
    for entry in entries:
        host, _, address = entry.replace("=", ":", 1).partition(":")
        hosts.setdefault(host, []).append(address)
    return hosts


def _logging(config: Mapping[str, Any]) -> dict[str, Any]:
    return filled({"driver": config.get("Type"), "options": config.get("Config")})


def _devices(devices: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [
        {"source": one["PathOnHost"], "target": one["PathInContainer"], "permissions": one["CgroupPermissions"]}
        for one in devices
    ]


def _cdi(host: Mapping[str, Any]) -> list[dict[str, str]]:
    requests = (one for one in host.get("DeviceRequests") or () if one.get("Driver") == "cdi")
    return [{"source": name} for request in requests for name in request.get("DeviceIDs") or ()]


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    capabilities = request.get("Capabilities") or [[]]
    return filled(
        {
            "driver": request.get("Driver"),
            "count": request.get("Count") or None,
            "device_ids": request.get("DeviceIDs"),
            "capabilities": capabilities[0],
            "options": request.get("Options"),
        }
    )
