"""Files that come out of a container as a tar archive: small regular ones only, whatever the archive says."""

import io
import tarfile
from collections.abc import Callable

from engine.protocol import Archive

_BLOCK_BYTES = 10240


def unpacked(read: Callable[[int], bytes], limit: int) -> Archive:
    """Return the regular files of an archive whose next bytes `read` gives, of which at most `limit` are read.

    Nothing is written anywhere, and links are told and not followed, so a hostile archive can't reach out of itself.
    A file beyond the limit is left out, like everything behind it; what is broken ends the archive.
    """
    source = _Bounded(read, limit)
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=_BLOCK_BYTES) as archive:
            for member in archive:
                if member.issym() or member.islnk():
                    links[member.name] = member.linkname
                elif member.isreg() and (content := archive.extractfile(member)) is not None:
                    data = content.read()
                    if len(data) == member.size:
                        files[member.name] = data
    except (tarfile.TarError, EOFError):
        return Archive(files, links, complete=False)
    return Archive(files, links, complete=not source.cut)


class _Bounded(io.RawIOBase):
    """Bytes up to a limit; `cut` says that there were more."""

    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        self._read = read
        self._left = limit
        self.cut = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._left <= 0:
            self.cut = True
            return b""
        data = self._read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        return data
