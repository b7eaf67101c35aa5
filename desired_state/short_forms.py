"""Compose's short forms turned into the long ones. Each function takes what YAML gave and returns canonical data.

A value of a shape they do not know is returned as it is: the field's own type then refuses it
with its place. Ports and mounts have grammars of their own: `short_ports`, `short_mounts`.
"""

import ipaddress
import math
import shlex
from typing import Any

from desired_state.misfits import each


def text(value: Any) -> Any:
    """Return numbers as the text Compose says they are (`user: 1000`)."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def scalar_text(value: Any) -> Any:
    """Return numbers and booleans as text, where Compose takes both (`environment`, `labels`)."""
    return str(value).lower() if isinstance(value, bool) else text(value)


def string_list(value: Any) -> Any:
    """Return one string as a list of one, and numbers in a list as text."""
    if isinstance(value, list):
        return [text(item) for item in value]
    return [text(value)] if isinstance(value, str | int) and not isinstance(value, bool) else value


def command(value: Any) -> Any:
    """Return a command line split the way a shell would: `echo "a b"` is two words."""
    if not isinstance(value, str):
        return string_list(value)
    try:
        return shlex.split(value)
    except ValueError as error:
        problem = "a quote is not closed" if "quotation" in str(error) else "it ends in a backslash"
        raise ValueError(f"{value!r} can't be split into words: {problem}") from None


def health_test(value: Any) -> Any:
    """Return a health check's test as ["NONE"], ["CMD", ...] or ["CMD-SHELL", text]; a string is shell text."""
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    if not isinstance(value, list):
        return value
    words = [text(word) for word in value]
    # A tuple, because the first word may be anything, unhashable too.
    if not words or words[0] not in ("NONE", "CMD", "CMD-SHELL"):
        raise ValueError("a list starts with NONE, CMD or CMD-SHELL; write a plain string for a shell command")
    return words


def mapping(value: Any) -> Any:
    """Return `[A=1, B]` and `{A: 1, B: null}` as `{"A": "1", "B": None}`."""
    if isinstance(value, list):
        return dict(each(value, _assignment))
    return {key: scalar_text(item) for key, item in value.items()} if isinstance(value, dict) else value


def _assignment(item: Any) -> tuple[str, str | None]:
    if not isinstance(item, str):
        raise ValueError("write NAME=value, or a map instead of the list")
    name, equals, value = item.partition("=")
    if not name:
        raise ValueError(f"{item!r} has no name before the =")
    return name, value if equals else None


def labels(value: Any) -> Any:
    """Return labels like `mapping`; one without a value is empty."""
    canonical = mapping(value)
    if not isinstance(canonical, dict):
        return canonical
    return {key: "" if item is None else item for key, item in canonical.items()}


def options(value: Any) -> Any:
    """Return a map of driver options, whose numbers are text."""
    return {key: text(item) for key, item in value.items()} if isinstance(value, dict) else value


def env_files(value: Any) -> Any:
    """Return `a.env`, `[a.env]` and the long form as `[{"path": "a.env"}]`."""
    paths = [value] if isinstance(value, str | dict) else value
    return [{"path": item} if isinstance(item, str) else item for item in paths] if isinstance(paths, list) else paths


def dependencies(value: Any) -> Any:
    """Return `[db]` as `{"db": {"condition": "service_started"}}`."""
    started = {"condition": "service_started"}
    if isinstance(value, list):
        return dict(each(value, lambda name: (_name(name), started)))
    return {key: started if item is None else item for key, item in value.items()} if isinstance(value, dict) else value


def joins(value: Any) -> Any:
    """Return `[front]` and `{front: null}` as `{"front": {}}`."""
    if isinstance(value, list):
        return dict(each(value, lambda name: (_name(name), {})))
    return {key: {} if item is None else item for key, item in value.items()} if isinstance(value, dict) else value


def _name(item: Any) -> str:
    if not isinstance(item, str):
        raise ValueError("write a name")
    return item


def extra_hosts(value: Any) -> Any:
    """Return `["db:10.0.0.1", "v6=[::1]"]` and `{db: 10.0.0.1}` as `{"db": ["10.0.0.1"], ...}`."""
    if isinstance(value, list):
        pairs = each(value, _host_and_address)
    elif isinstance(value, dict):
        pairs = [(host, address) for host, given in value.items() for address in _addresses(given)]
    else:
        return value
    hosts: dict[str, list[str]] = {}
    for host, address in pairs:
        hosts.setdefault(host, []).append(_address(address))
    return hosts


def _addresses(given: Any) -> list[Any]:
    addresses = string_list(given)
    if not isinstance(addresses, list):
        raise ValueError("write an IP address, a list of them, or host-gateway")
    return addresses


def _host_and_address(item: Any) -> tuple[str, str]:
    separator = "=" if "=" in str(item) else ":"
    host, found, address = str(item).partition(separator)
    if not (host and found and address):
        raise ValueError(f"{item!r} is not a host and an address; write it like db=10.0.0.5")
    return host, _address(address)


def _address(value: Any) -> Any:
    if value == "host-gateway":
        return value
    try:
        return str(ipaddress.ip_address(str(value).removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError(f"{value!r} is not an IP address; write one, or host-gateway") from None


def expose(value: Any) -> Any:
    """Return ports as text, ranges as their ports: `[80, "90-91/udp"]` is `["80", "90/udp", "91/udp"]`."""
    if not isinstance(value, list):
        return value
    return [port for ports in each(value, _exposed) for port in ports]


def _exposed(item: Any) -> list[str]:
    ports, slash, protocol = str(item).partition("/")
    if isinstance(item, bool) or (slash and protocol not in {"tcp", "udp", "sctp"}):
        raise ValueError(f"{item!r} is not a port; write it like 80 or 53/udp")
    return [f"{port}{slash}{protocol}" for port in port_range(ports)]


def port_range(value: str) -> range:
    """Return the ports of `"80"` or `"8080-8083"`.

    Raises:
        ValueError: it is neither, leaves 0 to 65535, or runs backwards.
    """
    first, dash, last = value.partition("-")
    if not _is_port(first) or (dash and not _is_port(last)):
        raise ValueError(f"{value!r} is not a port; write a number from 1 to 65535 or a range like 8080-8083")
    ports = range(int(first), int(last or first) + 1)
    if not ports:
        raise ValueError(f"the range {value!r} runs backwards")
    return ports


def _is_port(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= 65535


def file_references(value: Any) -> Any:
    """Return `[cert]` as `[{"source": "cert"}]`."""
    return [{"source": item} if isinstance(item, str) else item for item in value] if isinstance(value, list) else value


def file_mode(value: Any) -> Any:
    """Return permission bits; text is octal as in `"0440"` or `"0o440"`, numbers are taken as they are."""
    if not isinstance(value, str):
        return value
    digits = value.removeprefix("0o")
    if not digits or len(digits) > 6 or set(digits) - set("01234567"):
        raise ValueError(f"{value!r} is not a file mode; write it in octal like 0440")
    return int(digits, 8)


def devices(value: Any) -> Any:
    """Return `["/dev/a:/dev/b:r"]` as source, target, permissions; a CDI name (`vendor.com/gpu=0`) is only a source."""
    return each(value, _device) if isinstance(value, list) else value


def _device(item: Any) -> Any:
    if not isinstance(item, str):
        return item
    if not item.startswith("/") and "=" in item:
        return {"source": item}
    source, *rest = item.split(":")
    target = rest[0] if rest else source
    permissions = rest[1] if len(rest) > 1 else "rwm"
    if len(rest) > 2 or not (source and target) or set(permissions) - set("rwm"):
        raise ValueError(f"{item!r} is not a device; write it like /dev/ttyUSB0:/dev/ttyUSB0:rwm")
    return {"source": source, "target": target, "permissions": permissions}


def gpus(value: Any) -> Any:
    """Return `all` as a request for every GPU; requests that name no capability ask for `gpu`."""
    requests = [{"count": -1}] if value == "all" else value
    if not isinstance(requests, list):
        return requests
    return [{"capabilities": ["gpu"], **item} if isinstance(item, dict) else item for item in requests]


def device_count(value: Any) -> Any:
    """Return -1 for `all`."""
    return -1 if value == "all" else value


def cpus(value: Any) -> Any:
    """Return a number of processors for `0.5` or `"0.5"`."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a number of processors; write it like 0.5") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("write a number of processors like 0.5")
    return value


def own_init(value: Any) -> Any:
    """Return the switch for Docker's own init process; a list means something else, and is told where it goes.

    Raises:
        ValueError: it is a list.
    """
    if isinstance(value, list):
        raise ValueError(
            "init is a switch (true or false) for an init process; what runs before the start is pre_start"
        )
    return value
