"""The body of `POST /containers/create`: `Config` at the top level, `HostConfig` and `NetworkingConfig` below it."""

import math
from typing import Any

from desired_state.container import ContainerSpec
from desired_state.container_parts import Healthcheck
from desired_state.content_parts import ValueFrom
from engine.bodies.given import filled, given, nanoseconds
from engine.bodies.host import host_config
from engine.bodies.networking import endpoints, service_mac_on_endpoint
from engine.protocol import NewContainer


def container_body(new: NewContainer, api_version: tuple[int, int]) -> dict[str, Any]:
    """Return what creates `new` on an engine of this API version.

    `NetworkingConfig` names every network, also on engines that take only one at creation (API
    below 1.44): there the caller keeps the first and connects the others. Fields the version does
    not know are left out; `capabilities.unsupported` says which.
    """
    body = _config(new, api_version)
    body["HostConfig"] = host_config(new, api_version)
    if joined := endpoints(new, api_version):
        body["NetworkingConfig"] = {"EndpointsConfig": joined}
    return body


def _config(new: NewContainer, api_version: tuple[int, int]) -> dict[str, Any]:
    spec = new.spec
    lists = {"Env": _environment(new), "Labels": {**spec.labels, **new.labels}, "ExposedPorts": _exposed_ports(spec)}
    return filled(lists) | given(
        {
            "Image": new.image,
            "Cmd": spec.command,
            "Entrypoint": spec.entrypoint,
            "WorkingDir": spec.working_dir,
            "User": spec.user,
            "Hostname": spec.hostname,
            "Domainname": spec.domainname,
            "Tty": spec.tty,
            "OpenStdin": spec.stdin_open,
            "StopSignal": spec.stop_signal,
            "StopTimeout": None if spec.stop_grace_period is None else math.ceil(spec.stop_grace_period),
            "Healthcheck": _healthcheck(spec.healthcheck, api_version),
            "MacAddress": None if service_mac_on_endpoint(api_version) else spec.mac_address,
        }
    )


def _environment(new: NewContainer) -> list[str]:
    # A name without a value takes the variable out of what the image brings, as Compose does.
    declared = {name: value for name, value in new.spec.environment.items() if not isinstance(value, ValueFrom)}
    merged = {**declared, **new.environment}
    return [name if value is None else f"{name}={value}" for name, value in merged.items()]


def _exposed_ports(spec: ContainerSpec) -> dict[str, dict[str, Any]]:
    # Published ports too: Docker publishes nothing that isn't exposed, and doesn't say so.
    exposed = [port if "/" in port else f"{port}/tcp" for port in spec.expose]
    published = [f"{port.target}/{port.protocol}" for port in spec.ports]
    return {port: {} for port in (*exposed, *published)}


def _healthcheck(check: Healthcheck | None, api_version: tuple[int, int]) -> dict[str, Any] | None:
    if check is None:
        return None
    if check.disable or check.test == ["NONE"]:
        return {"Test": ["NONE"]}
    return given(
        {
            "Test": check.test,
            "Interval": nanoseconds(check.interval),
            "Timeout": nanoseconds(check.timeout),
            "StartPeriod": nanoseconds(check.start_period),
            "StartInterval": nanoseconds(check.start_interval) if api_version >= (1, 44) else None,
            "Retries": check.retries,
        }
    )
