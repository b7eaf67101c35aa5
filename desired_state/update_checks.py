"""What can't be meant about updates: twins that differ, and promises that the rest of the spec can't keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from desired_state.misfits import Path
from desired_state.update import TWINS, Update, declared_update, narrow_port, side_by_side_obstacle, wished_order

if TYPE_CHECKING:
    from desired_state.container import ContainerSpec

Found = tuple[Path, str]


def contradictions(spec: ContainerSpec) -> Iterator[Found]:
    """Yield what contradicts itself about updates, with the path of the field to change."""
    yield from _twins(spec)
    asked = declared_update(spec)
    yield from _promises(spec, asked)
    yield from _blue_green(spec, asked)
    config = spec.deploy.rollback_config if spec.deploy else None
    if config is not None and config.failure_action == "rollback":
        path = ("deploy", "rollback_config", "failure_action")
        yield path, "a rollback that fails has nothing to go back to; write pause or continue"


def _twins(spec: ContainerSpec) -> Iterator[Found]:
    config = spec.deploy.update_config if spec.deploy else None
    if spec.update is None or config is None:
        return
    for name, twin in TWINS.items():
        own, other = getattr(spec.update, name), getattr(config, twin)
        if own is not None and other is not None and own != other:
            message = f"update.{name} and deploy.update_config.{twin} mean the same and differ; keep one of them"
            yield ("update", name), message


def _promises(spec: ContainerSpec, asked: Update) -> Iterator[Found]:
    if asked.max_surge == 0 and asked.max_unavailable == 0:
        yield (
            ("update", "max_surge"),
            "with max_unavailable 0 and max_surge 0 nothing could ever be replaced; allow one",
        )
        return
    if wished_order(asked) == "start-first" and asked.max_surge == 0:
        yield ("update", "max_surge"), "start-first needs room for one container more; allow max_surge 1"
    if asked.max_unavailable != 0:
        return
    if wished_order(asked) == "stop-first":
        problem = "with order stop-first a replica is away while it is replaced, so max_unavailable can't be 0"
        yield ("update", "max_unavailable"), f"{problem}; write order: start-first, or max_unavailable: 1"
    elif obstacle := side_by_side_obstacle(spec):
        yield ("update", "max_unavailable"), f"max_unavailable can't be 0: {obstacle}; {_way_out(spec)}"


def _blue_green(spec: ContainerSpec, asked: Update) -> Iterator[Found]:
    if asked.strategy != "blue-green":
        return
    if asked.order == "stop-first":
        yield ("update", "order"), "blue-green starts the new set before the old one stops; remove order: stop-first"
    if obstacle := side_by_side_obstacle(spec):
        yield ("update", "strategy"), f"blue-green needs both sets side by side, but {obstacle}; {_way_out(spec)}"
    for index, port in enumerate(spec.ports):
        offered, needed = port.host_ports, 2 * spec.replica_count
        if offered is not None and spec.replica_count < len(offered) < needed:
            wide = f"{offered[0]}-{offered[0] + needed - 1}:{port.target}"
            yield ("ports", index), f'blue-green needs two host ports for each replica; write "{wide}"'


def _way_out(spec: ContainerSpec) -> str:
    """Return what to write instead."""
    if not narrow_port(spec):
        return "write max_unavailable: 1" if spec.replica_count == 1 else "remove it, or write max_unavailable: 1"
    port = next(one for one in spec.ports if one.host_ports and len(one.host_ports) <= spec.replica_count)
    first = (port.host_ports or range(1))[0]
    return f'write a wider range such as "{first}-{first + spec.replica_count}:{port.target}", or max_unavailable: 1'
