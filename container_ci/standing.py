"""What every companion can say of itself: how its container stands, and what it can be asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from container_ci import shapes
from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.monitoring import probed_health, state_of
from container_ci.probe_advice import advised_probes, as_written
from observed_state.container import Container

Json = dict[str, Any]

# `deny` keeps what is known of a container from language models.
_AI_LABEL = "ergon.dev/ai"

_EXAMPLES = {
    "status": "how it stands, in short",
    "services": "what runs inside, and on which ports",
    "health": "what its health check and its probes say",
    "logs": "the lines of its log that matter",
    "optimize": "what it uses, and what it should be given",
    "debug": "why it fails, with what shows it",
    "security": "what could be done more carefully",
    "scale": "how many replicas its load asks for",
}


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who a companion is: its name, what it can do, what it can be asked about, and its socket ("" for none)."""

    name: str
    capabilities: tuple[str, ...]
    topics: tuple[str, ...]
    socket: str = ""


def status_answer(companion: Introduction, desk: Desk) -> Answer:
    """Answer how the container stands, from what was found out so far."""
    container, probed = desk.subject.container, probed_health(desk)
    first = desk.findings[0] if desk.findings else None
    now = desk.tools.clock.now()
    data: Json = {
        "name": companion.name,
        "container": container.name,
        "container_id": container.id,
        "resource": str(desk.subject.key) if desk.subject.key is not None else None,
        "image": container.image,
        "state": container.state,
        "exit_code": None if container.running else container.exit_code,
        "uptime": _uptime(container, now),
        "health": state_of(desk.subject, probed),
        "services": [shapes.service(one) for one in desk.services],
        "finding": shapes.finding(first) if first is not None else None,
        "suggested_probes": advised_probes(desk),
        "capabilities": list(companion.capabilities),
        "socket": companion.socket,
        "ai": container.labels.get(_AI_LABEL, "allow"),
    }
    return Answer("status", data, "\n".join(_status_lines(data, desk)))


def help_answer(companion: Introduction, desk: Desk) -> Answer:
    """Answer what can be asked."""
    known = [topic for topic in companion.topics if topic not in ("help", "ask")]
    lines = [f"  {topic:10} {_EXAMPLES.get(topic, '')}".rstrip() for topic in known]
    data = {
        "name": companion.name,
        "container": desk.subject.container.name,
        "topics": known,
        "capabilities": list(companion.capabilities),
    }
    text = "\n".join((f"{companion.name} answers questions about", *lines))
    return Answer("help", data, text)


def _status_lines(data: Json, desk: Desk) -> Iterator[str]:
    container = desk.subject.container
    yield f"{container.name} {_standing(container, desk.tools.clock.now())}, {_health_words(data['health'])}"
    yield f"  image     {container.image}"
    if desk.discovery is not None:
        yield f"  services  {'; '.join(map(shapes.service_line, desk.services)) or 'none that is known'}"
    if desk.findings:
        yield f"  finding   {desk.findings[0].rule}: {desk.findings[0].title}"
    yield f"  can do    {', '.join(data['capabilities'])}"
    if written := list(as_written(data["suggested_probes"])):
        yield "  nothing asks whether it is ready; its state file could say"
        yield from (f"    {line}" for line in written)


def _standing(container: Container, now: datetime) -> str:
    if container.running and (up := _uptime(container, now)) is not None:
        return f"has been {container.state} for {shapes.span(up)}"
    if container.state in ("exited", "dead"):
        ago = f" {shapes.span((now - container.finished_at).total_seconds())} ago" if container.finished_at else ""
        return f"exited with code {container.exit_code}{ago}"
    return f"is {container.state}"


def _health_words(state: str) -> str:
    return {"unknown": "its health is unknown", "stopped": "so nothing is probed"}.get(state, state)


def _uptime(container: Container, now: datetime) -> float | None:
    if not container.running or container.started_at is None:
        return None
    return round(max((now - container.started_at).total_seconds(), 0.0), 3)
