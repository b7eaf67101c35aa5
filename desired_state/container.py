"""The Container kind: Compose's service vocabulary, plus what Compose lacks."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from desired_state import container_checks, content_parts, short_forms
from desired_state import container_parts as parts
from desired_state.drift import Drift
from desired_state.hooks import Hook
from desired_state.image_policy import ImagePolicy, PullPolicy
from desired_state.misfits import Misfits
from desired_state.model import Declared
from desired_state.pre_start import PreStart
from desired_state.probes import Probes
from desired_state.restart import Restart
from desired_state.scaling import Autoscale, ResourcePolicy
from desired_state.schedule import Schedule
from desired_state.update import Update
from desired_state.values import Duration, Microseconds, Size, SwapSize

_NO_LIMITS = parts.Limits()
_NO_RESERVATIONS = parts.Reservations()
_NO_JOINS: Mapping[str, parts.Join] = {}
_DEFAULT_JOIN: Mapping[str, parts.Join] = {"default": parts.Join()}


Image = Annotated[
    Annotated[str, Field(min_length=1), Tag("a reference")] | Annotated[parts.ImageFrom, Tag("a resource")],
    Discriminator(lambda value: "a resource" if isinstance(value, dict | parts.ImageFrom) else "a reference"),
]


class ContainerSpec(Declared):
    """One set of like containers. Field names and meaning are the Compose specification's unless said otherwise."""

    # what runs
    image: Image
    platform: str | None = None
    pull_policy: PullPolicy | None = None
    image_policy: ImagePolicy | None = None
    container_name: str | None = None
    command: parts.Command | None = None
    entrypoint: parts.Command | None = None
    environment: content_parts.Environment = Field(default_factory=dict)
    env_from: content_parts.EnvironmentFrom | None = None
    env_file: parts.EnvFiles | None = None
    working_dir: str | None = None
    user: parts.IdText | None = None
    hostname: str | None = None
    domainname: str | None = None
    labels: parts.Labels = Field(default_factory=dict)
    annotations: parts.Labels = Field(default_factory=dict)
    tty: bool | None = None
    stdin_open: bool | None = None
    init: Annotated[bool | None, BeforeValidator(short_forms.own_init, json_schema_input_type=bool | None)] = None
    stop_signal: str | None = None
    stop_grace_period: Duration | None = None
    healthcheck: parts.Healthcheck | None = None

    # how many, in which order, for how long
    replicas: Annotated[int, Field(ge=0, le=1000)] | None = None
    scale: Annotated[int, Field(ge=0, le=1000)] | None = None
    autoscale: Autoscale | None = None
    depends_on: parts.Dependencies = Field(default_factory=dict)
    restart: Restart | None = None
    schedule: Schedule | None = None
    active_deadline: Duration | None = None
    ttl_after_finished: Duration | None = None
    pre_start: list[PreStart] = Field(default_factory=list)
    post_start: list[Hook] = Field(default_factory=list)
    pre_stop: list[Hook] = Field(default_factory=list)
    probes: Probes | None = None
    drift: Drift | None = None
    deploy: parts.Deploy | None = None
    update: Update | None = None

    # where it is reached and what it reaches
    ports: parts.Ports = Field(default_factory=list)
    expose: parts.Expose = Field(default_factory=list)
    publish_all_ports: bool | None = None
    networks: parts.Joins | None = None
    network_mode: str | None = None
    mac_address: str | None = None
    links: parts.StringList | None = None
    external_links: parts.StringList | None = None
    dns: parts.StringList | None = None
    dns_search: parts.StringList | None = None
    dns_opt: parts.StringList | None = None
    extra_hosts: parts.ExtraHosts | None = None

    # what it may read and write
    volumes: parts.Mounts = Field(default_factory=list)
    volumes_from: parts.StringList | None = None
    tmpfs: parts.StringList | None = None
    read_only: bool | None = None
    shm_size: Size | None = None
    storage_opt: parts.Options | None = None
    configs: content_parts.FileReferences | None = None
    secrets: content_parts.FileReferences | None = None
    devices: parts.Devices | None = None
    device_cgroup_rules: parts.StringList | None = None
    gpus: parts.Gpus | None = None

    # what it may use
    resources: ResourcePolicy | None = None
    mem_limit: Size | None = None
    memswap_limit: SwapSize | None = None
    mem_reservation: Size | None = None
    mem_swappiness: Annotated[int, Field(ge=0, le=100)] | None = None
    cpus: parts.Cpus | None = None
    cpu_period: Microseconds | None = None
    cpu_quota: Microseconds | None = None
    cpu_rt_period: Microseconds | None = None
    cpu_rt_runtime: Microseconds | None = None
    cpu_shares: Annotated[int, Field(ge=0)] | None = None
    cpuset: str | None = None
    cpuset_mems: str | None = None
    pids_limit: Annotated[int, Field(ge=-1)] | None = None
    blkio_config: parts.BlkioConfig | None = None
    ulimits: dict[str, parts.Ulimit] | None = None
    oom_kill_disable: bool | None = None
    oom_score_adj: Annotated[int, Field(ge=-1000, le=1000)] | None = None

    # what it may do
    privileged: bool | None = None
    cap_add: parts.StringList | None = None
    cap_drop: parts.StringList | None = None
    security_opt: parts.StringList | None = None
    group_add: parts.StringList | None = None
    sysctls: parts.StringMap | None = None
    cgroup: Literal["host", "private"] | None = None
    cgroup_parent: str | None = None
    ipc: str | None = None
    pid: str | None = None
    uts: str | None = None
    userns_mode: str | None = None
    runtime: str | None = None
    logging: parts.Logging | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := container_checks.contradictions(self):
            raise Misfits(found)
        return self

    @property
    def replica_count(self) -> int:
        """How many containers: as many as are declared, else the fewest of `autoscale`, or 1."""
        least = self.autoscale.min if self.autoscale else 1
        return least if self.declared_replicas is None else self.declared_replicas

    @property
    def declared_replicas(self) -> int | None:
        """`replicas` or its Compose twins `deploy.replicas` and `scale`; None when nobody said how many."""
        deployed = self.deploy.replicas if self.deploy else None
        return next((n for n in (self.replicas, deployed, self.scale) if n is not None), None)

    @property
    def image_reference(self) -> str:
        """The Docker reference, or "" when an Image resource provides it."""
        return self.image if isinstance(self.image, str) else ""

    @property
    def stop_grace_s(self) -> float:
        """Seconds between the stop signal and the kill; Docker's and Compose's 10 when not declared."""
        return 10.0 if self.stop_grace_period is None else self.stop_grace_period

    @property
    def joins(self) -> Mapping[str, parts.Join]:
        """The networks it joins: those declared, or the namespace's `default`; none with a `network_mode`."""
        if self.network_mode is not None:
            return _NO_JOINS
        return _DEFAULT_JOIN if self.networks is None else self.networks

    @property
    def limits(self) -> parts.Limits:
        """Compose's `deploy.resources.limits`, empty when not declared."""
        resources = self.deploy.resources if self.deploy else None
        return resources.limits if resources and resources.limits else _NO_LIMITS

    @property
    def reservations(self) -> parts.Reservations:
        """Compose's `deploy.resources.reservations`, empty when not declared."""
        resources = self.deploy.resources if self.deploy else None
        return resources.reservations if resources and resources.reservations else _NO_RESERVATIONS

    @property
    def memory_bytes(self) -> int | None:
        """The memory limit: `mem_limit` or its twin under `deploy`; None when not declared."""
        return self.limits.memory if self.mem_limit is None else self.mem_limit

    @property
    def memory_swap(self) -> int | None:
        """Memory and swap together; -1 without limit, None when not declared."""
        return self.memswap_limit

    @property
    def memory_reservation_bytes(self) -> int | None:
        """The memory Docker tries to keep for it: `mem_reservation` or its twin; None when not declared."""
        return self.reservations.memory if self.mem_reservation is None else self.mem_reservation

    @property
    def nano_cpus(self) -> int | None:
        """The processor limit in billionths of a processor: `cpus` or its twin; None when not declared."""
        cpus = self.limits.cpus if self.cpus is None else self.cpus
        return None if cpus is None else round(cpus * 1e9)

    @property
    def pids(self) -> int | None:
        """The limit of processes: `pids_limit` or its twin; -1 without limit, None when not declared."""
        return self.limits.pids if self.pids_limit is None else self.pids_limit

    @property
    def effective_restart(self) -> Restart:
        """The restart policy: `restart`, what `deploy.restart_policy` says, or Ergon's default `always`.

        A run of a schedule is tried once unless said otherwise.
        """
        if self.restart is not None:
            return self.restart
        policy = self.deploy.restart_policy if self.deploy else None
        if policy is not None:
            return policy.as_restart()
        return Restart(policy="never") if self.schedule else Restart()
