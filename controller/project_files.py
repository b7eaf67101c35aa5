"""Files that are written into a project's folder: whole or not at all, and never outside of it."""

import os
import secrets
from pathlib import Path

from controller.errors import ServiceError

_NEW_FILE = 0o644
_PRIVATE = 0o600


def write(root: Path, path: str, text: str, *, private: bool = False) -> None:
    """Write one file below `root`, replacing what is there; a reader sees the old one or the new one.

    A new file that is `private` can be read by its owner alone.

    Raises:
        ServiceError: it would lie outside of the folder, or can't be written.
    """
    root = root.resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root):
        raise ServiceError(f"{path} leads out of {root}", "replace the link by a file")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else _PRIVATE if private else _NEW_FILE
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ServiceError(f"{target} can't be written: {(error.strerror or str(error)).lower()}") from error
