"""Compose's short form of mounts: `[SOURCE:]TARGET[:OPTIONS]`."""

import posixpath
from typing import Any

from desired_state.misfits import each

PROPAGATION = {"private", "rprivate", "shared", "rshared", "slave", "rslave"}
CONSISTENCY = {"cached", "delegated", "consistent"}
HINT = 'write it like "data:/var/lib/data", "./site:/srv:ro" or "/var/cache"'


def mounts(value: Any) -> Any:
    """Return mounts in the long form. A source that starts with `.`, `/` or `~` is a path, any other a Volume."""
    return each(value, _long_form) if isinstance(value, list) else value


def _long_form(item: Any) -> Any:
    if isinstance(item, dict):
        return item
    if not isinstance(item, str):
        raise ValueError(f"this is not a mount; {HINT}")
    source, target, options = _split(item)
    if not target.startswith("/"):
        raise ValueError(f"{item!r} mounts at {target!r}, which is not an absolute path; {HINT}")
    if source is None:
        return {"type": "volume", "target": target}
    if source.startswith((".", "/", "~")):
        return _with_options({"type": "bind", "source": source, "target": target}, options, item)
    if "/" in source or not source:
        raise ValueError(f"{item!r} names no volume; write ./{source}:{target} for a path")
    return _with_options({"type": "volume", "source": source, "target": target}, options, item)


def _split(item: str) -> tuple[str | None, str, list[str]]:
    match item.split(":"):
        case [target]:
            return None, target, []
        case [source, target]:
            return source, target, []
        case [source, target, options]:
            return source, target, options.split(",")
        case _:
            raise ValueError(f"{item!r} has too many colons; {HINT}")


def _with_options(mount: dict[str, Any], options: list[str], item: str) -> dict[str, Any]:
    # Docker makes a missing folder for a short form, and Compose writes that down.
    bind: dict[str, Any] = {"create_host_path": True} if mount["type"] == "bind" else {}
    for option in options:
        if option == "ro":
            mount["read_only"] = True
        elif option in PROPAGATION:
            bind["propagation"] = option
        elif option in {"z", "Z"}:
            bind["selinux"] = option
        elif option == "nocopy":
            mount["volume"] = {"nocopy": True}
        elif option in CONSISTENCY:
            mount["consistency"] = option
        elif option != "rw":
            raise ValueError(f"{item!r} has the unknown option {option!r}; write ro, rw, z, Z, nocopy or a propagation")
    return {**mount, "bind": bind} if bind else mount


def target(value: str) -> str:
    """Return a path in the container without what means nothing in it: `/media/` is `/media`.

    Raises:
        ValueError: it is not absolute.
    """
    if not value.startswith("/"):
        raise ValueError(f"{value!r} is not an absolute path")
    return posixpath.normpath("/" + value.lstrip("/"))
