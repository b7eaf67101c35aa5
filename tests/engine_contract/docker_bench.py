"""A real daemon to test against, with the programs as images made from a static busybox."""

import io
import tarfile
import uuid
from pathlib import Path
from typing import Self

import docker
from anyio import to_thread

from engine.docker import DockerEngine
from tests.engine_contract import bench

BUSYBOX = Path("/bin/busybox")
_APPLETS = ("sh", "sleep", "echo", "cat", "true", "head", "od", "tr")
_SLEEPS = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"

# What `docker import --change` makes of the same little file system.
_CHANGES = {
    bench.SLEEPER: [f'CMD ["sh", "-c", "{_SLEEPS}"]'],
    bench.STUBBORN: ['CMD ["sleep", "1000"]'],
    bench.FAILING: ['CMD ["sh", "-c", "exit 3"]'],
    bench.TALKER: ['CMD ["sh", "-c", "echo one; echo two; echo three; sleep 0.5"]'],
    bench.BROKEN: ['CMD ["no-such-command"]'],
    bench.CHECKED: [f'CMD ["sh", "-c", "{_SLEEPS}"]', "HEALTHCHECK --interval=200ms CMD true"],
    bench.RICH: [
        f'ENTRYPOINT ["sh", "-c", "{_SLEEPS}"]',
        *("USER 1000", "WORKDIR /srv", "LABEL made-by=contract", "ENV FROM_IMAGE=yes"),
        *("VOLUME /data", "EXPOSE 8080"),
    ],
}


class ProgramImages:
    """The programs' images on one daemon, imported when first asked for and removed at the end."""

    def __init__(self, host: str) -> None:
        self.client = docker.APIClient(base_url=host or None, version="auto" if host else "1.41")
        self._file_system = _file_system()
        self._made: set[str] = set()

    def reference(self, program: str) -> str:
        reference = f"ergon-contract/{program}:latest"
        if program not in self._made:
            self.client.import_image_from_data(
                self._file_system, repository=f"ergon-contract/{program}", tag="latest", changes=_CHANGES[program]
            )
            self._made.add(program)
        return reference

    def close(self) -> None:
        for program in self._made:
            self.client.remove_image(f"ergon-contract/{program}:latest", force=True)
        self.client.close()


def _file_system() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(BUSYBOX.resolve(), "bin/busybox")
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return buffer.getvalue()


class DockerBench:
    """`Bench` on a real daemon."""

    def __init__(self, host: str, prefix: str, images: ProgramImages) -> None:
        self.engine = DockerEngine(host)
        self.prefix = prefix
        self._images = images

    @classmethod
    def fresh(cls, host: str, images: ProgramImages) -> Self:
        """Return a bench whose prefix nobody else has."""
        return cls(host, f"contract-{uuid.uuid4().hex[:8]}", images)

    def image(self, program: str) -> str:
        return self._images.reference(program)

    async def pause(self, container_id: str) -> None:
        await to_thread.run_sync(self._images.client.pause, container_id)

    async def clear(self) -> None:
        """Remove whatever the test made."""
        for container in await self.engine.list_containers():
            if container.name.startswith(self.prefix):
                await self.engine.remove_container(container.id, force=True)
        for network in await self.engine.list_networks():
            if network.name.startswith(self.prefix):
                await self.engine.remove_network(network.id)
        for volume in await self.engine.list_volumes():
            if volume.name.startswith(self.prefix):
                await self.engine.remove_volume(volume.name)
        await self.engine.aclose()
