"""The nested parts of a container's spec, in their canonical long forms, with the short forms they accept."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state import short_forms, short_mounts, short_ports
from desired_state.model import Declared
from desired_state.restart import Policy, Restart
from desired_state.update import UpdateConfig
from desired_state.values import Duration, Size

# What a short form accepts, for the JSON schema.
_Words = str | list[str | int | float]
_ListOrMap = list[str] | dict[str, str | int | float | bool | None]

StringMap = Annotated[dict[str, str | None], BeforeValidator(short_forms.mapping, json_schema_input_type=_ListOrMap)]
Labels = Annotated[dict[str, str], BeforeValidator(short_forms.labels, json_schema_input_type=_ListOrMap)]
StringList = Annotated[list[str], BeforeValidator(short_forms.string_list, json_schema_input_type=_Words)]
Command = Annotated[list[str], BeforeValidator(short_forms.command, json_schema_input_type=_Words)]
Options = Annotated[
    dict[str, str], BeforeValidator(short_forms.options, json_schema_input_type=dict[str, str | int | float])
]
Cpus = Annotated[float, Field(ge=0, le=100_000), BeforeValidator(short_forms.cpus, json_schema_input_type=float | str)]
FileMode = Annotated[
    int, Field(ge=0, le=0o7777), BeforeValidator(short_forms.file_mode, json_schema_input_type=int | str)
]
IdText = Annotated[str, BeforeValidator(short_forms.text, json_schema_input_type=str | int | float)]


class ImageFrom(Declared):
    """`{resource: web}`: the image that the Image resource of that name provides."""

    resource: str


class Port(Declared):
    """A published port. `published` is one host port, a range "8080-8083", or None for any free one."""

    target: Annotated[int, Field(ge=1, le=65535)]
    published: Annotated[
        str | None, BeforeValidator(short_ports.published, json_schema_input_type=str | int | None)
    ] = None
    host_ip: str | None = None
    protocol: Literal["tcp", "udp", "sctp"] = "tcp"
    mode: Literal["host", "ingress"] | None = None
    name: str | None = None
    app_protocol: str | None = None

    @property
    def host_ports(self) -> range | None:
        """The host ports it may be published at; None for any free one."""
        return None if self.published is None else short_forms.port_range(self.published)


class EnvFile(Declared):
    """A file of variables; no error when it is missing and not `required`. `raw`: quotes and `$` mean nothing in it."""

    path: str
    required: bool = True
    format: Literal["raw"] | None = None


class BindOptions(Declared):
    propagation: Literal["private", "rprivate", "shared", "rshared", "slave", "rslave"] | None = None
    create_host_path: bool | None = None
    selinux: Literal["z", "Z"] | None = None
    recursive: Literal["enabled", "disabled", "writable", "readonly"] | None = None


class VolumeOptions(Declared):
    nocopy: bool | None = None
    subpath: str | None = None
    labels: Labels | None = None


class TmpfsOptions(Declared):
    size: Size | None = None
    mode: FileMode | None = None


class ImageOptions(Declared):
    subpath: str | None = None


class Mount(Declared):
    """Something mounted into the container. A `volume` source names a Volume resource; an anonymous one has none."""

    type: Literal["bind", "volume", "tmpfs", "image", "npipe", "cluster"]
    source: str | None = None
    target: Annotated[str, AfterValidator(short_mounts.target)]
    read_only: bool | None = None
    consistency: str | None = None
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    image: ImageOptions | None = None


class Join(Declared):
    """How the container joins one network."""

    aliases: list[str] | None = None
    ipv4_address: str | None = None
    ipv6_address: str | None = None
    link_local_ips: list[str] | None = None
    mac_address: str | None = None
    driver_opts: Options | None = None
    interface_name: str | None = None
    gw_priority: int | None = None
    priority: int | None = None


class Dependency(Declared):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"] = "service_started"
    required: bool = True
    restart: bool = False


class Healthcheck(Declared):
    """Docker's own HEALTHCHECK. `test` is canonical: ["NONE"], ["CMD", ...] or ["CMD-SHELL", text]."""

    test: Annotated[list[str], BeforeValidator(short_forms.health_test, json_schema_input_type=_Words)] | None = None
    interval: Duration | None = None
    timeout: Duration | None = None
    start_period: Duration | None = None
    start_interval: Duration | None = None
    retries: Annotated[int, Field(ge=0)] | None = None
    disable: bool | None = None


class DeviceRequest(Declared):
    """A GPU or other device handed out by a driver; `count` -1 means all."""

    driver: str | None = None
    count: Annotated[int, BeforeValidator(short_forms.device_count, json_schema_input_type=int | str)] | None = None
    device_ids: list[str] | None = None
    capabilities: list[str] | None = None
    options: Options | None = None


class Limits(Declared):
    cpus: Cpus | None = None
    memory: Size | None = None
    pids: Annotated[int, Field(ge=-1)] | None = None


class Reservations(Declared):
    cpus: Cpus | None = None
    memory: Size | None = None
    devices: list[DeviceRequest] | None = None


class Resources(Declared):
    limits: Limits | None = None
    reservations: Reservations | None = None


POLICY_OF_CONDITION: dict[str, Policy] = {
    "none": "never",
    "any": "always",
    "on-failure": "on-failure",
    "unless-stopped": "unless-stopped",
}


class DeployRestart(Declared):
    condition: Literal["none", "on-failure", "any", "unless-stopped"] = "any"
    delay: Duration | None = None
    max_attempts: Annotated[int, Field(ge=0)] | None = None
    window: Duration | None = None

    def as_restart(self) -> Restart:
        """Return the policy in Ergon's words."""
        policy = POLICY_OF_CONDITION[self.condition]
        return Restart(policy=policy, attempts=self.max_attempts if policy == "on-failure" else None)


class Deploy(Declared):
    """The parts of Compose's `deploy` that mean something on one host."""

    mode: Literal["replicated", "global"] | None = None
    replicas: Annotated[int, Field(ge=0, le=1000)] | None = None
    labels: Labels | None = None
    resources: Resources | None = None
    restart_policy: DeployRestart | None = None
    update_config: UpdateConfig | None = None
    rollback_config: UpdateConfig | None = None
    placement: dict[str, Any] | None = None
    endpoint_mode: str | None = None


class Ulimit(Declared):
    """Both limits, -1 for none; a bare number sets the two alike."""

    soft: Annotated[int, Field(ge=-1)]
    hard: Annotated[int, Field(ge=-1)]

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "integer"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _one_number(cls, value: Any) -> Any:
        return {"soft": value, "hard": value} if isinstance(value, int | str) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _soft_below_hard(self) -> Self:
        if self.hard != -1 and (self.soft == -1 or self.soft > self.hard):
            raise ValueError(f"the soft limit {self.soft} is above the hard limit {self.hard}")
        return self


class Logging(Declared):
    driver: str | None = None
    options: Options | None = None


class WeightDevice(Declared):
    path: str
    weight: Annotated[int, Field(ge=0, le=1000)]


class RateDevice(Declared):
    path: str
    rate: Size


class BlkioConfig(Declared):
    weight: Annotated[int, Field(ge=0, le=1000)] | None = None
    weight_device: list[WeightDevice] | None = None
    device_read_bps: list[RateDevice] | None = None
    device_write_bps: list[RateDevice] | None = None
    device_read_iops: list[RateDevice] | None = None
    device_write_iops: list[RateDevice] | None = None


class Device(Declared):
    source: str
    target: str | None = None
    permissions: str | None = None


# The short forms of a container's own fields.
EnvFiles = Annotated[
    list[EnvFile], BeforeValidator(short_forms.env_files, json_schema_input_type=str | list[str | EnvFile])
]
Dependencies = Annotated[
    dict[str, Dependency],
    BeforeValidator(short_forms.dependencies, json_schema_input_type=list[str] | dict[str, Dependency | None]),
]
Ports = Annotated[list[Port], BeforeValidator(short_ports.ports, json_schema_input_type=list[str | int | Port])]
Expose = Annotated[list[str], BeforeValidator(short_forms.expose, json_schema_input_type=list[str | int])]
Joins = Annotated[
    dict[str, Join], BeforeValidator(short_forms.joins, json_schema_input_type=list[str] | dict[str, Join | None])
]
ExtraHosts = Annotated[
    dict[str, list[str]],
    BeforeValidator(short_forms.extra_hosts, json_schema_input_type=list[str] | dict[str, str | list[str]]),
]
Mounts = Annotated[list[Mount], BeforeValidator(short_mounts.mounts, json_schema_input_type=list[str | Mount])]
Devices = Annotated[list[Device], BeforeValidator(short_forms.devices, json_schema_input_type=list[str | Device])]
Gpus = Annotated[
    list[DeviceRequest],
    BeforeValidator(short_forms.gpus, json_schema_input_type=Literal["all"] | list[DeviceRequest]),
]
