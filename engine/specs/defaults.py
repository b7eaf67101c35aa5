"""What nobody had to declare: what a container's image brought, and what its daemon gives to every container.

The rules are the daemon's own for merging an image's configuration into a container's (moby, `merge.go`).
"""

from collections.abc import Mapping
from typing import Any

from engine.bodies.given import filled
from engine.specs.config import environment, healthcheck, port_text
from engine.specs.host import UNMASKED
from observed_state.container import Container
from observed_state.engine import EngineInfo
from observed_state.image import Image

_SHARED_MEMORY = 64 << 20
_GRACE_S = 10.0
Fields = dict[str, Any]


def without_defaults(
    fields: Mapping[str, Any], container: Container, image: Image | None, engine: EngineInfo
) -> Fields:
    """Return the fields that somebody must have declared.

    Args:
        fields: of `container_fields`.
        container: what they were read from.
        image: the one the container really runs; None when it is gone, and everything it brought is kept.
        engine: the daemon.
    """
    brought: Mapping[str, Any] = image.config if image else {}
    kept = {**fields, **_command(fields, brought), **_merged(fields, brought, image)}
    return filled({**kept, **_of_the_daemon(kept, container, engine)})


def _command(fields: Mapping[str, Any], brought: Mapping[str, Any]) -> Fields:
    entrypoint, command = fields.get("entrypoint"), fields.get("command")
    if (entrypoint or []) != (brought.get("Entrypoint") or []):
        return {}  # with an entrypoint of one's own, the image's command does not count
    return {"entrypoint": None, "command": None if command == brought.get("Cmd") else command}


def _merged(fields: Mapping[str, Any], brought: Mapping[str, Any], image: Image | None) -> Fields:
    exposed = [port_text(port) for port in brought.get("ExposedPorts") or {}]
    return {
        "environment": _less(fields.get("environment"), environment(brought.get("Env") or ())),
        "labels": _less(fields.get("labels"), image.labels if image else {}),
        "healthcheck": _less(fields.get("healthcheck"), healthcheck(brought.get("Healthcheck")) or {}),
        "expose": [port for port in fields.get("expose") or () if port not in exposed],
        "user": _unless(fields.get("user"), brought.get("User")),
        "working_dir": _unless(fields.get("working_dir"), brought.get("WorkingDir"), "/"),
        "stop_signal": _unless(fields.get("stop_signal"), brought.get("StopSignal"), "SIGTERM"),
    }


def _of_the_daemon(fields: Mapping[str, Any], container: Container, engine: EngineInfo) -> Fields:
    usual_cgroup = {"1": "host", "2": "private"}.get(engine.cgroup_version, fields.get("cgroup"))
    privileged = bool(fields.get("privileged"))
    return {
        "hostname": None if _has_no_hostname_of_its_own(fields, container) else fields.get("hostname"),
        "stop_grace_period": _unless(fields.get("stop_grace_period"), _GRACE_S),
        "shm_size": _unless(fields.get("shm_size"), _SHARED_MEMORY),
        "ipc": _unless(fields.get("ipc"), "private"),
        "runtime": _unless(fields.get("runtime"), engine.runtime),
        "cgroup": _unless(fields.get("cgroup"), "host" if privileged else usual_cgroup),
        "oom_score_adj": _unless(fields.get("oom_score_adj"), 0),
        "mem_swappiness": _unless(fields.get("mem_swappiness"), -1),
        "logging": _unless(fields.get("logging"), {"driver": engine.log_driver}),
        "security_opt": _security(fields),
        # The bridge gives one to every container; it was nobody's wish.
        "mac_address": None if container.network_mode == "bridge" else fields.get("mac_address"),
    }


def _has_no_hostname_of_its_own(fields: Mapping[str, Any], container: Container) -> bool:
    shares = container.network_mode == "host" or container.network_mode.startswith("container:")
    return shares or fields.get("uts") == "host" or fields.get("hostname") == container.id[:12]


def _security(fields: Mapping[str, Any]) -> list[str]:
    """Docker takes SELinux labels off by itself from what shares the host's namespaces."""
    unlabelled = fields.get("privileged") or "host" in (fields.get("pid"), fields.get("ipc"))
    usual = {"label=disable"} if unlabelled else set()
    return [
        option
        for option in fields.get("security_opt") or ()
        if option not in usual and not (option == UNMASKED and fields.get("privileged"))
    ]


def _less(found: Mapping[str, Any] | None, brought: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in (found or {}).items() if name not in brought or brought[name] != value}


def _unless(found: Any, *usual: Any) -> Any:
    return None if found in usual else found
