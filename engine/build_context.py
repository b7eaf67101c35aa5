"""What a build is made from, as one digest: the same sources, Dockerfile, arguments and target give the same image."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from docker.utils.build import exclude_paths

from desired_state.build import Build
from engine.errors import Refused

# What says where and how fast to build, not what.
_NOT_THE_RESULT = ("cache_from", "cache_to", "no_cache", "pull", "builder", "context", "secrets", "ssh")
_PIECE = 1 << 20


def build_key(build: Build) -> str:
    """Return the digest of everything an image is built from. Reads the context, but what `.dockerignore` excludes.

    A remote context counts by its address: what it holds is not looked at.

    Raises:
        Refused: the folder or something in it can't be read.
    """
    digest = hashlib.sha256()
    declared = {name: value for name, value in build.declared().items() if name not in _NOT_THE_RESULT}
    digest.update(json.dumps(declared, sort_keys=True).encode())
    if build.is_remote:
        digest.update(build.context.encode())
        return digest.hexdigest()
    root = checked_folder(build)
    try:
        _add_dockerfile(digest, root, build)
        for path in sorted(exclude_paths(str(root), ignored(root), dockerfile=build.dockerfile)):
            _add(digest, root, path)
    except OSError as error:
        raise Refused(f"cannot read the build context: {error.filename}: {error.strerror}") from error
    return digest.hexdigest()


def checked_folder(build: Build) -> Path:
    """Return the folder of a local context.

    Raises:
        Refused: there is none.
    """
    root = Path(build.context)
    if not root.is_dir():
        raise Refused(f"there is no folder {build.context}")
    return root


def ignored(root: Path) -> list[str]:
    """Return the patterns of `.dockerignore`; comments and empty lines are none."""
    file = root / ".dockerignore"
    if not file.is_file():
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _add_dockerfile(digest: Any, root: Path, build: Build) -> None:
    """A Dockerfile may lie outside of the context."""
    path = root / (build.dockerfile or "Dockerfile")
    if path.is_file():
        digest.update(path.read_bytes())


def _add(digest: Any, root: Path, path: str) -> None:
    """Add one entry: its name, kind, permissions and content. When it was written does not count."""
    whole = root / path
    status = whole.lstat()
    digest.update(f"\0{path}\0{stat.S_IFMT(status.st_mode)}\0{stat.S_IMODE(status.st_mode)}\0".encode())
    if stat.S_ISLNK(status.st_mode):
        digest.update(os.readlink(whole).encode())  # noqa: PTH115 - the text as it is
    elif stat.S_ISREG(status.st_mode):
        digest.update(f"{status.st_size}\0".encode())
        with whole.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
