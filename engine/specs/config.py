"""Docker's `Config`: what runs in the container."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bodies.given import filled
from observed_state.container import Container

_NS = 1e9


def config_fields(container: Container) -> dict[str, Any]:
    """Return the fields that `Config` holds."""
    config: Mapping[str, Any] = container.frozen.get("Config") or {}
    timeout = config.get("StopTimeout")
    return {
        "command": config.get("Cmd"),
        "entrypoint": config.get("Entrypoint"),
        "environment": environment(config.get("Env") or ()),
        "working_dir": config.get("WorkingDir"),
        "user": config.get("User"),
        "hostname": config.get("Hostname"),
        "domainname": config.get("Domainname"),
        "labels": dict(container.labels),
        "tty": config.get("Tty"),
        "stdin_open": config.get("OpenStdin"),
        "stop_signal": config.get("StopSignal"),
        "stop_grace_period": None if timeout is None else float(timeout),
        "healthcheck": healthcheck(config.get("Healthcheck")),
        "expose": _exposed(container),
        "mac_address": config.get("MacAddress"),
    }


def environment(entries: Iterable[str]) -> dict[str, str | None]:
    """Return `NAME=value` entries as a map; a name alone, which takes a variable away, has the value None."""
    pairs = ((name, equals, value) for name, equals, value in (entry.partition("=") for entry in entries))
    return {name: value if equals else None for name, equals, value in pairs}


def healthcheck(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return Docker's health check in the words of a spec; durations in seconds."""
    if not check:
        return None
    if check.get("Test") == ["NONE"]:
        return {"disable": True}
    durations = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    durations["start_interval"] = "StartInterval"
    seconds = {name: check[docker] / _NS for name, docker in durations.items() if check.get(docker)}
    return filled({"test": check.get("Test"), **seconds, "retries": check.get("Retries") or None})


def port_text(exposed: str) -> str:
    """Return `80/tcp` as `80`, the way a spec writes it."""
    return exposed.removesuffix("/tcp")


def _exposed(container: Container) -> list[str]:
    exposed = (container.frozen.get("Config") or {}).get("ExposedPorts") or {}
    published = (container.frozen.get("HostConfig") or {}).get("PortBindings") or {}
    return sorted(port_text(port) for port in exposed if port not in published)
