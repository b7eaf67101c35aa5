"""Situations for tests: a container that ended or runs, with what it said."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from container_ci.diagnosis.diagnose import Diagnosis, diagnose
from container_ci.diagnosis.situation import Exit, Neighbour, Situation
from container_ci.logs.grouping import Entry, grouped
from engine.protocol import LogLine
from observed_state.container import Attachment, Container
from observed_state.engine import EngineEvent
from observed_state.service import Discovery, Service

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
END = START + timedelta(seconds=20)


def said(text: str, *, at: datetime = END - timedelta(seconds=1), stream: str = "stderr") -> list[Entry]:
    """Return what a container said, a millisecond a line."""
    lines = text.strip("\n").split("\n")
    return grouped(LogLine("c1", at + timedelta(milliseconds=n), stream, line) for n, line in enumerate(lines))


def container(
    state: str = "exited",
    code: int = 1,
    *,
    name: str = "web",
    argv: Sequence[str] = ("web",),
    config: Mapping[str, Any] | None = None,
    host: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Container:
    """Return a container as it was inspected."""
    running = state in ("running", "paused")
    frozen = {"Config": {"Cmd": list(argv), **(config or {})}, "HostConfig": dict(host or {})}
    known: dict[str, Any] = {
        "image": "shop/web:1",
        "image_id": "sha256:1",
        "pid": 42 if running else 0,
        "exit_code": 0 if running else code,
        "started_at": START,
        "finished_at": None if running else END,
        "networks": {"shop": Attachment("shop", "n1", ipv4="172.18.0.9")},
        "frozen": frozen,
    }
    return Container(id="c1", name=name, state=state, **(known | fields))  # type: ignore[arg-type]  # names of states


def ended(code: int = 1, text: str = "", **given: Any) -> Situation:
    """Return the situation of a run that has just ended; what is no part of a situation is the container's."""
    return _situation(container("exited", code, **_split(given)[1]), END + timedelta(seconds=1), text, _split(given)[0])


def running(text: str = "", *, age_s: float = 60, **given: Any) -> Situation:
    """Return the situation of a container that runs and has just said something."""
    now = START + timedelta(seconds=age_s)
    situation, own = _split(given)
    return _situation(container("running", **own), now, text, situation, at=now - timedelta(seconds=1))


def _split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    of_situation = set(Situation.__dataclass_fields__) - ({"image"} if isinstance(given.get("image"), str) else set())
    return (
        {k: v for k, v in given.items() if k in of_situation},
        {k: v for k, v in given.items() if k not in of_situation},
    )


def _situation(
    one: Container, now: datetime, text: str, given: Mapping[str, Any], at: datetime = END - timedelta(seconds=1)
) -> Situation:
    entries = said(text, at=at) if text else []
    return Situation(**{"now": now, "container": one, "entries": entries, "host_architecture": "amd64", **given})


def neighbour(name: str, state: str = "running", *, port: int | None = None, **fields: Any) -> Neighbour:
    """Return another container of the network."""
    addresses = {"networks": {"shop": Attachment("shop", "n1", ipv4="172.18.0.2")}}
    given: dict[str, Any] = {**addresses, **fields}
    one = container(state, name=f"shop-{name}-1", **given)
    return Neighbour(one.name, frozenset((name,)), one, None if port is None else frozenset((port,)))


def event(action: str, at_s: float = 20.0, **attributes: str) -> EngineEvent:
    """Return one of Docker's events, so many seconds after the start."""
    moment = START + timedelta(seconds=at_s)
    return EngineEvent("container", action, "c1", attributes, time_ns=int(moment.timestamp() * 1e9))


def ends(*codes: int, every_s: float = 5.0) -> list[Exit]:
    """Return earlier ends of runs, the last of them just before START."""
    first = START - timedelta(seconds=every_s * len(codes))
    return [
        Exit(code, first + timedelta(seconds=every_s * n), first + timedelta(seconds=every_s * (n + 0.5)))
        for n, code in enumerate(codes)
    ]


def listens(*ports: int, status: str = "listening", kind: str = "node") -> Discovery:
    """Return a discovery of one service a port."""
    services = tuple(Service(kind, status, 0.9, port=port, port_source="socket") for port in ports)  # type: ignore[arg-type]  # a status
    return Discovery(services, source="proc")


def rules(situation: Situation) -> list[str]:
    """Return the rules of what was found, in order."""
    return [finding.rule for finding in diagnose(situation).findings]


def top(situation: Situation) -> str:
    """Return the rule of the first finding, "" when nothing was found."""
    return next(iter(rules(situation)), "")


def hygiene(situation: Situation) -> set[str]:
    """Return the rules of hygiene that were found."""
    diagnosis: Diagnosis = diagnose(situation)
    return {finding.rule for finding in diagnosis.hygiene}
