"""What a container sees of files, volumes and memory file systems: `Binds`, `Mounts`, `Tmpfs`, `VolumesFrom`."""

from collections.abc import Mapping
from typing import Any

from desired_state.container_parts import Mount
from engine.bodies.given import filled, given
from engine.protocol import NewContainer


def storage(new: NewContainer, api_version: tuple[int, int]) -> dict[str, Any]:
    """Return the parts of `HostConfig` that mount something."""
    simple = [mount for mount in new.spec.volumes if _is_simple_bind(mount)]
    others = [mount for mount in new.spec.volumes if not _is_simple_bind(mount)]
    return filled(
        {
            "Binds": [_bind(mount) for mount in simple],
            "Mounts": [
                *(_mount(mount, new.volumes, api_version) for mount in others),
                *({"Type": "volume", "Target": target} for target in new.scratch),
            ],
            "Tmpfs": dict(_tmpfs(entry) for entry in new.spec.tmpfs or ()),
            "VolumesFrom": [_volumes_from(entry, new.parents) for entry in new.spec.volumes_from or ()],
        }
    )


def needs_mountpoint(mount: Mount) -> bool:
    """Return whether this bind wants its host path made and can only be written as a `Mounts` entry."""
    return mount.type == "bind" and _creates_host_path(mount) and not _is_simple_bind(mount)


def _is_simple_bind(mount: Mount) -> bool:
    # `Binds` alone makes a missing host path on every engine, and alone knows SELinux labels;
    # it has no word for recursion, and separates by colons.
    if mount.type != "bind" or not _creates_host_path(mount):
        return False
    recursive = mount.bind.recursive if mount.bind else None
    return recursive is None and ":" not in f"{mount.source}{mount.target}"


def _creates_host_path(mount: Mount) -> bool:
    return mount.bind is None or mount.bind.create_host_path is not False


def _bind(mount: Mount) -> str:
    options = ["ro"] if mount.read_only else []
    if mount.bind is not None:
        options += [word for word in (mount.bind.selinux, mount.bind.propagation) if word]
    return ":".join(part for part in (mount.source or "", mount.target, ",".join(options)) if part)


def _mount(mount: Mount, volumes: Mapping[str, str], api_version: tuple[int, int]) -> dict[str, Any]:
    source = mount.source
    if mount.type == "volume" and source:
        source = volumes.get(source, source)
    return filled(
        {
            "Type": mount.type,
            "Source": source,
            "Target": mount.target,
            "ReadOnly": mount.read_only or None,
            "Consistency": mount.consistency,
            "BindOptions": _bind_options(mount, api_version),
            "VolumeOptions": _volume_options(mount, api_version),
            "TmpfsOptions": _tmpfs_options(mount),
            "ImageOptions": given({"Subpath": mount.image.subpath}) if mount.image else None,
        }
    )


def _bind_options(mount: Mount, api_version: tuple[int, int]) -> dict[str, Any] | None:
    if mount.type != "bind":
        return None
    recursive = mount.bind.recursive if mount.bind else None
    return given(
        {
            "Propagation": mount.bind.propagation if mount.bind else None,
            "CreateMountpoint": True if api_version >= (1, 42) and _creates_host_path(mount) else None,
            "NonRecursive": True if recursive == "disabled" else None,
            "ReadOnlyNonRecursive": True if recursive == "writable" and api_version >= (1, 44) else None,
            "ReadOnlyForceRecursive": True if recursive == "readonly" and api_version >= (1, 44) else None,
        }
    )


def _volume_options(mount: Mount, api_version: tuple[int, int]) -> dict[str, Any] | None:
    if mount.volume is None:
        return None
    return given(
        {
            "NoCopy": mount.volume.nocopy,
            "Labels": mount.volume.labels,
            "Subpath": mount.volume.subpath if api_version >= (1, 45) else None,
        }
    )


def _tmpfs_options(mount: Mount) -> dict[str, Any] | None:
    return given({"SizeBytes": mount.tmpfs.size, "Mode": mount.tmpfs.mode}) if mount.tmpfs else None


def _tmpfs(entry: str) -> tuple[str, str]:
    path, _, options = entry.partition(":")
    return path, options


def _volumes_from(entry: str, parents: Mapping[str, str]) -> str:
    source, colon, mode = entry.removeprefix("container:").partition(":")
    return f"{parents.get(source, source)}{colon}{mode}"
