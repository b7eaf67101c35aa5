"""What is mounted into a container, from `Binds`, `Mounts`, `Tmpfs`, `VolumesFrom` and the volumes it really has."""

from collections.abc import Iterator, Mapping
from typing import Any

from desired_state.short_mounts import CONSISTENCY, PROPAGATION, target
from engine.bodies.given import filled
from observed_state.container import Container

_USUAL_PROPAGATION = "rprivate"


def mount_fields(container: Container, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that mount something; volumes under Docker's names, anonymous ones too."""
    host: Mapping[str, Any] = container.frozen.get("HostConfig") or {}
    mounts = [*map(_bind, host.get("Binds") or ()), *(_mount(one) for one in host.get("Mounts") or ())]
    for mount in mounts:
        if mount["type"] == "volume" and "source" not in mount and (name := container.volumes.get(mount["target"])):
            mount["source"] = name
    if not host.get("VolumesFrom"):
        mounts += _unmentioned(container, {str(mount["target"]) for mount in mounts})
    return {
        "volumes": sorted(mounts, key=lambda mount: str(mount["target"])),
        "tmpfs": [f"{path}:{options}" if options else path for path, options in (host.get("Tmpfs") or {}).items()],
        "volumes_from": [_origin(one, names) for one in host.get("VolumesFrom") or ()],
    }


def _bind(entry: str) -> dict[str, Any]:
    source, _, rest = entry.partition(":")
    path, _, options = rest.partition(":")
    words = set(options.split(","))
    mount: dict[str, Any] = {"type": "bind" if source.startswith("/") else "volume", "source": source}
    mount["target"] = target(path)
    if "ro" in words:
        mount["read_only"] = True
    if "nocopy" in words:
        mount["volume"] = {"nocopy": True}
    if consistency := words & CONSISTENCY:
        mount["consistency"] = consistency.pop()
    if mount["type"] == "bind":
        propagation = (words & PROPAGATION) - {_USUAL_PROPAGATION}
        label = words & {"z", "Z"}
        mount["bind"] = {"create_host_path": True} | filled(
            {"propagation": next(iter(propagation), None), "selinux": next(iter(label), None)}
        )
    return mount


def _mount(given: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(given.get("Type"))
    options: Mapping[str, Any] = given.get(f"{kind.capitalize()}Options") or {}
    return filled(
        {
            "type": kind,
            "source": given.get("Source"),
            "target": target(str(given.get("Target"))),
            "read_only": given.get("ReadOnly"),
            "consistency": None if given.get("Consistency") == "default" else given.get("Consistency"),
            kind: _OPTIONS.get(kind, _no_options)(options),
        }
    )


def _bind_options(options: Mapping[str, Any]) -> dict[str, Any]:
    propagation = options.get("Propagation")
    recursive = {"NonRecursive": "disabled", "ReadOnlyNonRecursive": "writable", "ReadOnlyForceRecursive": "readonly"}
    return {"create_host_path": bool(options.get("CreateMountpoint"))} | filled(
        {
            "propagation": None if propagation == _USUAL_PROPAGATION else propagation,
            "recursive": next((word for name, word in recursive.items() if options.get(name)), None),
        }
    )


def _volume_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return filled({"nocopy": options.get("NoCopy"), "subpath": options.get("Subpath"), "labels": options.get("Labels")})


def _tmpfs_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return filled({"size": options.get("SizeBytes"), "mode": options.get("Mode")})


def _image_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return filled({"subpath": options.get("Subpath")})


def _no_options(_: Mapping[str, Any]) -> dict[str, Any]:
    return {}


_OPTIONS = {"bind": _bind_options, "volume": _volume_options, "tmpfs": _tmpfs_options, "image": _image_options}


def _unmentioned(container: Container, mentioned: set[str]) -> Iterator[dict[str, Any]]:
    """Volumes that the image asked for: Docker made one for each and names it nowhere else."""
    for path, name in container.volumes.items():
        if target(path) not in mentioned:
            yield {"type": "volume", "source": name, "target": target(path)}


def _origin(entry: str, names: Mapping[str, str]) -> str:
    other, colon, mode = entry.removeprefix("container:").partition(":")
    return f"container:{names.get(other, other)}{colon}{mode}"
