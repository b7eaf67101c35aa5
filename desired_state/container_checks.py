"""Contradictions inside one container's spec: twins that differ, and settings that can't go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from desired_state import drift_paths, image_policy, scaling_checks, update_checks
from desired_state.misfits import Path

if TYPE_CHECKING:
    from desired_state.container import ContainerSpec

Found = tuple[Path, str]


def contradictions(spec: ContainerSpec) -> list[Found]:
    """Return every contradiction, with the path of the field to change and a message for people."""
    return [
        *_twins_that_differ(spec),
        *_memory(spec),
        *_processors(spec),
        *_networks(spec),
        *_replicas(spec),
        *_jobs(spec),
        *_ports_taken_twice(spec),
        *_targets_mounted_twice(spec),
        *update_checks.contradictions(spec),
        *scaling_checks.contradictions(spec),
        *_image_policy(spec),
        *drift_paths.misfits(spec.drift, type(spec)),
    ]


def _twins_that_differ(spec: ContainerSpec) -> Iterator[Found]:
    limits, reserved, deploy = spec.limits, spec.reservations, spec.deploy
    deployed = deploy.replicas if deploy else None
    yield from _differ("mem_limit", spec.mem_limit, "deploy.resources.limits.memory", limits.memory)
    yield from _differ("mem_reservation", spec.mem_reservation, "deploy.resources.reservations.memory", reserved.memory)
    yield from _differ("cpus", spec.cpus, "deploy.resources.limits.cpus", limits.cpus)
    yield from _differ("pids_limit", spec.pids_limit, "deploy.resources.limits.pids", limits.pids)
    yield from _differ("replicas", spec.replicas, "scale", spec.scale)
    yield from _differ("replicas", spec.replicas, "deploy.replicas", deployed)
    if spec.replicas is None:
        yield from _differ("scale", spec.scale, "deploy.replicas", deployed)
    if deploy and deploy.restart_policy and spec.restart:
        twin = deploy.restart_policy.as_restart()
        meant, other = (spec.restart.policy, spec.restart.attempts), (twin.policy, twin.attempts)
        yield from _differ("restart", meant, "deploy.restart_policy", other)


def _differ(field: str, value: Any, twin: str, other: Any) -> Iterator[Found]:
    if value is not None and other is not None and value != other:
        yield (field,), f"{field} and {twin} mean the same and differ; keep one of them"


def _memory(spec: ContainerSpec) -> Iterator[Found]:
    memory, swap, reserved = spec.memory_bytes, spec.memory_swap, spec.memory_reservation_bytes
    if swap is not None and swap > 0 and not memory:
        yield ("memswap_limit",), "memswap_limit needs mem_limit beside it: it is memory and swap together"
    elif swap is not None and memory and 0 < swap < memory:
        problem = f"memswap_limit ({swap}) is memory and swap together, yet below mem_limit ({memory})"
        yield ("memswap_limit",), problem
    if reserved and memory and reserved > memory:
        yield ("mem_reservation",), f"mem_reservation ({reserved}) is above the memory limit ({memory})"


def _processors(spec: ContainerSpec) -> Iterator[Found]:
    if spec.nano_cpus and (spec.cpu_quota or spec.cpu_period):
        yield ("cpus",), "cpus and cpu_quota with cpu_period are two ways to say the same; keep one of them"


def _networks(spec: ContainerSpec) -> Iterator[Found]:
    if spec.network_mode is not None and spec.networks:
        yield ("network_mode",), "network_mode and networks exclude each other; keep one of them"
    shared = (spec.network_mode or "").partition(":")[0]
    if spec.ports and shared in {"host", "none", "service", "container"}:
        yield ("ports",), f"ports can't be published with network_mode {spec.network_mode}"


def _replicas(spec: ContainerSpec) -> Iterator[Found]:
    count = spec.replica_count
    if count <= 1:
        return
    if spec.container_name is not None:
        yield ("container_name",), f"container_name can't name {count} replicas; remove it or declare one replica"
    for index, port in enumerate(spec.ports):
        offered = port.host_ports
        if offered is not None and len(offered) < count:
            wide = f"{offered[0]}-{offered[0] + count - 1}:{port.target}"
            problem = f'{count} replicas need {count} host ports; write "{wide}", or "{port.target}" for any free ones'
            yield ("ports", index), problem


def _jobs(spec: ContainerSpec) -> Iterator[Found]:
    if spec.schedule is not None:
        yield from _schedule(spec)
    if spec.effective_restart.ends:
        return
    for field in ("active_deadline", "ttl_after_finished"):
        if getattr(spec, field) is not None:
            yield (field,), f"{field} is for what runs to completion; declare restart: never or on-failure beside it"


def _schedule(spec: ContainerSpec) -> Iterator[Found]:
    policy = spec.effective_restart.policy
    if not spec.effective_restart.ends:
        field = "restart" if spec.restart else "deploy"
        yield (field,), f"a run of a schedule has to end; restart is {policy}, write never or on-failure"
    if spec.container_name is not None:
        yield ("container_name",), "container_name can't name the runs of a schedule: each is a container of its own"
    if spec.replica_count != 1:
        yield ("schedule",), "a schedule runs one container at a time; declare one replica"
    if spec.probes is not None:
        yield ("probes",), "probes are for what serves; the runs of a schedule end"


def _ports_taken_twice(spec: ContainerSpec) -> Iterator[Found]:
    seen: set[tuple[str | None, str, str]] = set()
    for index, port in enumerate(spec.ports):
        if port.published is None:
            continue
        taken = (port.host_ip, port.published, port.protocol)
        if taken in seen and len(port.host_ports or ()) == 1:
            yield ("ports", index), f"host port {port.published}/{port.protocol} is published twice"
        seen.add(taken)


def _targets_mounted_twice(spec: ContainerSpec) -> Iterator[Found]:
    seen: set[str] = set()
    for index, mount in enumerate(spec.volumes):
        if mount.target in seen:
            yield ("volumes", index), f"something else is mounted at {mount.target} already"
        seen.add(mount.target)


def _image_policy(spec: ContainerSpec) -> Iterator[Found]:
    if spec.image_reference:
        yield from image_policy.misfits(spec.image_policy, spec.image_reference)
    elif spec.image_policy and spec.image_policy.semver:
        yield ("image_policy", "semver"), "a range of versions belongs to the Image resource that image names"
