"""What Docker fixes when it makes a container, then and now: a safety net under the other comparisons.

No call changes these while the id stays; somebody edited Docker's own files. That is told, and put right
only where a policy says so. Nothing is compared across an upgrade of the engine: a new one may show, and
rewrite, what an old one stored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.decision import FieldChange
from reconcilers.differences import differences
from reconcilers.world import ContainerWorld

_EVIDENCE = "no call to Docker can do this: its own files were edited while it was down"
# Docker's name of a field to the spec's, where they differ by more than their spelling.
_SPEC_NAMES = {
    "Cmd": "command",
    "Env": "environment",
    "OpenStdin": "stdin_open",
    "WorkingDir": "working_dir",
    "Domainname": "domainname",
    "ReadonlyRootfs": "read_only",
    "Binds": "volumes",
    "Mounts": "volumes",
    "PortBindings": "ports",
    "ExposedPorts": "expose",
    "Dns": "dns",
    "DnsOptions": "dns_opt",
    "UTSMode": "uts",
    "PidMode": "pid",
    "IpcMode": "ipc",
    "CgroupnsMode": "cgroup",
    "LogConfig": "logging",
    "StopTimeout": "stop_grace_period",
    "DeviceRequests": "gpus",
    "GroupAdd": "group_add",
}
# Follow from other containers, or from how the engine tells of networks.
_NOT_COMPARED = ("Links", "MacAddress")


def compare(world: ContainerWorld, instance: Instance, container: Container) -> Iterator[FieldChange]:
    """Yield what is fixed and yet differs from how the container was made."""
    baseline = instance.baseline
    if baseline is None or instance.resolved.get("engine_version") != world.engine_version:
        return
    yield from _environment(baseline, container)
    for part in ("Config", "HostConfig"):
        for path, before, now in differences(_of(baseline, part), _of(container, part)):
            yield _told(f"spec.{_spec_path(path)}", before, now)
    for path, before, now in differences(dict(baseline.labels), dict(container.labels), "spec.labels"):
        yield _told(path, before, now)


def _of(container: Container, part: str) -> Mapping[str, Any]:
    fields = container.frozen.get(part, {})
    return {name: value for name, value in fields.items() if name not in (*_NOT_COMPARED, "Env")}


def _environment(then: Container, now: Container) -> Iterator[FieldChange]:
    """Name the variables that differ; what they hold may be secret."""
    before, after = (_variables(one) for one in (then, now))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            words = ["set" if name in side else None for side in (before, after)]
            yield _told(f"spec.environment.{name}", words[0], "another value" if all(words) else words[1])


def _variables(container: Container) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in container.frozen.get("Config", {}).get("Env", ()))
    return {name: value for name, _, value in pairs}


def _spec_path(path: str) -> str:
    """Return the spec's words for one of Docker's fields: `Privileged` is `privileged`, `CapAdd` `cap_add`."""
    name = path.partition(".")[0].partition("[")[0]
    known = _SPEC_NAMES.get(name) or "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    return known.removeprefix("_") + path[len(name) :]


def _told(path: str, before: Any, now: Any) -> FieldChange:
    return FieldChange(path, before, now, "drift", "recreate", evidence=_EVIDENCE, policy="alert")
