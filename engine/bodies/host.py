"""`HostConfig`: what a container may use, share and do on its host."""

from typing import Any

from desired_state.container import ContainerSpec
from desired_state.container_parts import Logging
from desired_state.limits import docker_limits, docker_restart_policy
from engine.bodies.devices import block_io, devices
from engine.bodies.given import filled, given
from engine.bodies.mounts import storage
from engine.bodies.networking import links, network_mode, shared
from engine.protocol import NewContainer

_UNMASKED = "systempaths=unconfined"


def host_config(new: NewContainer, api_version: tuple[int, int]) -> dict[str, Any]:
    """Return `HostConfig` for one container."""
    spec = new.spec
    return (
        {"RestartPolicy": _restart_policy(spec)}
        | dict(docker_limits(spec))
        | _other_limits(spec)
        | _networking(new)
        | _namespaces(new)
        | _privileges(spec)
        | _runtime(spec, api_version)
        | storage(new, api_version)
        | devices(spec)
        | block_io(spec.blkio_config)
    )


def _restart_policy(spec: ContainerSpec) -> dict[str, Any]:
    name, retries = docker_restart_policy(spec)
    return {"Name": name, "MaximumRetryCount": retries}


def _other_limits(spec: ContainerSpec) -> dict[str, Any]:
    ulimits = [{"Name": name, "Soft": limit.soft, "Hard": limit.hard} for name, limit in (spec.ulimits or {}).items()]
    return filled({"Ulimits": ulimits}) | given(
        {
            "MemorySwappiness": spec.mem_swappiness,
            "OomKillDisable": spec.oom_kill_disable,
            "OomScoreAdj": spec.oom_score_adj,
            "ShmSize": spec.shm_size,
        }
    )


def _networking(new: NewContainer) -> dict[str, Any]:
    spec = new.spec
    hosts = [f"{host}:{address}" for host, addresses in (spec.extra_hosts or {}).items() for address in addresses]
    return filled(
        {
            "NetworkMode": network_mode(new),
            "PortBindings": _port_bindings(spec),
            "PublishAllPorts": spec.publish_all_ports,
            "Dns": spec.dns,
            "DnsSearch": spec.dns_search,
            "DnsOptions": spec.dns_opt,
            "ExtraHosts": hosts,
            # On networks of one's own, links belong to the endpoints.
            "Links": [] if new.networks else links(new),
        }
    )


def _port_bindings(spec: ContainerSpec) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in spec.ports:
        binding = {"HostIp": port.host_ip or "", "HostPort": port.published or ""}
        bindings.setdefault(f"{port.target}/{port.protocol}", []).append(binding)
    return bindings


def _namespaces(new: NewContainer) -> dict[str, Any]:
    spec = new.spec
    return given(
        {
            "IpcMode": shared(spec.ipc, new.parents) if spec.ipc else None,
            "PidMode": shared(spec.pid, new.parents) if spec.pid else None,
            "UTSMode": spec.uts,
            "UsernsMode": spec.userns_mode,
            "CgroupnsMode": spec.cgroup,
            "CgroupParent": spec.cgroup_parent,
        }
    )


def _privileges(spec: ContainerSpec) -> dict[str, Any]:
    declared = spec.security_opt or []
    options = [option for option in declared if option != _UNMASKED]
    unmasked: dict[str, Any] = {"MaskedPaths": [], "ReadonlyPaths": []} if _UNMASKED in declared else {}
    return unmasked | filled(
        {
            "Privileged": spec.privileged,
            "CapAdd": spec.cap_add,
            "CapDrop": spec.cap_drop,
            "SecurityOpt": options,
            "GroupAdd": spec.group_add,
            "ReadonlyRootfs": spec.read_only,
        }
    )


def _runtime(spec: ContainerSpec, api_version: tuple[int, int]) -> dict[str, Any]:
    sysctls = {name: value or "" for name, value in (spec.sysctls or {}).items()}
    return filled(
        {
            "Init": spec.init,
            "Runtime": spec.runtime,
            "Sysctls": sysctls,
            "StorageOpt": spec.storage_opt,
            "LogConfig": _log_config(spec.logging),
            "Annotations": spec.annotations if api_version >= (1, 43) else None,
        }
    )


def _log_config(logging: Logging | None) -> dict[str, Any] | None:
    return None if logging is None else filled({"Type": logging.driver, "Config": logging.options})
