"""What contradicts itself about scaling and sizing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from desired_state.misfits import Path

if TYPE_CHECKING:
    from desired_state.container import ContainerSpec
    from desired_state.scaling import Autoscale


def contradictions(spec: ContainerSpec) -> Iterator[tuple[Path, str]]:
    """Yield what can't be meant, with the path of the field to change and a message for people."""
    if spec.autoscale is not None:
        yield from _autoscale(spec, spec.autoscale)
    policy = spec.resources
    if policy is None or policy.min is None or policy.max is None:
        return
    for field in ("cpus", "memory"):
        least, most = getattr(policy.min, field), getattr(policy.max, field)
        if least is not None and most is not None and least > most:
            yield ("resources", "min", field), f"resources.min.{field} is above resources.max.{field}"


def _autoscale(spec: ContainerSpec, scale: Autoscale) -> Iterator[tuple[Path, str]]:
    if scale.min > scale.max:
        yield ("autoscale", "min"), f"autoscale.min ({scale.min}) is above autoscale.max ({scale.max})"
    if scale.cpu is None and scale.memory is None:
        yield ("autoscale",), "autoscale needs something to go by; write cpu: 70% or memory: 80% into it"
    if scale.cpu is not None and not (spec.nano_cpus or spec.reservations.cpus):
        yield ("autoscale", "cpu"), f"{scale.cpu}% of what? declare cpus, the processors that one replica may use"
    if scale.memory is not None and not (spec.memory_bytes or spec.memory_reservation_bytes):
        yield ("autoscale", "memory"), f"{scale.memory}% of what? declare mem_limit, the memory of one replica"
    if spec.schedule is not None or spec.effective_restart.ends:
        yield ("autoscale",), "autoscale is for what serves; what runs to completion isn't scaled"
    if scale.max == 1:
        return
    if spec.container_name is not None:
        yield ("container_name",), f"container_name can't name {scale.max} replicas; remove it, or autoscale"
    for index, port in enumerate(spec.ports):
        offered = port.host_ports
        if offered is not None and len(offered) < scale.max:
            wide = f"{offered[0]}-{offered[0] + scale.max - 1}:{port.target}"
            problem = f'{scale.max} replicas need {scale.max} host ports; write "{wide}", or "{port.target}" for any'
            yield ("ports", index), problem
