"""A real daemon to test against, with the programs as images made from a static busybox."""

import uuid
from typing import Self

from anyio import to_thread

from engine.docker import DockerEngine
from tests.busybox import SLEEPS, Imported
from tests.engine_contract import bench

# What `docker import --change` makes of the same little file system.
_CHANGES = {
    bench.SLEEPER: [f'CMD ["sh", "-c", "{SLEEPS}"]'],
    bench.STUBBORN: ['CMD ["sleep", "1000"]'],
    bench.FAILING: ['CMD ["sh", "-c", "exit 3"]'],
    bench.TALKER: ['CMD ["sh", "-c", "echo one; echo two; echo three; sleep 0.5"]'],
    bench.BROKEN: ['CMD ["no-such-command"]'],
    bench.CHECKED: [f'CMD ["sh", "-c", "{SLEEPS}"]', "HEALTHCHECK --interval=200ms CMD true"],
    bench.RICH: [
        f'ENTRYPOINT ["sh", "-c", "{SLEEPS}"]',
        *("USER 1000", "WORKDIR /srv", "LABEL made-by=contract", "ENV FROM_IMAGE=yes"),
        *("VOLUME /data", "EXPOSE 8080"),
    ],
}


def imported_programs(host: str) -> Imported:
    """Return the programs' images on one daemon."""
    return Imported(host, _CHANGES, "ergon-contract/{}:latest")


class DockerBench:
    """`Bench` on a real daemon."""

    def __init__(self, host: str, prefix: str, images: Imported) -> None:
        self.engine = DockerEngine(host)
        self.prefix = prefix
        self._images = images

    @classmethod
    def fresh(cls, host: str, images: Imported) -> Self:
        """Return a bench whose prefix nobody else has."""
        return cls(host, f"contract-{uuid.uuid4().hex[:8]}", images)

    def image(self, program: str) -> str:
        return self._images[program]

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
