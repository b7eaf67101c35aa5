"""Say what a container runs, how sure that is, and what speaks for it. Pure: facts and a moment in, a value out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from container_ci.discovery.facts import Facts, Listener
from container_ci.discovery.frameworks import Framework, framework_of, server_in
from container_ci.discovery.instances import Instance, instances_of
from container_ci.discovery.labels import declared_service
from container_ci.discovery.matching import image_name, signature_of_image
from container_ci.discovery.ports import Ports, owned_listeners, ports_of
from container_ci.discovery.signatures import SIGNATURES, Signature, pattern
from observed_state.service import Discovery, Service, ServiceStatus

REPORTED = 0.5
CONSIDERED = 0.3
SLOWEST_START_S = 30.0
_SUREST = 0.99
_WITHOUT_OWNERS = 0.7
# What an image's name or a port's number says alone: anything may run there.
_HEARSAY = 0.45
_QUOTED_CHARS = 160


class Ground(NamedTuple):
    """One thing that speaks for a service: its weight, and how it is told."""

    weight: float
    told: str


def discover(facts: Facts, now: datetime) -> Discovery:
    """Return the services of a container, those too uncertain to report, and its supervisor.

    Args:
        facts: what was read.
        now: aware, UTC; a service that does not listen yet may still be starting.
    """
    sorted_tasks = instances_of(facts)
    young = facts.started_at is not None and (now - facts.started_at).total_seconds() < SLOWEST_START_S
    found = [
        _judged(one, facts, young=young, alone=_alone(one, sorted_tasks.instances)) for one in sorted_tasks.instances
    ]
    services = [service for service in found if service is not None]
    services = declared_service(facts, services)
    if not facts.running:
        # What it would run is only its own word.
        services = [replace(one, confidence=min(one.confidence, _HEARSAY)) for one in services]
    reported = _numbered(service for service in services if service.confidence >= REPORTED)
    considered = [service for service in services if CONSIDERED <= service.confidence < REPORTED]
    if not reported and not considered and (hearsay := _by_image(facts)) is not None:
        considered = [hearsay]
    return Discovery(tuple(reported), tuple(considered), sorted_tasks.supervisor, facts.source)


def _alone(instance: Instance, instances: tuple[Instance, ...]) -> bool:
    """Whether every socket of the container's network must be this instance's."""
    likely = [one for one in instances if one.signature is None or one.signature.kind != "worker"]
    known = [one for one in likely if one.signature is not None]
    return (known or likely) == [instance]


def _judged(instance: Instance, facts: Facts, *, young: bool, alone: bool) -> Service | None:
    mine = owned_listeners(instance, facts, alone=alone)
    if instance.signature is None:
        if not mine:
            return None
        if (row := _by_its_words(mine, facts)) is not None:
            return _service(replace(instance, signature=row), mine, facts, [], young=young)
        return _unknown(instance, mine, facts)
    grounds = [Ground(0.6, f"process {_quoted(instance.lead.text or instance.lead.comm)}")]
    return _service(instance, mine, facts, grounds, young=young)


def _service(
    instance: Instance, mine: tuple[Listener, ...], facts: Facts, grounds: list[Ground], *, young: bool
) -> Service | None:
    row = instance.signature
    if row is None:
        return None
    ports = ports_of(instance, mine, facts)
    grounds += [*_socket_grounds(row, ports, mine), *_side_grounds(row, ports, facts)]
    framework = framework_of(instance, facts, ports.main)
    if row.kind == "generic" and not mine and facts.sockets == "owned" and not young:
        # A program of somebody's own need not be a service.
        grounds.append(Ground(-0.3, "listens nowhere"))
    status = _status(instance, row, ports, facts, young=young)
    confidence = _confidence(grounds, facts)
    if status == "not-listening" and facts.running and row.kind != "generic":
        # Less sure, and told all the same: that it does not listen is what matters.
        grounds.append(Ground(-0.3, "has not begun to listen"))
        confidence = max(_confidence(grounds, facts), min(confidence, REPORTED))
    return Service(
        type=framework.slug if framework else row.slug,
        server=row.slug if framework and row.kind != "generic" else "",
        status=status,
        confidence=confidence,
        port=ports.main,
        ports=ports.named,
        port_source=ports.source if ports.main is not None else "",
        evidence=_evidence(grounds, framework),
    )


def _socket_grounds(row: Signature, ports: Ports, mine: Iterable[Listener]) -> list[Ground]:
    if not ports.listening or ports.main is None:
        return []
    address = next((one.address for one in mine if one.port == ports.main), "")
    return [Ground(0.2 if ports.main in row.ports else 0.15, f"socket {_bracketed(address)}:{ports.main} listens")]


def _side_grounds(row: Signature, ports: Ports, facts: Facts) -> list[Ground]:
    """Return what else speaks for a product: image, environment, log, an answer in its protocol."""
    grounds = []
    if image_name(facts.image) in row.images:
        grounds.append(Ground(0.3, f"image {facts.image}"))
    if (
        marker := next((name for name in sorted(facts.environment) if name.startswith(row.env)), None)
        if row.env
        else None
    ):
        grounds.append(Ground(0.15, f"env {marker}"))
    if row.banner and (line := _said(row.banner, facts)) is not None:
        grounds.append(Ground(0.25, f"log {_quoted(line)}"))
    spoken = facts.answers.get(ports.main or 0, "")
    if spoken and spoken == row.probe.partition(":")[0]:
        grounds.append(Ground(0.35, f"port {ports.main} answers {spoken}"))
    return grounds


def _said(banner: str, facts: Facts) -> str | None:
    return next((line for line in facts.log if pattern(banner).search(line)), None)


def _status(instance: Instance, row: Signature, ports: Ports, facts: Facts, *, young: bool) -> ServiceStatus:
    if row.kind == "worker":
        return "no-port"
    if not facts.running:
        return "not-listening"
    if ports.listening:
        return "loopback-only" if ports.loopback else "listening"
    if ports.listening is None:
        # Sockets can't be seen from here: what is told is believed, once it says so or had the time to begin.
        said = row.banner and _said(row.banner, facts) is not None
        return "starting" if young and not said else "listening"
    if row.may_be_silent or _by_unix_socket(instance):
        return "no-port"
    return "starting" if young else "not-listening"


def _by_unix_socket(instance: Instance) -> bool:
    """Whether a server was told to listen at a file."""
    return pattern(r"unix:|\.sock\b|--(?:uds|fd)\b").search(instance.lead.text) is not None


def _by_its_words(mine: tuple[Listener, ...], facts: Facts) -> Signature | None:
    """Return the product that a program of an unknown name is, by what it prints or answers, and by its port."""
    strengths = {row.slug: (_strength(row, mine, facts), row) for row in reversed(SIGNATURES) if row.kind == "server"}
    strength, row = max(strengths.values(), key=lambda one: one[0])
    return row if strength >= REPORTED else None


def _strength(row: Signature, mine: tuple[Listener, ...], facts: Facts) -> float:
    port = next((one.port for one in mine if one.port in row.ports), None)
    if port is None:
        return 0.0
    # That something answers HTTP tells no product.
    telling = {port: spoken for port, spoken in facts.answers.items() if spoken not in ("http", "fastapi")}
    grounds = _side_grounds(row, Ports(port), replace(facts, answers=telling))
    if not any(ground.told.startswith(("log ", "port ")) for ground in grounds):
        return _HEARSAY
    return 0.2 + sum(ground.weight for ground in grounds)


def _unknown(instance: Instance, mine: tuple[Listener, ...], facts: Facts) -> Service:
    """Return a service of which only its sockets are known, and what it was made by."""
    ports = ports_of(instance, mine, facts)
    language = instance.program.language or next((task.language for task in instance.tasks if task.language), "")
    language = "" if language == "shell" else language
    spoken = facts.answers.get(ports.main or 0, "")
    framework = framework_of(instance, facts, ports.main)
    plain = "go-http" if language == "go" and spoken == "http" else f"unknown-{language}".rstrip("-")
    address = next((one.address for one in mine if one.port == ports.main), "")
    grounds = [
        Ground(0.6 if language else 0.5, f"process {_quoted(instance.lead.text or instance.lead.comm)}"),
        Ground(0.15, f"socket {_bracketed(address)}:{ports.main} listens"),
    ]
    return Service(
        type=framework.slug if framework else plain,
        server=server_in(instance, facts) if framework else "",
        status="loopback-only" if ports.loopback else "listening",
        confidence=_confidence(grounds, facts),
        port=ports.main,
        ports=ports.named,
        port_source=ports.source,
        evidence=_evidence(grounds, framework),
    )


def _by_image(facts: Facts) -> Service | None:
    """Return what an image's name promises when nothing in the container bears it out."""
    row = signature_of_image(facts.image)
    if row is None or not facts.running:
        return None
    port = row.ports[0] if row.ports else None
    source = "default" if port else ""
    return Service(
        row.slug, "not-listening", CONSIDERED, port=port, port_source=source, evidence=(f"image {facts.image}",)
    )


def _confidence(grounds: Iterable[Ground], facts: Facts) -> float:
    most = _SUREST if facts.sockets != "seen" else _WITHOUT_OWNERS
    return round(min(max(sum(ground.weight for ground in grounds), 0.0), most), 2)


def _evidence(grounds: Iterable[Ground], framework: Framework | None) -> tuple[str, ...]:
    return (*(ground.told for ground in grounds), *((framework.because,) if framework else ()))


def _numbered(services: Iterable[Service]) -> list[Service]:
    """Return the services, the surest of those that are alike in type and port only."""
    seen: dict[tuple[str, int | None], Service] = {}
    for service in services:
        known = seen.get((service.type, service.port))
        if known is None or known.confidence < service.confidence:
            seen[service.type, service.port] = service
    return list(seen.values())


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTED_CHARS else f"{flat[: _QUOTED_CHARS - 3]}..."


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
