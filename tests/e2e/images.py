"""The images that the containers under test run: one little file system, dressed in different ways."""

import io
import tarfile
import uuid
from pathlib import Path

import docker

BUSYBOX = Path("/bin/busybox")
_APPLETS = ("sh", "sleep", "true", "cat", "kill", "httpd", "wget", "date")
_SLEEPS = "trap 'exit 0' TERM INT; while :; do sleep 1 & wait $!; done"
_RUN = f'CMD ["sh", "-c", "{_SLEEPS}"]'

PLAIN = "plain"
CHANGES = {
    PLAIN: [_RUN],
    "user": [_RUN, "USER 1000"],
    "env": [_RUN, "ENV FROM_IMAGE=yes PATH=/bin"],
    "volume": [_RUN, "VOLUME /data"],
    "entrypoint": [f'ENTRYPOINT ["sh", "-c", "{_SLEEPS}"]'],
    "healthcheck": [_RUN, "HEALTHCHECK --interval=3s --timeout=20s --retries=100 CMD true"],
    "expose": [_RUN, "EXPOSE 8080", "EXPOSE 53/udp"],
    "dressed": [
        f'ENTRYPOINT ["sh", "-c", "{_SLEEPS}"]',
        *("USER 1000", "ENV FROM_IMAGE=yes", "VOLUME /data", "EXPOSE 8080", "WORKDIR /srv", "LABEL from=image"),
        "HEALTHCHECK --interval=3s --timeout=20s --retries=100 CMD true",
    ],
}


class Images:
    """The images on one daemon, under names of their own; each is made when first asked for and removed by `close`."""

    def __init__(self, host: str) -> None:
        self._client = docker.APIClient(base_url=host, version="auto")
        self._repository = f"ergon-e2e-{uuid.uuid4().hex[:8]}"
        self._made: set[str] = set()

    def __getitem__(self, dress: str) -> str:
        """Return the reference of the image in one dress."""
        if dress not in self._made:
            self._client.import_image_from_data(
                file_system(), repository=self._repository, tag=dress, changes=CHANGES[dress]
            )
            self._made.add(dress)
        return f"{self._repository}:{dress}"

    def close(self) -> None:
        for dress in self._made:
            self._client.remove_image(f"{self._repository}:{dress}", force=True)
        self._client.close()


def file_system() -> bytes:
    """Return a tar archive of a root with busybox and a few names of it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(BUSYBOX.resolve(), "bin/busybox")
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(folder)
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return buffer.getvalue()
