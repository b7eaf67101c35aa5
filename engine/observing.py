"""What Docker's JSON says, as the values of `observed_state`.

Engines of different versions write the same fact differently: null, "", [] or nothing at all; lists
in another order; a policy called "" or `no`. Here all of them become one value, so that what
compares unequal is different.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from engine.redaction import redacted
from observed_state.container import (
    Attachment,
    Container,
    ContainerState,
    ContainerSummary,
    DockerHealth,
    PublishedPort,
    RestartPolicy,
)
from observed_state.engine import EngineEvent, EngineInfo, EventType, PastEvents
from observed_state.image import Image
from observed_state.network import Network, Subnet
from observed_state.process import Process
from observed_state.volume import Volume

Json = Mapping[str, Any]

LIMITS = (
    "Memory",
    "MemorySwap",
    "MemoryReservation",
    "NanoCpus",
    "CpuPeriod",
    "CpuQuota",
    "CpuRealtimePeriod",
    "CpuRealtimeRuntime",
    "CpuShares",
    "CpusetCpus",
    "CpusetMems",
    "PidsLimit",
    "BlkioWeight",
)
_HEALTH_OUTPUT_CHARS = 4096
_COMM_CHARS = 15
_HEALTH_IN_STATUS = re.compile(r"\((healthy|unhealthy|health: starting)\)$")
_HEALTH_WORDS: Mapping[str, DockerHealth] = {
    "healthy": "healthy",
    "unhealthy": "unhealthy",
    "health: starting": "starting",
}
_EVENT_TYPES = ("container", "network", "volume", "image", "daemon")


def container(inspect: Json) -> Container:
    """Return a container from `GET /containers/{id}/json`."""
    state, config, host, settings = (inspect[part] for part in ("State", "Config", "HostConfig", "NetworkSettings"))
    health = state.get("Health") or {}
    policy = host.get("RestartPolicy") or {}
    mode = host.get("NetworkMode") or "default"
    return Container(
        id=inspect["Id"],
        name=inspect["Name"].lstrip("/"),
        image=config.get("Image") or "",
        image_id=inspect.get("Image") or "",
        state=cast("ContainerState", state["Status"]),
        labels=config.get("Labels") or {},
        pid=state.get("Pid") or 0,
        exit_code=state.get("ExitCode") or 0,
        error=redacted(state.get("Error") or ""),
        oom_killed=bool(state.get("OOMKilled")),
        created_at=moment(inspect.get("Created")),
        started_at=moment(state.get("StartedAt")),
        finished_at=moment(state.get("FinishedAt")),
        health=cast("DockerHealth", health.get("Status") or "none"),
        health_output=_last_output(health),
        restart_policy=RestartPolicy(policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0),
        resources=_limits(host),
        network_mode="bridge" if mode == "default" else mode,
        networks=_attachments(settings.get("Networks") or {}, inspect["Id"]),
        ports=_published(settings.get("Ports") or {}),
        volumes=_volumes(inspect.get("Mounts") or ()),
        frozen=_frozen(config, host),
    )


def moment(text: str | None) -> datetime | None:
    """Return Docker's time as aware UTC, to the microsecond; None for "", and for year 1, its word for never."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text).astimezone(UTC)


def _last_output(health: Json) -> str:
    log = health.get("Log") or []
    return redacted(str(log[-1].get("Output") or "")).strip()[:_HEALTH_OUTPUT_CHARS] if log else ""


def _limits(host: Json) -> dict[str, int | str]:
    # -1 lifts the limit on processes; on swap it is a setting of its own.
    limits = {name: host.get(name) for name in LIMITS}
    if limits["PidsLimit"] == -1:
        limits["PidsLimit"] = None
    return {name: value for name, value in limits.items() if value not in (None, 0, "")}


def _attachments(networks: Mapping[str, Json | None], container_id: str) -> dict[str, Attachment]:
    return {name: _attachment(name, endpoint or {}, container_id) for name, endpoint in networks.items()}


def _attachment(name: str, endpoint: Json, container_id: str) -> Attachment:
    ipam = endpoint.get("IPAMConfig") or {}
    aliases = set(endpoint.get("Aliases") or ()) - {container_id[:12]}
    return Attachment(
        network=name,
        network_id=endpoint.get("NetworkID") or "",
        aliases=tuple(sorted(aliases)),
        ipv4=endpoint.get("IPAddress") or "",
        ipv6=endpoint.get("GlobalIPv6Address") or "",
        mac=endpoint.get("MacAddress") or "",
        static_ipv4=ipam.get("IPv4Address") or "",
        static_ipv6=ipam.get("IPv6Address") or "",
    )


def _published(ports: Mapping[str, Iterable[Json] | None]) -> tuple[PublishedPort, ...]:
    return tuple(
        sorted(
            (
                PublishedPort(int(port), protocol or "tcp", binding.get("HostIp") or "", int(binding["HostPort"]))
                for exposed, bindings in ports.items()
                for port, _, protocol in (exposed.partition("/"),)
                for binding in bindings or ()
                if binding.get("HostPort")
            ),
            key=lambda port: (port.container_port, port.protocol, port.host_ip, port.host_port),
        )
    )


def _volumes(mounts: Iterable[Json]) -> dict[str, str]:
    return {mount["Destination"]: mount["Name"] for mount in mounts if mount.get("Type") == "volume"}


# What has a field of its own in `Container`, or changes while the id stays.
_SEEN_ELSEWHERE = frozenset(("Labels", "Image", "RestartPolicy", "NetworkMode", *LIMITS))
_CAPABILITIES = ("CapAdd", "CapDrop")
_SETS = ("Env", "SecurityOpt", "ExtraHosts", "GroupAdd", "Binds", "DeviceCgroupRules", "Links", "VolumesFrom")
_KEYED_LISTS = {"Mounts": "Target", "Ulimits": "Name", "Devices": "PathInContainer"}


def _frozen(config: Json, host: Json) -> dict[str, dict[str, Any]]:
    return {"Config": _normal(config), "HostConfig": _normal(host)}


def _normal(fields: Json) -> dict[str, Any]:
    normal = {name: _ordered(name, value) for name, value in fields.items() if name not in _SEEN_ELSEWHERE}
    return {name: value for name, value in normal.items() if not _absent(value)}


def _absent(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _ordered(name: str, value: Any) -> Any:
    if not value:
        return value
    if name in _CAPABILITIES:
        return sorted(str(capability).upper().removeprefix("CAP_") for capability in value)
    if name in _SETS:
        return sorted(value)
    if name in _KEYED_LISTS:
        return sorted(value, key=lambda member: str(member.get(_KEYED_LISTS[name])))
    if name == "PortBindings":
        return {port: sorted(bindings or (), key=str) for port, bindings in value.items()}
    return value


def summary(row: Json) -> ContainerSummary:
    """Return a container from a row of `GET /containers/json`."""
    health = _HEALTH_IN_STATUS.search(row.get("Status") or "")
    networks = (row.get("NetworkSettings") or {}).get("Networks") or {}
    return ContainerSummary(
        id=row["Id"],
        name=_own_name(row.get("Names") or ()),
        image=row.get("Image") or "",
        image_id=row.get("ImageID") or "",
        state=cast("ContainerState", row["State"]),
        labels=row.get("Labels") or {},
        health=_HEALTH_WORDS[health.group(1)] if health else "none",
        networks={name: (endpoint or {}).get("NetworkID") or "" for name, endpoint in networks.items()},
        created_at=datetime.fromtimestamp(row["Created"], UTC) if row.get("Created") else None,
    )


def _own_name(names: Iterable[str]) -> str:
    # Links add names of the form /other/alias.
    return next((name[1:] for name in names if name.count("/") == 1), "")


def processes(top: Json) -> list[Process]:
    """Return the living processes of `GET /containers/{id}/top` with the columns pid, ppid, comm and args."""
    rows = (_process([str(cell) for cell in row]) for row in top.get("Processes") or ())
    return [process for process in rows if process is not None]


def _process(row: Sequence[str]) -> Process | None:
    """Return one row; None for one that has ended and was not waited for."""
    pid, ppid, comm, args = (*row, "", "", "", "")[:4]
    if not (pid.isdigit() and ppid.isdigit()) or "<defunct>" in args:
        return None
    return Process(int(pid), int(ppid), *_parted(comm, args))


def _parted(comm: str, args: str) -> tuple[str, str]:
    """Return name and command line of a row that the daemon cut at blanks: a name may hold some ("npm start")."""
    words = args.split(" ")
    for at in range(1, len(words)):
        name, rest = " ".join((comm, *words[:at])), " ".join(words[at:])
        if len(name) > _COMM_CHARS:
            break
        if words[at] == comm and rest.startswith(name):
            return name, rest
    return comm, args


def network(found: Json) -> Network:
    """Return a network from `GET /networks/{id}` or a row of `GET /networks`."""
    ipam = found.get("IPAM") or {}
    return Network(
        id=found["Id"],
        name=found["Name"],
        driver=found.get("Driver") or "",
        options=found.get("Options") or {},
        labels=found.get("Labels") or {},
        internal=bool(found.get("Internal")),
        attachable=bool(found.get("Attachable")),
        enable_ipv6=bool(found.get("EnableIPv6")),
        ipam_driver=ipam.get("Driver") or "default",
        subnets=tuple(_subnet(pool) for pool in ipam.get("Config") or ()),
        containers={member: endpoint.get("Name") or "" for member, endpoint in (found.get("Containers") or {}).items()},
    )


def _subnet(pool: Json) -> Subnet:
    auxiliary = pool.get("AuxiliaryAddresses") or pool.get("AuxAddress") or {}
    return Subnet(pool.get("Subnet") or "", pool.get("Gateway") or "", pool.get("IPRange") or "", auxiliary)


def volume(found: Json) -> Volume:
    """Return a volume from `GET /volumes/{name}`, a row of `GET /volumes`, or the reply to a create."""
    return Volume(
        name=found["Name"],
        driver=found.get("Driver") or "local",
        options=found.get("Options") or {},
        labels=found.get("Labels") or {},
        mountpoint=found.get("Mountpoint") or "",
    )


def image(found: Json) -> Image:
    """Return an image from `GET /images/{name}/json`, or a row of `GET /images/json`, which has no `config`."""
    config = found.get("Config") or {}
    return Image(
        id=found["Id"],
        references=_without_placeholders(found.get("RepoTags")),
        digests=_without_placeholders(found.get("RepoDigests")),
        labels=config.get("Labels") or found.get("Labels") or {},
        size=found.get("Size") or 0,
        architecture=found.get("Architecture") or "",
        os=found.get("Os") or "",
        config={name: value for name, value in config.items() if not _absent(value)},
        created=_made_at(found.get("Created")),
    )


def _made_at(found: int | str | None) -> datetime | None:
    """Return when an image says it was made: a number in lists, a text where one is inspected."""
    return datetime.fromtimestamp(found, UTC) if isinstance(found, int) else moment(found)


def _without_placeholders(references: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted(name for name in references or () if not name.startswith("<none>")))


def event(line: Json) -> EngineEvent | None:
    """Return one line of `GET /events`; None for objects that are not ours to watch (plugins, services...)."""
    if line.get("Type") not in _EVENT_TYPES:
        return None
    actor = line.get("Actor") or {}
    action, _, detail = str(line.get("Action") or "").partition(": ")
    return EngineEvent(
        type=cast("EventType", line["Type"]),
        action=action,
        actor=actor.get("ID") or "",
        attributes=actor.get("Attributes") or {},
        detail=detail,
        time_ns=line.get("timeNano") or 0,
    )


def past_events(lines: Sequence[Json], until_ns: int, remembered: int) -> PastEvents:
    """Return what a daemon that remembers so many events has told of a span of time."""
    found = tuple(known for line in lines if (known := event(line)) is not None)
    return PastEvents(found, until_ns, complete=len(lines) < remembered)


def engine_info(info: Json, version: Json, api_version: tuple[int, int], bridge: Json) -> EngineInfo:
    """Return what the daemon is, from `GET /info`, `GET /version` and `GET /networks/bridge`.

    The default bridge is made anew whenever the daemon starts (measured on 20.10 and 28.5); `{}` for none.
    """
    return EngineInfo(
        id=info.get("ID") or "",
        version=version.get("Version") or "",
        api_version=api_version,
        os=version.get("Os") or "linux",
        architecture=version.get("Arch") or "amd64",
        root_dir=info.get("DockerRootDir") or "",
        cpus=info.get("NCPU") or 1,
        memory=info.get("MemTotal") or 0,
        started_at=moment(bridge.get("Created")),
        log_driver=info.get("LoggingDriver") or "json-file",
        runtime=info.get("DefaultRuntime") or "runc",
        cgroup_version=str(info.get("CgroupVersion") or ""),
    )
