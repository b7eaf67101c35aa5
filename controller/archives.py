"""The content of configs and secrets as tar archives: what to unpack where in a container."""

import io
import tarfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from controller.content import File
from desired_state.container import ContainerSpec


def archives(spec: ContainerSpec, files: Iterable[File]) -> dict[str, bytes]:
    """Return archives by the folder to unpack each in.

    All at the root, but for a read-only container: there Docker writes into its volumes alone.
    """
    by_folder: defaultdict[str, list[File]] = defaultdict(list)
    for file in files:
        by_folder[_folder(spec, file.path) if spec.read_only else "/"].append(file)
    return {folder: _archive(folder, inside) for folder, inside in by_folder.items()}


def scratch_folders(spec: ContainerSpec, files: Iterable[File]) -> tuple[str, ...]:
    """Return the folders of a read-only container that need a volume for its files to be written to."""
    if not spec.read_only:
        return ()
    homeless = (file.path for file in files if _mounted_above(spec, file.path) is None)
    return tuple(dict.fromkeys(str(PurePosixPath(path).parent) for path in homeless))


def _folder(spec: ContainerSpec, path: str) -> str:
    return _mounted_above(spec, path) or str(PurePosixPath(path).parent)


def _mounted_above(spec: ContainerSpec, path: str) -> str | None:
    """Return the declared mount that a file lies in and that can be written to; None: there is none."""
    writable = [mount.target for mount in spec.volumes if mount.type in ("volume", "bind") and not mount.read_only]
    above = [target for target in writable if PurePosixPath(path).is_relative_to(target)]
    return max(above, key=len, default=None)


def _archive(folder: str, files: Iterable[File]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            entry = tarfile.TarInfo(str(PurePosixPath(file.path).relative_to(folder)))
            entry.size, entry.mode, entry.uid, entry.gid = len(file.content), file.mode, file.uid, file.gid
            tar.addfile(entry, io.BytesIO(file.content))
    return buffer.getvalue()
