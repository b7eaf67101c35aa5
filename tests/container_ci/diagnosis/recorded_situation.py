"""A recorded case as the situation that a companion would have gathered."""

from collections.abc import Mapping
from typing import Any

from container_ci.diagnosis.counters import reading
from container_ci.diagnosis.situation import Check, Exit, Neighbour, Situation
from container_ci.logs.grouping import grouped
from engine import observing
from engine.protocol import LogLine
from observed_state.container import Container
from observed_state.service import Discovery
from tests.container_ci.recorded import Case, moment

Json = Mapping[str, Any]


def situation_of(case: Case, discovery: Discovery | None = None) -> Situation:
    """Return what is known in a recorded case; `discovery` is what was found to run inside."""
    data, now = case.data, case.now
    container = observing.container(data["inspect"]) if data["inspect"] else _never_made()
    lines = [LogLine(container.id, moment(when), stream, text) for when, stream, text in data["log"]]
    readings = [reading(files, moment(when)) for when, files in data.get("readings") or ()]
    readings += [reading(data["cgroup"], now)] if data["cgroup"] else []
    return Situation(
        now,
        container,
        image=observing.image(data["image"]) if data["image"] else None,
        host_architecture="amd64",
        exits=[_exit(one) for one in data["exits"]],
        events=[event for one in data["events"] if (event := observing.event(one)) is not None],
        entries=grouped(lines),
        checks=list(_checks(data["inspect"])),
        readings=readings,
        discovery=discovery,
        neighbours=[_neighbour(one) for one in data["neighbours"]],
        start_error=data["start_error"] or "",
        files=data["archive"],
    )


def _never_made() -> Container:
    return Container(id="", name="container", image="", image_id="", state="created")


def _exit(one: Json) -> Exit:
    return Exit(
        one["exit_code"],
        observing.moment(one["started_at"]),
        observing.moment(one["finished_at"]),
        one["oom_killed"],
        one["error"],
    )


def _checks(inspect: Json | None) -> list[Check]:
    health = ((inspect or {}).get("State") or {}).get("Health") or {}
    return [
        Check(one.get("Output") or "", one.get("ExitCode"), observing.moment(one.get("Start")), number)
        for number, one in enumerate(health.get("Log") or ())
    ]


def _neighbour(one: Json) -> Neighbour:
    container = observing.container(one["inspect"])
    aliases = {alias for place in container.networks.values() for alias in place.aliases}
    ports = frozenset(one["ports"]) if one.get("ports") is not None else None
    return Neighbour(container.name, frozenset(aliases | {container.name}), container, ports)
