"""How a container does: what Docker's own health check and the declared probes have settled."""

from collections.abc import Iterator, Sequence
from typing import Literal

from container_ci import shapes
from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.subject import Subject
from observed_state.health import Health, ProbeResult

State = Literal["healthy", "unhealthy", "starting", "unknown", "stopped"]


class Monitoring:
    """The capability that answers for `health`."""

    name = "monitoring"
    topics = ("health",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer how the container does, from what was settled."""
        subject, probed = self._desk.subject, probed_health(self._desk)
        container = subject.container
        data = {
            "container": container.name,
            "state": state_of(subject, probed),
            "docker": {"health": container.health, "output": container.health_output},
            "probes": shapes.health(probed) or {},
            "declared": declared_probes(subject),
        }
        return Answer(topic, data, "\n".join(_lines(subject, probed)))


def probed_health(desk: Desk) -> Health | None:
    """Return what the probes found of the present run, None when nobody asks any."""
    container = desk.subject.container
    found = desk.tools.surroundings.health(container.id)
    return found if found is not None and found.started_at == container.started_at else None


def state_of(subject: Subject, probed: Health | None) -> State:
    """Return one word for all that is known: the worst of what was settled."""
    container = subject.container
    if not container.running:
        return "stopped"
    verdicts = {result.verdict for result in _results(probed)}
    if "failing" in verdicts or container.health == "unhealthy":
        return "unhealthy"
    if "starting" in verdicts or container.health == "starting":
        return "starting"
    return "healthy" if "passing" in verdicts or container.health == "healthy" else "unknown"


def declared_probes(subject: Subject) -> list[str]:
    """Return the kinds of probe that are declared."""
    probes = subject.spec.probes if subject.spec is not None else None
    if probes is None:
        return []
    return [kind for kind in ("startup", "readiness", "liveness") if getattr(probes, kind) is not None]


def _results(probed: Health | None) -> list[ProbeResult]:
    if probed is None:
        return []
    return [result for result in (probed.startup, probed.readiness, probed.liveness) if result is not None]


def _lines(subject: Subject, probed: Health | None) -> Iterator[str]:
    container = subject.container
    yield f"{container.name} is {state_of(subject, probed)}"
    if container.health != "none":
        said = f": {container.health_output}" if container.health_output else ""
        yield f"  Docker's health check says {container.health}{said}"
    for result in _results(probed):
        why = f": {result.message}" if result.message else ""
        yield f"  {result.kind} probe {result.verdict} since {shapes.moment(result.since)}{why}"
    if probed is None and (kinds := declared_probes(subject)):
        asked = "not asked while it does not run" if not container.running else "not asked yet"
        yield f"  declared: {shapes.listed(kinds)}; {asked}"
    elif probed is None and container.health == "none":
        yield "  no probe and no health check is declared"
