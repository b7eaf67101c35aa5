"""What a container's own labels say of it: `ergon.dev/service=redis:6379` settles the question."""

from collections.abc import Sequence
from dataclasses import replace

from container_ci.discovery.facts import Facts
from observed_state.service import Service, ServiceStatus

SERVICE_LABEL = "ergon.dev/service"
PROBE_LABEL = "ergon.dev/probe"
_DECLARED = 0.9
_BORNE_OUT = 0.99


def declared_service(facts: Facts, services: Sequence[Service]) -> list[Service]:
    """Return the services with the one that a label declares in its place: what holds its port, else the only one."""
    declared = facts.labels.get(SERVICE_LABEL, "").strip()
    if not declared or not facts.running:
        return list(services)
    slug, _, number = declared.partition(":")
    port = int(number) if number.isdigit() else None
    told = f"label {SERVICE_LABEL}={declared}"
    for at, service in enumerate(services):
        if (port is not None and service.port == port) or (port is None and len(services) == 1):
            named = replace(service, type=slug, confidence=_BORNE_OUT, evidence=(told, *service.evidence))
            return [*services[:at], named, *services[at + 1 :]]
    return [Service(slug, _status(facts, port), _DECLARED, port=port, port_source="label", evidence=(told,)), *services]


def may_be_asked(facts: Facts) -> bool:
    """Whether the container lets its ports be asked in their protocols."""
    return facts.labels.get(PROBE_LABEL, "").lower() not in ("false", "no", "off", "0")


def _status(facts: Facts, port: int | None) -> ServiceStatus:
    if port is None:
        return "no-port"
    held = [one for one in facts.listeners if one.port == port]
    if facts.sockets == "unknown":
        return "listening"
    if not held:
        return "not-listening"
    return "loopback-only" if all(one.loopback for one in held) else "listening"
