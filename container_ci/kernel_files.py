"""Read the small files in which the kernel tells of processes and control groups: hundreds of them a minute."""

import os


def content(path: str, limit: int = 1 << 16) -> bytes:
    """Return what such a file holds, at most so many bytes.

    Paths are text here: making them objects costs more than reading what they name.

    Raises:
        OSError: it can't be read, or what it tells of has ended.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.read(descriptor, limit)
        while len(found) < limit and (more := os.read(descriptor, limit - len(found))):
            found += more
        return found
    finally:
        os.close(descriptor)
