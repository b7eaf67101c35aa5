"""The kernel lock that makes one process the writer. The kernel frees it when the process dies, however it dies."""

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from store.errors import StoreLocked

FILE_NAME = "writer.lock"


class WriterLock:
    """Held from `acquire` until `release` or the end of the process. The file itself is never removed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, state_dir: Path) -> Self:
        """Take the lock at once.

        Raises:
            StoreLocked: another process has it.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(state_dir / FILE_NAME, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, since = read_holder(descriptor)
            os.close(descriptor)
            raise StoreLocked(pid, since) from None
        write_holder(descriptor)
        return cls(descriptor)

    def release(self) -> None:
        """Let others write. Does nothing the second time."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_holder(descriptor: int) -> tuple[int, datetime | None]:
    """Return the holder's pid and start time, (0, None) while it is still writing them down."""
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return int(holder["pid"]), datetime.fromisoformat(holder["since"])
    except (ValueError, KeyError, TypeError):
        return 0, None


def write_holder(descriptor: int) -> None:
    """Say who we are, for those who come too late."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": since}).encode(), 0)
