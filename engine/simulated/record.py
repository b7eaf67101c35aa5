"""One container as the daemon holds it: the JSON that inspect shows, and what inspect does not show."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import anyio

from engine.simulated.behaviour import Behaviour
from engine.simulated.host import NEVER, Host
from engine.simulated.images import StoredImage
from engine.simulated.usage import Usage

_MASKED_PATHS = tuple(
    f"/proc/{name}"
    for name in ("asound", "acpi", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi")
)
_MORE_MASKED_PATHS = ("/proc/interrupts", "/sys/devices/virtual/powercap")
_READONLY_PATHS = ("bus", "fs", "irq", "sys", "sysrq-trigger")
_PLAIN_LIMITS = {"Memory": 0, "MemoryReservation": 0, "NanoCpus": 0, "CpuShares": 0, "CpuPeriod": 0, "CpuQuota": 0}


@dataclass(slots=True)
class Line:
    """One line that the container printed."""

    time: datetime
    stream: str
    text: str


@dataclass(slots=True)
class Record:
    """`inspect` is what `GET /containers/{id}/json` answers.

    `run` counts the starts, so that what was planned for an earlier run is not done to a later one.
    `by_hand` is set by a stop or kill: Docker's own policies leave such a container alone.
    `gone` happens when the present run ends, `removed` when the container is, `printed` with each line.
    `commands` are those that were run inside it; `usage` is what it takes of the host.
    """

    inspect: dict[str, Any]
    behaviour: Behaviour
    run: int = 0
    started_monotonic: float = 0.0
    restart_wait_s: float = 0.0
    by_hand: bool = False
    being_removed: bool = False
    anonymous_volumes: tuple[str, ...] = ()
    log: list[Line] = field(default_factory=list)
    archives: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    gone: anyio.Event = field(default_factory=anyio.Event)
    removed: anyio.Event = field(default_factory=anyio.Event)
    printed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def id(self) -> str:
        return str(self.inspect["Id"])

    @property
    def name(self) -> str:
        return str(self.inspect["Name"]).removeprefix("/")

    @property
    def state(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.inspect["State"])

    @property
    def status(self) -> str:
        return str(self.inspect["State"]["Status"])

    @property
    def alive(self) -> bool:
        """Whether its main process exists, paused or not."""
        return self.status in ("running", "paused")

    @property
    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Its place on each network, by the network's name."""
        return cast("dict[str, dict[str, Any]]", self.inspect["NetworkSettings"]["Networks"])

    @property
    def policy(self) -> dict[str, Any]:
        """Docker's own restart policy for it."""
        return cast("dict[str, Any]", self.inspect["HostConfig"]["RestartPolicy"])

    @property
    def attributes(self) -> dict[str, str]:
        """What its events carry."""
        config = self.inspect["Config"]
        return {**config["Labels"], "image": config["Image"], "name": self.name}


def new_record(host: Host, name: str, body: dict[str, Any], image: StoredImage, behaviour: Behaviour) -> Record:
    """Return a container as it stands right after its creation."""
    identity = host.new_id()
    config = _config(body, image, identity)
    command = [*(config["Entrypoint"] or ()), *(config["Cmd"] or ())]
    return Record(
        {
            "Id": identity,
            "Created": host.stamp(),
            "Path": command[0] if command else "",
            "Args": command[1:],
            "State": _state(),
            "Image": image.id,
            "Name": f"/{name}",
            "RestartCount": 0,
            "Driver": "overlay2",
            "Platform": "linux",
            "HostConfig": _host_config(host, body.get("HostConfig") or {}),
            "Mounts": [],
            "Config": config,
            "NetworkSettings": {"Ports": {}, "Networks": {}},
        },
        behaviour,
    )


def _state() -> dict[str, Any]:
    flags = dict.fromkeys(("Running", "Paused", "Restarting", "OOMKilled", "Dead"), False)
    return {"Status": "created", **flags, "Pid": 0, "ExitCode": 0, "Error": "", "StartedAt": NEVER, "FinishedAt": NEVER}


def _config(body: dict[str, Any], image: StoredImage, identity: str) -> dict[str, Any]:
    given = {name: value for name, value in body.items() if name not in ("HostConfig", "NetworkingConfig")}
    base = image.config
    defaults = {"Hostname": identity[:12], "Domainname": "", "User": base.get("User", ""), "Tty": False}
    return {
        **defaults,
        "Entrypoint": base.get("Entrypoint"),
        # An entrypoint of one's own takes the image's command out as well.
        "Cmd": None if given.get("Entrypoint") else base.get("Cmd"),
        "WorkingDir": base.get("WorkingDir", ""),
        **{key: base[key] for key in ("Healthcheck", "StopSignal", "Volumes") if base.get(key)},
        **given,
        "Env": _environment(base.get("Env") or (), given.get("Env") or ()),
        "Labels": {**(base.get("Labels") or {}), **(given.get("Labels") or {})},
        "ExposedPorts": {**(base.get("ExposedPorts") or {}), **(given.get("ExposedPorts") or {})},
    }


def _environment(image: Any, given: Any) -> list[str]:
    names = {entry.partition("=")[0] for entry in given}
    return [entry for entry in given if "=" in entry] + [e for e in image if e.partition("=")[0] not in names]


def _host_config(host: Host, given: dict[str, Any]) -> dict[str, Any]:
    masked = _MASKED_PATHS + (_MORE_MASKED_PATHS if host.modern else ())
    policy = {"Name": "no" if host.modern else "", "MaximumRetryCount": 0, **(given.get("RestartPolicy") or {})}
    defaults = {
        "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": "bridge" if host.modern else "default",
        "PortBindings": {},
        "CgroupnsMode": "private" if host.modern else "host",
        "IpcMode": "private",
        "ShmSize": 64 << 20,
        "Runtime": "runc",
        "MemorySwap": 2 * given.get("Memory", 0),
        "MaskedPaths": list(masked),
        "ReadonlyPaths": [f"/proc/{name}" for name in _READONLY_PATHS],
        "PidsLimit": None,
        **_PLAIN_LIMITS,
    }
    if policy["Name"] == "":
        policy["Name"] = "no" if host.modern else ""
    return {**defaults, **given, "RestartPolicy": policy}
