"""Images for tests on a real engine: one little file system with busybox, dressed in different ways."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker

# Runs until it is told to stop.
SLEEPS = "trap 'exit 0' TERM INT; while :; do sleep 1 & wait $!; done"

_BUSYBOX = Path("/bin/busybox")
_APPLETS = ("sh", "sleep", "echo", "true", "cat", "kill", "head", "od", "tr", "httpd", "wget", "date")


class Imported:
    """Images on one daemon, each imported when it is first asked for and removed by `close`.

    `changes` are what `docker import --change` makes of the file system, by the name of the dress;
    `reference` has a `{}` where that name goes.
    """

    def __init__(self, host: str, changes: Mapping[str, Sequence[str]], reference: str) -> None:
        self.client = docker.APIClient(base_url=host or None, version="auto" if host else "1.41")
        self._changes = changes
        self._reference = reference
        self._made: set[str] = set()

    def __getitem__(self, dress: str) -> str:
        """Return the reference of the image in one dress."""
        reference = self._reference.format(dress)
        if reference not in self._made:
            repository, _, tag = reference.rpartition(":")
            changes = list(self._changes[dress])
            self.client.import_image_from_data(file_system(), repository=repository, tag=tag, changes=changes)
            self._made.add(reference)
        return reference

    def close(self) -> None:
        for reference in self._made:
            self.client.remove_image(reference, force=True)
        self.client.close()


def file_system() -> bytes:
    """Return a tar archive of a root with busybox and a few names of it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(_BUSYBOX.resolve(), "bin/busybox")
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(folder)
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return buffer.getvalue()
