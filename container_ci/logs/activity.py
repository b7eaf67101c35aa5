"""Whether a container has said anything since, without asking Docker: its log file has grown."""

from dataclasses import dataclass
from pathlib import Path

from observed_state.container import Container

_IN_FOLDER = {"json-file": "{id}-json.log", "local": "local-logs/container.log"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a log file stood at one moment. Unequal marks mean that something was written, or rotated."""

    inode: int
    size: int
    changed_ns: int


def log_file(container: Container, driver: str, root_dir: str) -> Path | None:
    """Return where a daemon with this root folder keeps a container's log, None where it is no file."""
    name = _IN_FOLDER.get(driver)
    return Path(root_dir, "containers", container.id, name.format(id=container.id)) if name and root_dir else None


def mark(path: Path | None) -> Mark | None:
    """Return how a log file stands; None when it can't be seen from here (another host, another user's)."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return Mark(found.st_ino, found.st_size, found.st_mtime_ns)
