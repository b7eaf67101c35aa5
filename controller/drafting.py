"""One container, or several replicas that are alike, as the smallest declaration of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from controller.claims import labels_of
from controller.drafts import Draft, Remark
from controller.referents import Referents
from controller.tool_labels import DEPENDS_ON, without_tool_labels
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.resource import Resource
from engine.specs import without_defaults
from engine.specs.host import PROFILE
from observed_state.container import Container
from observed_state.engine import EngineInfo
from observed_state.image import Image
from reconcilers import naming

Fields = dict[str, Any]

_ORDER = {name: place for place, name in enumerate(ContainerSpec.model_fields)}


@dataclass(frozen=True, slots=True)
class Found:
    """A container, all its fields, the image it runs, and what the image's name means now.

    `restart` is how one that Ergon manages is declared to be restarted: Docker does not know. None for others.
    """

    container: Container
    fields: Mapping[str, Any]
    image: Image | None
    meant: Image | None
    restart: Mapping[str, Any] | None = None


def draft(
    key: Key, replicas: Sequence[Found], known: Mapping[str, Key], referents: Referents, engine: EngineInfo
) -> list[Draft]:
    """Return the declaration of one service: one resource when its replicas are alike, else one for each.

    Args:
        key: what the service is called.
        replicas: its containers, in the order of their numbers.
        known: the keys of all containers that are written down with it, by container id.
        referents: takes note of the networks and volumes that are needed, and names them.
        engine: the daemon.
    """
    specs = [_Drafting(key, found, known, engine, alone=len(replicas) == 1).fields() for found in replicas]
    if all(fields == specs[0][0] for fields, _ in specs):
        return [_as_one(key, replicas, *specs[0], referents)]
    parts = []
    for number, (found, (fields, remarks)) in enumerate(zip(replicas, specs, strict=True), start=1):
        own = replace(key, name=f"{key.name}-{number}")
        note = ("", f"the containers of {key.name} differ, so each is a resource of its own")
        parts.append(_as_one(own, [found], fields, [note, *remarks], referents))
    return parts


def _as_one(
    key: Key, replicas: Sequence[Found], fields: Fields, remarks: Iterable[Remark], referents: Referents
) -> Draft:
    notes = list(remarks)
    fields |= {"replicas": len(replicas)} if len(replicas) > 1 else {}
    names = [naming.container_name(key, _PLAIN, slot) for slot in range(1, len(replicas) + 1)]
    if [found.container.name for found in replicas] != names:
        if len(replicas) == 1:
            fields["container_name"] = replicas[0].container.name
        else:
            notes.append(("replicas", f"new containers will be named {names[0]}, {names[1]}..."))
    notes += referents.take(key, replicas[0].container, fields)
    ordered = {name: fields[name] for name in sorted(fields, key=lambda name: _ORDER[name])}
    resource = Resource(key, ContainerSpec.from_declared(ordered))
    return Draft(resource, tuple(found.container.id for found in replicas), tuple(notes))


_PLAIN = ContainerSpec(image="any")


class _Drafting:
    """The fields of one container that somebody must have declared."""

    def __init__(self, key: Key, found: Found, known: Mapping[str, Key], engine: EngineInfo, *, alone: bool) -> None:
        self._key = key
        self._found = found
        self._container = found.container
        self._known = known
        self._alone = alone
        self._remarks: list[Remark] = []
        kept = without_defaults(found.fields, found.container, found.image, engine)
        self._fields: Fields = deepcopy(without_tool_labels(kept))

    def fields(self) -> tuple[Fields, list[Remark]]:
        self._fields["image"] = self._image()
        self._restart()
        self._security()
        self._mounts()
        self._sharing()
        self._aliases()
        self._dependencies()
        self._remarks += _unknown(self._container)
        return self._fields, self._remarks

    def _image(self) -> str:
        name, image, meant = self._container.image, self._found.image, self._found.meant
        if image is None:
            self._remark("image", "the image it runs is gone; what it brought can't be told from what was declared")
            return name or self._container.image_id
        if meant is not None and meant.id == image.id:
            return name
        exact = _digest(image, name) or image.id
        self._remark("image", f"{name or 'its name'} means another image now; this is the one it runs")
        return exact

    def _restart(self) -> None:
        policy = self._container.restart_policy
        if self._found.restart is not None:
            self._set("restart", dict(self._found.restart))
        elif policy.name == "no" and labels_of(self._container.labels) is not None:
            self._remark(
                "restart", "Ergon itself restarted it, by a policy that is not in Docker; the default is always"
            )
        elif policy.name != "always":
            attempts = f":{policy.maximum_retry_count}" if policy.maximum_retry_count else ""
            self._fields["restart"] = _restart_form(policy.name + attempts)

    def _security(self) -> None:
        options = self._fields.get("security_opt", [])
        if PROFILE in options:
            self._remark("security_opt", "it has a seccomp profile; name its file here as seccomp=/path/profile.json")
            self._set("security_opt", [option for option in options if option != PROFILE])

    def _mounts(self) -> None:
        """Anonymous volumes of one container are named, so that a new one keeps the data; replicas can't share them."""
        mounts = self._fields.get("volumes", [])
        anonymous = [mount for mount in mounts if is_anonymous(mount)]
        if anonymous and not self._alone:
            self._set("volumes", [mount for mount in mounts if mount not in anonymous])
            targets = ", ".join(mount["target"] for mount in anonymous)
            self._remark(
                "volumes", f"each replica has an anonymous volume at {targets}; a new one begins with an empty one"
            )

    def _sharing(self) -> None:
        """What is shared with a container that is written down, too, is shared with its service."""
        siblings = [(other, key) for other, key in self._known.items() if key.namespace == self._key.namespace]
        names = {f"container:{other}": key.name for other, key in siblings}
        for field, docker in (("network_mode", "NetworkMode"), ("ipc", "IpcMode"), ("pid", "PidMode")):
            mode = self._container.network_mode if field == "network_mode" else self._host.get(docker, "")
            if mode in names:
                self._fields[field] = f"service:{names[mode]}"

    def _aliases(self) -> None:
        usual = {self._key.name, self._container.name, self._container.id[:12]}
        for join in self._fields.get("networks", {}).values():
            aliases = [alias for alias in join.pop("aliases", ()) if alias not in usual]
            join.update({"aliases": aliases} if aliases else {})

    def _dependencies(self) -> None:
        names = {key.name for key in self._known.values() if key.namespace == self._key.namespace}
        needed = {}
        for entry in self._container.labels.get(DEPENDS_ON, "").split(","):
            name, _, rest = entry.partition(":")
            condition = rest.partition(":")[0]
            if name in names and name != self._key.name:
                needed[name] = {"condition": condition} if condition else {}
        self._set("depends_on", needed)

    @property
    def _host(self) -> Mapping[str, Any]:
        host: Mapping[str, Any] = self._container.frozen.get("HostConfig") or {}
        return host

    def _set(self, field: str, value: Any) -> None:
        self._fields.pop(field, None)
        if value:
            self._fields[field] = value

    def _remark(self, field: str, text: str) -> None:
        self._remarks.append((field, text))


def is_anonymous(mount: Mapping[str, Any]) -> bool:
    """Return whether a mount is of a volume that Docker named itself."""
    source = str(mount.get("source", ""))
    return mount["type"] == "volume" and len(source) == 64 and not set(source) - set("0123456789abcdef")


def _digest(image: Image, name: str) -> str:
    """Return the image by its digest under the repository it was taken from, "" when it was never in one."""
    repository = name.partition("@")[0]
    head, colon, tag = repository.rpartition(":")
    repository = head if colon and "/" not in tag else repository
    return next((digest for digest in image.digests if digest.startswith(f"{repository}@")), "")


def _restart_form(text: str) -> Any:
    return {"policy": "never"} if text == "no" else {"policy": text.partition(":")[0]} | _attempts(text)


def _attempts(text: str) -> Fields:
    attempts = text.partition(":")[2]
    return {"attempts": int(attempts)} if attempts else {}


# Of what Docker holds: read into fields, a default of everybody's, or of the client that asked.
_HOST_KEYS = frozenset((
    "AutoRemove", "Annotations", "Binds", "BlkioDeviceReadBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteBps",
    "BlkioDeviceWriteIOps", "BlkioWeightDevice", "CapAdd", "CapDrop", "Cgroup", "CgroupParent", "CgroupnsMode",
    "ConsoleSize", "ContainerIDFile", "DeviceCgroupRules", "DeviceRequests", "Devices", "Dns", "DnsOptions",
    "DnsSearch", "ExtraHosts", "GroupAdd", "Init", "IpcMode", "Isolation", "Links", "LogConfig", "MaskedPaths",
    "MemorySwappiness", "Mounts", "OomKillDisable", "OomScoreAdj", "PidMode", "PortBindings", "Privileged",
    "PublishAllPorts", "ReadonlyPaths", "ReadonlyRootfs", "Runtime", "SecurityOpt", "ShmSize", "StorageOpt",
    "Sysctls", "Tmpfs", "UTSMode", "Ulimits", "UsernsMode", "VolumesFrom",
))  # fmt: skip
_CONFIG_KEYS = frozenset((
    "ArgsEscaped", "AttachStderr", "AttachStdin", "AttachStdout", "Cmd", "Domainname", "Entrypoint", "Env",
    "ExposedPorts", "Healthcheck", "Hostname", "MacAddress", "OnBuild", "OpenStdin", "Shell", "StdinOnce",
    "StopSignal", "StopTimeout", "Tty", "User", "Volumes", "WorkingDir",
))  # fmt: skip


def _unknown(container: Container) -> Iterator[Remark]:
    for part, known in (("HostConfig", _HOST_KEYS), ("Config", _CONFIG_KEYS)):
        for name, value in sorted((container.frozen.get(part) or {}).items()):
            if name not in known and value not in (0, -1):
                yield "", f"Docker's {part}.{name} ({value}) can't be declared"
