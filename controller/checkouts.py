"""Where a project's files are: its folder, or a copy of its repository that is fetched for the purpose."""

import shutil
from pathlib import Path

from controller import git
from controller.errors import ServiceError
from desired_state.key import Key
from desired_state.project import ProjectSpec


def folder_of(key: Key, spec: ProjectSpec, state_dir: Path) -> Path:
    """Return the project's folder; a repository without one is cloned anew, below the state folder.

    Raises:
        ServiceError: it can't be cloned.
    """
    if spec.path:
        return Path(spec.path)
    address = spec.git or ""
    name = address.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git") or key.name
    place = state_dir / "projects" / key.namespace / key.name
    fresh = place.with_name(f".{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    try:
        if why := git.clone(address, fresh / name, spec.branch or ""):
            raise ServiceError(f"{key}: {address} can't be cloned: {why}", "see `git` and `branch` of the project", 409)
        # A solution is built from what was cloned: the copy stays until there is another.
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place / name
