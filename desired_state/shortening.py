"""The short forms that people write, for values in the long form: the way back from `short_forms`."""

from collections.abc import Callable, Mapping
from typing import Any

from desired_state.short_mounts import PROPAGATION

_UNITS = (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10))


def shortened(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `declared()` spec with short forms where one says exactly the same; what has none stays as it is."""
    return {name: _SHORT.get(name, _same)(value) for name, value in spec.items()}


def _same(value: Any) -> Any:
    return value


def _ports(ports: Any) -> Any:
    return [_port(port) for port in ports]


def _port(port: Any) -> Any:
    # A short form can't say "tcp" or "none", and a word less is another declaration.
    if port.keys() - {"target", "published", "host_ip", "protocol"} or {"tcp", None} & set(port.values()):
        return port
    address = port.get("host_ip") or ""
    address = f"[{address}]" if ":" in address else address
    host = f"{address}:" * bool(address) + f"{port.get('published') or ''}:" * bool(port.get("published") or address)
    protocol = port.get("protocol", "tcp")
    return f"{host}{port['target']}" + ("" if protocol == "tcp" else f"/{protocol}")


def _mounts(mounts: Any) -> Any:
    return [_mount(mount) for mount in mounts]


def _mount(mount: Any) -> Any:
    source, target = mount.get("source"), mount["target"]
    options = _bind_options(mount) if mount["type"] == "bind" else _volume_options(mount)
    unsaid = {None, False} & {value for value in mount.values() if not isinstance(value, dict)}
    if options is None or unsaid or ":" in f"{source}{target}":
        return mount
    if source is None:
        return target if not options else mount
    return ":".join(part for part in (source, target, ",".join(options)) if part)


def _bind_options(mount: Mapping[str, Any]) -> list[str] | None:
    bind = mount.get("bind") or {}
    plain = bind.keys() <= {"create_host_path", "propagation", "selinux"} and bind.get("create_host_path") is True
    plain = plain and None not in bind.values()
    if not plain or mount.keys() - {"type", "source", "target", "read_only", "bind"} or not mount.get("source"):
        return None
    if bind.get("propagation") not in {None, *PROPAGATION}:
        return None
    return ["ro"] * bool(mount.get("read_only")) + [bind[name] for name in ("selinux", "propagation") if bind.get(name)]


def _volume_options(mount: Mapping[str, Any]) -> list[str] | None:
    if mount["type"] != "volume" or mount.keys() - {"type", "source", "target", "read_only"}:
        return None
    return ["ro"] * bool(mount.get("read_only"))


def _joins(joins: Any) -> Any:
    return joins if joins is None or any(joins.values()) or not joins else list(joins)


def _dependencies(needed: Any) -> Any:
    plain = all(one == {"condition": "service_started"} for one in needed.values())
    return list(needed) if plain and needed else needed


def _restart(restart: Any) -> Any:
    policy, attempts = restart.get("policy"), restart.get("attempts")
    if policy is None or restart.keys() - {"policy", "attempts"} or (attempts is not None and policy != "on-failure"):
        return restart
    return {"never": "no"}.get(policy, policy) + (f":{attempts}" if attempts is not None else "")


def _size(size: Any) -> Any:
    for unit, factor in _UNITS:
        if isinstance(size, int) and size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    return size


def _duration(seconds: Any) -> Any:
    if not isinstance(seconds, float):
        return seconds
    if seconds.is_integer():
        return f"{int(seconds)}s"
    milliseconds = round(seconds * 1000)
    return f"{milliseconds}ms" if milliseconds / 1000 == seconds else seconds


def _healthcheck(check: Any) -> Any:
    durations = ("interval", "timeout", "start_period", "start_interval")
    short = {name: _duration(value) if name in durations else value for name, value in check.items()}
    test = check.get("test")
    if test and test[0] == "CMD-SHELL" and len(test) == 2:
        short["test"] = test[1]
    return short


_SHORT: dict[str, Callable[[Any], Any]] = {
    "ports": _ports,
    "volumes": _mounts,
    "networks": _joins,
    "depends_on": _dependencies,
    "restart": lambda value: _restart(value) if isinstance(value, Mapping) else value,
    "mem_limit": _size,
    "memswap_limit": _size,
    "mem_reservation": _size,
    "shm_size": _size,
    "stop_grace_period": _duration,
    "healthcheck": lambda value: _healthcheck(value) if isinstance(value, Mapping) else value,
}
