"""The probe that suits a service, in the words of a state file."""

from typing import Any

from container_ci.discovery.signatures import Signature, signature_of
from observed_state.service import Service

_NO_LESS_THAN_S = 10.0


def suggested_probe(service: Service, took_s: float = 0.0) -> dict[str, Any]:
    """Return what to write under `probes:` for a service, {} when nothing can be asked from outside.

    Args:
        service: one that was discovered.
        took_s: how long it took from its start until it listened, 0 when that was not seen.
    """
    if service.port is None or service.status == "loopback-only":
        return {}
    row = signature_of(service.type) or signature_of(service.server)
    question = _question(row, service.port, service.ports)
    if not question:
        return {}
    ready = {**question, "interval": "10s", "timeout": "3s", "failure_threshold": 3}
    patience_s = max(_NO_LESS_THAN_S, 2 * took_s)
    starting = {**question, "interval": "1s", "timeout": "3s", "failure_threshold": max(round(patience_s), 10)}
    return {"startup": starting, "readiness": ready}


def _question(row: Signature | None, port: int, ports: Any) -> dict[str, Any]:
    kind, _, rest = (row.probe if row else "tcp").partition(":")
    if kind in ("http", "https"):
        number, slash, path = rest.partition("/")
        special = int(number) if number else port
        if number and special not in ports.values():
            # The port that would know better is closed.
            return {"tcp": {"port": port}}
        http: dict[str, Any] = {"port": special, "path": f"{slash}{path}" or "/"}
        return {"http": http | ({"scheme": "https"} if kind == "https" else {})}
    return {kind: {"port": port}} if kind else {}
