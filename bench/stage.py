"""The engine that is measured on, the image on it, and the promise that nothing is left there."""

import contextlib
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import cached_property

import docker
import psutil
from docker.errors import APIError, DockerException

from bench import leftovers, workload
from bench.starts import Starts
from tools import docker_api
from tools.messages import Impossible

_CALM_PERCENT = 15.0
_CALM_WITHIN_S = 10.0


class Stage:
    """One engine. `prefix` is in the name of whatever is made there; nothing is asked of it before it is needed."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.prefix = f"bench-{uuid.uuid4().hex[:6]}"
        self._image = f"{self.prefix}:1"
        self._projects = 0

    @cached_property
    def api(self) -> docker.APIClient:
        """A way to the engine."""
        if not self.host.startswith("unix://"):
            raise Impossible(f"the engine at {self.host} may have another clock; measure on one with a Unix socket")
        try:
            return self.new_client()
        except DockerException as error:
            raise Impossible(f"no Docker engine answers at {self.host}; set DOCKER_HOST ({error})") from error

    def new_client(self) -> docker.APIClient:
        """Return one more way to the engine, for a thread of its own."""
        return docker.APIClient(base_url=self.host, version="auto", timeout=300)

    @cached_property
    def image(self) -> str:
        """The reference of the image that all containers are made of; imported when first asked for."""
        if not workload.BUSYBOX.exists():
            raise Impossible(f"{workload.BUSYBOX} is missing; install busybox-static")
        self.api.import_image_from_data(workload.file_system(), repository=self.prefix, tag="1")
        return self._image

    def project(self, who: str) -> str:
        """Return the name of a new project of a contender, one that no earlier one had."""
        self._projects += 1
        return f"{self.prefix}-{who}{self._projects}"

    def about(self) -> Mapping[str, str]:
        """Return what was measured on; empty when no engine was needed."""
        if not self._is_used:
            return {}
        version = self.api.version()
        return {"engine": f"Docker {version['Version']}, API {version['ApiVersion']}", "host": self.host}

    @contextlib.contextmanager
    def starts(self) -> Iterator[Starts]:
        """Follow the engine's `start` events within the block."""
        starts = Starts(self.new_client(), self.prefix)
        try:
            yield starts
        finally:
            starts.close()

    def settle(self) -> None:
        """Return when the machine is at rest, or at the latest after 10 s: what was removed is still being undone."""
        deadline = time.monotonic() + _CALM_WITHIN_S
        while psutil.cpu_percent(interval=0.5) > _CALM_PERCENT and time.monotonic() < deadline:
            pass

    @property
    def _is_used(self) -> bool:
        return "api" in self.__dict__

    # the end

    def clear(self, project: str = "") -> None:
        """Remove the containers and networks of one project; without a name, of all.

        Raises:
            Impossible: containers can't be removed.
        """
        if self._is_used:
            leftovers.remove(self.api, (f"{project}-", f"{project}_") if project else (f"{self.prefix}-",))

    def close(self) -> None:
        """Remove whatever was made, undisturbed by further signals."""
        if not self._is_used:
            return
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        self.clear()
        with contextlib.suppress(APIError):
            self.api.remove_image(self._image, force=True)
        self.api.close()


@contextlib.contextmanager
def staged() -> Iterator[Stage]:
    """Yield the engine that the docker command would use; leave nothing on it, whatever happens."""
    stage = Stage(docker_api.current_host())
    try:
        yield stage
    finally:
        stage.close()
