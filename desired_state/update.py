"""How a new version takes the place of the one that runs: what may be declared about it, and what that comes to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from desired_state.model import Declared
from desired_state.values import Duration

if TYPE_CHECKING:
    from desired_state.container import ContainerSpec

Order = Literal["stop-first", "start-first"]
OnFailure = Literal["rollback", "pause", "continue"]

MONITOR_S = 5.0
PROGRESS_DEADLINE_S = 600.0
_PERCENT = re.compile(r"\d{1,3}%", re.ASCII)


def parse_share(value: Any) -> int | str:
    """Return a count, or a share of the replicas as text such as `25%`.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError("a number of replicas can't be negative")
        return value
    text = str(value).strip()
    if text.isdecimal():
        return int(text)
    if not _PERCENT.fullmatch(text) or int(text[:-1]) > 100:
        raise ValueError(f"{text!r} is neither a number of replicas nor a share of them; write it like 1 or 25%")
    return text


Share = Annotated[int | str, BeforeValidator(parse_share), Field(json_schema_extra={"type": ["integer", "string"]})]


class Update(Declared):
    """How containers are replaced. What is not declared follows from the rest; `pace_of` says how."""

    strategy: Literal["rolling", "blue-green"] = "rolling"
    order: Order | None = None
    max_unavailable: Share | None = None
    max_surge: Share | None = None
    parallelism: Annotated[int, Field(ge=0)] | None = None
    delay: Duration | None = None
    monitor: Duration | None = None
    progress_deadline: Duration | None = None
    max_failure_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    on_failure: OnFailure | None = None


class UpdateConfig(Declared):
    """Compose's `deploy.update_config` and `deploy.rollback_config`: twins of fields of `update`."""

    parallelism: Annotated[int, Field(ge=0)] | None = None
    delay: Duration | None = None
    failure_action: OnFailure | None = None
    monitor: Duration | None = None
    max_failure_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    order: Order | None = None


TWINS = {
    "parallelism": "parallelism",
    "delay": "delay",
    "on_failure": "failure_action",
    "monitor": "monitor",
    "max_failure_ratio": "max_failure_ratio",
    "order": "order",
}


@dataclass(frozen=True, slots=True)
class Pace:
    """What all that is declared about updates comes to, in numbers of containers and seconds.

    `order` is what will be done, `wished` what was asked for; where they differ, `obstacle` says why two
    containers of one slot can't run side by side. `parallelism` is how many slots are replaced at a time,
    None: as many as the other two allow.
    """

    blue_green: bool
    wished: Order
    obstacle: str
    max_unavailable: int
    max_surge: int
    parallelism: int | None
    delay_s: float
    monitor_s: float
    deadline_s: float
    max_failure_ratio: float
    on_failure: OnFailure

    @property
    def order(self) -> Order:
        """Whether the former container stops before its successor starts, or after that is ready."""
        return "stop-first" if self.obstacle else self.wished


def pace_of(spec: ContainerSpec, *, rules: ContainerSpec | None = None, back: bool = False) -> Pace:
    """Return how a spec's containers come to run; `back`: when an update that failed is undone, declared in `rules`."""
    ruling = rules or spec
    asked = declared_update(ruling)
    config = ruling.deploy.rollback_config if back and ruling.deploy else None
    if config is not None:
        given = {name: getattr(config, twin) for name, twin in TWINS.items()}
        asked = asked.model_copy(update={name: value for name, value in given.items() if value is not None})
    wished = wished_order(asked)
    obstacle = side_by_side_obstacle(spec) if wished == "start-first" else ""
    stops_first = bool(obstacle) or wished == "stop-first"
    replicas = spec.replica_count
    at_a_time = asked.parallelism or (None if asked.parallelism is None else replicas)
    return Pace(
        blue_green=asked.strategy == "blue-green",
        wished=wished,
        obstacle=obstacle,
        max_unavailable=_unavailable(asked, replicas, at_a_time, stops_first=stops_first),
        max_surge=_surge(asked, spec, at_a_time),
        parallelism=at_a_time,
        delay_s=asked.delay or 0.0,
        monitor_s=MONITOR_S if asked.monitor is None else asked.monitor,
        deadline_s=PROGRESS_DEADLINE_S if asked.progress_deadline is None else asked.progress_deadline,
        max_failure_ratio=asked.max_failure_ratio or 0.0,
        on_failure=asked.on_failure or "rollback",
    )


def declared_update(spec: ContainerSpec) -> Update:
    """Return what `update` and its twin `deploy.update_config` say together."""
    own = spec.update or Update()
    config = spec.deploy.update_config if spec.deploy else None
    if config is None:
        return own
    given = {name: getattr(config, twin) for name, twin in TWINS.items() if getattr(own, name) is None}
    return own.model_copy(update={name: value for name, value in given.items() if value is not None})


def wished_order(asked: Update) -> Order:
    """Return the declared order, or the one that follows from the rest; Compose's `stop-first` when nothing does."""
    if asked.order is not None:
        return asked.order
    beside = asked.strategy == "blue-green" or asked.max_unavailable in (0, "0%") or asked.max_surge not in (None, 0)
    return "start-first" if beside else "stop-first"


def count_of(share: int | str, replicas: int, *, up: bool = False) -> int:
    """Return how many replicas a count or percentage is, rounded down unless `up` (as in Kubernetes)."""
    if isinstance(share, int):
        return share
    exact = replicas * int(share.removesuffix("%")) / 100
    return math.ceil(exact) if up else math.floor(exact)


def _unavailable(asked: Update, replicas: int, at_a_time: int | None, *, stops_first: bool) -> int:
    if asked.max_unavailable is not None:
        return max(count_of(asked.max_unavailable, replicas), int(stops_first))
    return (at_a_time or 1) if stops_first else 0


def _surge(asked: Update, spec: ContainerSpec, at_a_time: int | None) -> int:
    replicas = spec.replica_count
    if asked.strategy == "blue-green":
        wanted = replicas
    elif asked.max_surge is not None:
        wanted = max(count_of(asked.max_surge, replicas, up=True), 1)
    else:
        wanted = at_a_time or 1
    return min([wanted, *spare_ports(spec)])


def spare_ports(spec: ContainerSpec) -> list[int]:
    """Return, for each published port that is not just any free one, how many host ports it has beyond the replicas."""
    offered = (port.host_ports for port in spec.ports)
    return [len(ports) - spec.replica_count for ports in offered if ports is not None]


def side_by_side_obstacle(spec: ContainerSpec) -> str:
    """Return why a container and its successor can't run at the same time, "" when they can."""
    if port := narrow_port(spec):
        return f"host port {port} has no room for a second container"
    for name, join in spec.joins.items():
        if fixed := join.ipv4_address or join.ipv6_address or join.mac_address:
            return f"the address {fixed} on network {name} is taken until the former container stops"
    if spec.mac_address:
        return f"the address {spec.mac_address} is taken until the former container stops"
    if spec.network_mode not in (None, "bridge", "none", "default"):
        return f"with network_mode {spec.network_mode} both would listen at the same ports"
    if mount := exclusive_mount(spec):
        return f"{mount} is written to by one container at a time"
    return ""


def narrow_port(spec: ContainerSpec) -> str:
    """Return the first published host port, or range, that every replica fills already; "" when there is none."""
    for port in spec.ports:
        offered = port.host_ports
        if offered is not None and len(offered) <= spec.replica_count:
            return f"{port.published}/{port.protocol}"
    return ""


def exclusive_mount(spec: ContainerSpec) -> str:
    """Return the first volume or folder that a single replica writes to; several replicas share theirs already."""
    if spec.replica_count > 1:
        return ""
    kinds = {"volume": "volume", "bind": "folder"}
    written = (one for one in spec.volumes if one.type in kinds and one.source and not one.read_only)
    return next((f"{kinds[one.type]} {one.source}" for one in written), "")
