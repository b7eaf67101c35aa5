"""One container as Docker shows it, reduced to what Ergon compares and reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ContainerState = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"]
DockerHealth = Literal["none", "starting", "healthy", "unhealthy"]


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Docker's own restart policy; an empty name is read as `no`."""

    name: str = "no"
    maximum_retry_count: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A container's place on one network.

    `network_id` is empty while a container that was never started only *will* join.
    `aliases` never hold the container's short id, which some engines add by themselves.
    """

    network: str
    network_id: str = ""
    aliases: tuple[str, ...] = ()
    ipv4: str = ""
    ipv6: str = ""
    mac: str = ""
    static_ipv4: str = ""
    static_ipv6: str = ""


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of the container that answers on the host."""

    container_port: int
    protocol: str
    host_ip: str
    host_port: int


@dataclass(frozen=True, slots=True)
class Container:
    """One container, from `GET /containers/{id}/json`.

    `resources` holds the limits that can change on a living container under Docker's own names
    (`Memory`, `NanoCpus`, `PidsLimit`...); a value that means "not set" is left out, so that
    engines that write 0, null or nothing compare equal. `frozen` is the rest of `Config` and
    `HostConfig`, normalised: it can't change while the id stays, and is compared on the slow
    cycle only. `volumes` names the volume at each target, anonymous ones too. Times are aware, UTC;
    None where Docker has none.
    """

    id: str
    name: str
    image: str
    image_id: str
    state: ContainerState
    labels: Mapping[str, str] = field(default_factory=dict)
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = False
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    health: DockerHealth = "none"
    health_output: str = ""
    restart_policy: RestartPolicy = RestartPolicy()
    resources: Mapping[str, int | str] = field(default_factory=dict)
    network_mode: str = "default"
    networks: Mapping[str, Attachment] = field(default_factory=dict)
    ports: tuple[PublishedPort, ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    frozen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """True while its main process lives (paused counts; Docker's restart wait does not)."""
        return self.state in ("running", "paused") and self.pid > 0


@dataclass(frozen=True, slots=True)
class ContainerSummary:
    """One row of `GET /containers/json?all=1`: enough to see which containers need an inspect."""

    id: str
    name: str
    image: str
    image_id: str
    state: ContainerState
    labels: Mapping[str, str]
    health: DockerHealth = "none"
    networks: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
