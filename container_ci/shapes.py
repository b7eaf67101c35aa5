"""What companions find, as JSON-ready data and as lines for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from observed_state.finding import Finding, Quote
from observed_state.health import Health, ProbeResult
from observed_state.service import Service

Json = dict[str, Any]


def service(found: Service) -> Json:
    """Return one service of the `ci services` shape."""
    return {
        "type": found.type,
        "server": found.server,
        "port": found.port,
        "ports": dict(found.ports),
        "status": found.status,
        "confidence": round(found.confidence, 2),
        "port_source": found.port_source,
        "evidence": list(found.evidence),
    }


def service_line(found: Service) -> str:
    """Return a service in words: `fastapi (uvicorn) on 8000, listening`."""
    server = f" ({found.server})" if found.server not in ("", found.type) else ""
    port = f" on {found.port}" if found.port is not None else ""
    return f"{found.type}{server}{port}, {found.status}"


def finding(found: Finding) -> Json:
    """Return one finding of the `ci debug` shape."""
    return {
        "rule": found.rule,
        "title": found.title,
        "cause": found.cause,
        "confidence": round(found.confidence, 2),
        "severity": found.severity,
        "evidence": [quote(one) for one in found.evidence],
        "advice": list(found.advice),
        "related": list(found.related),
    }


def quote(found: Quote) -> Json:
    """Return one piece of evidence."""
    return {"id": found.id, "source": found.source, "when": moment(found.when), "text": found.text}


def health(found: Health | None) -> Json | None:
    """Return what probes found, by kind; None when nothing is probed."""
    if found is None:
        return None
    return {kind: _probe(result) for kind in ("startup", "readiness", "liveness") if (result := getattr(found, kind))}


def _probe(result: ProbeResult) -> Json:
    return {
        "verdict": result.verdict,
        "since": moment(result.since),
        "message": result.message,
        "consecutive": result.consecutive,
    }


def listed(words: Sequence[str]) -> str:
    """Return words as they are said: `a`, `a and b`, `a, b and c`."""
    *others, last = words or ("nothing",)
    return f"{', '.join(others)} and {last}" if others else last


def span(seconds: float) -> str:
    """Return a time span roughly: `42s`, `5m`, `3h`, `2d`."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{letter}"
    return f"{max(int(seconds), 0)}s"


def moment(when: datetime | None) -> str | None:
    """Return ISO 8601, UTC, or None."""
    return when.isoformat().replace("+00:00", "Z") if when else None
