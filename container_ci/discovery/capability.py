"""The capability that answers for `services`: it looks into its container while that starts, and then when it changes.

A look compares what the kernel lists of the container's processes and sockets first, and goes on only when
something is new; so a container that stands costs a few small reads a minute, and one on another machine less.
"""

from collections.abc import Iterator, Sequence

from container_ci import shapes
from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.discovery.gathering import fingerprint, gather
from container_ci.discovery.judging import discover
from container_ci.discovery.procfs import HostProc, Proc
from container_ci.discovery.schedule import EARLY_S, EVERY_S, next_look_s
from container_ci.discovery.suggesting import suggested_probe
from engine.errors import EngineError
from observed_state.container import Container
from observed_state.image import Image
from observed_state.service import Discovery, Service

TOPIC = "services"
WHOLE_EVERY_S = 600.0
# Where no fingerprint can be taken every look is a whole one.
BLIND_EVERY_S = 300.0
_FIRST_S = EARLY_S[0]
_HOST = HostProc()
Fingerprint = tuple[object, ...]


class Services:
    """What one container runs."""

    name = "discovery"
    topics = (TOPIC,)

    def __init__(self, desk: Desk, proc: Proc = _HOST) -> None:
        self._desk = desk
        self._proc = proc
        self._last: Fingerprint | None = None
        self._run: tuple[object, ...] = ()
        self._looked_at = 0.0

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer what runs inside, from the last look while nothing has changed since."""
        await self._look()
        container, found = self._desk.subject.container, self._desk.discovery or Discovery()
        data = {
            "container": container.name,
            "services": [shapes.service(one) for one in found.services],
            "candidates": [shapes.service(one) for one in found.candidates],
            "supervisor": found.supervisor,
            "source": found.source,
        }
        return Answer(topic, data, "\n".join(_lines(container, found)))

    async def tend(self) -> float | None:
        """Look when it is time to; a container that does not run is not looked into before it does."""
        container, now = self._desk.subject.container, self._desk.tools.clock.now()
        if not container.running:
            self._forget()
            return None
        if container.started_at is not None and (now - container.started_at).total_seconds() < _FIRST_S:
            # Nothing listens yet, and who starts many containers needs the machine for that.
            return _FIRST_S
        await self._look()
        wait_s = next_look_s(container.started_at, now)
        return max(wait_s, BLIND_EVERY_S) if wait_s == EVERY_S and self._last is None else wait_s

    async def _look(self) -> None:
        """Discover anew what runs, unless nothing can have changed since the last time."""
        container, tools = self._desk.subject.container, self._desk.tools
        run = (container.id, container.started_at, container.running)
        seen = fingerprint(container, self._proc)
        settled = self._desk.discovery is not None and not _in_motion(self._desk.discovery)
        unchanged = seen == self._last if seen is not None else not container.running
        if settled and unchanged and run == self._run and self._fresh():
            return
        facts = await gather(container, await self._image(container), tools.engine, self._proc)
        self._last, self._run, self._looked_at = seen, run, tools.clock.monotonic()
        self._lay_down(discover(facts, tools.clock.now()))

    def _fresh(self) -> bool:
        # As many sockets as before may be others.
        return self._desk.tools.clock.monotonic() - self._looked_at < WHOLE_EVERY_S

    async def _image(self, container: Container) -> Image | None:
        # Only a container that names its image by id needs the image to be named.
        if not container.image.startswith("sha256:"):
            return None
        try:
            return await self._desk.tools.engine.inspect_image(container.image_id)
        except EngineError:
            return None

    def _lay_down(self, found: Discovery | None) -> None:
        if (found.services if found is not None else ()) == self._desk.services:
            # Nobody waits to hear of that.
            self._desk.discovery = found
        else:
            self._desk.discovered(found)

    def _forget(self) -> None:
        self._last, self._run = None, ()
        self._lay_down(None)


def _in_motion(found: Discovery) -> bool:
    """Whether a service is still to change its status by the mere passing of time."""
    return any(service.status == "starting" for service in (*found.services, *found.candidates))


def _lines(container: Container, found: Discovery) -> Iterator[str]:
    if not container.running:
        yield f"{container.name} does not run"
    elif found.services:
        yield f"{container.name} runs" + (f", under {found.supervisor}," if found.supervisor else "")
    else:
        yield f"{container.name} runs nothing that is known to serve anybody"
    for service in found.services:
        yield from _service_lines(service)
    for service in found.candidates:
        yield f"  perhaps {shapes.service_line(service)} ({service.confidence:.0%} sure)"
        yield from (f"    {told}" for told in service.evidence)


def _service_lines(service: Service) -> Iterator[str]:
    yield f"  {shapes.service_line(service)} ({service.confidence:.0%} sure)"
    if service.ports:
        yield "    also " + ", ".join(f"{role} on {port}" for role, port in service.ports.items())
    if service.port is not None and service.port_source != "socket":
        yield f"    the port is known from: {service.port_source}"
    yield from (f"    {told}" for told in service.evidence)


def suggestion(found: Discovery | None) -> dict[str, object]:
    """Return the probes that suit a container's first service that can be asked, {} for none."""
    services = found.services if found is not None else ()
    return next((probes for service in services if (probes := suggested_probe(service))), {})
