"""The table of resources that `status`, `up` and `describe` show."""

from collections.abc import Iterable
from datetime import datetime

from console.cli.humane import age
from console.cli.tables import Cell
from controller.client import Json

_COLOURS = {
    "Ready": "green",
    "Completed": "green",
    "Scheduled": "green",
    "Running": "green",
    "Suspended": "cyan",
    "Progressing": "yellow",
    "Pending": "yellow",
    "Paused": "cyan",
    "Deleting": "cyan",
}
_UNREADY_COLOUR = "red"
_HEALTH_COLOURS = {"healthy": "green", "starting": "yellow", "unhealthy": "red"}


def table(resources: list[Json], now: datetime) -> tuple[list[str], list[list[Cell | str]]]:
    """Return heading and rows. Drift and ill health have columns only while there is any."""
    heading = ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "UP", "MESSAGE"]
    rows = [_row(resource, now) for resource in resources]
    if any(resource["drift"] for resource in resources):
        heading.insert(5, "DRIFT")
        for row, resource in zip(rows, resources, strict=True):
            row.insert(5, Cell(str(resource["drift"] or "-"), "yellow" if resource["drift"] else ""))
    healths = [_health(resource) for resource in resources]
    if any(one.style == "red" for one in healths):
        heading.insert(4, "HEALTH")
        for row, health in zip(rows, healths, strict=True):
            row.insert(4, health)
    return heading, rows


def containers(resource: Json) -> tuple[list[str], list[list[Cell | str]]]:
    """Return heading and rows of a resource's containers: what their companions found out."""
    rows: list[list[Cell | str]] = [
        [
            one["name"],
            one["state"],
            Cell(one["health"], _HEALTH_COLOURS.get(one["health"], "dim")),
            ", ".join(map(_service, one["services"])) or "-",
            Cell(one["finding"], "red"),
        ]
        for one in resource["instances"]
    ]
    return ["CONTAINER", "STATE", "HEALTH", "SERVICES", "FINDING"], rows


def _health(resource: Json) -> Cell:
    """Return what is settled about the containers' health: one word, or how many of them are healthy."""
    found = [one["health"] for one in resource["instances"] if one["state"] == "running" and one["health"] != "none"]
    word = found[0] if len(set(found)) == 1 else f"{found.count('healthy')}/{len(found)} healthy" if found else "-"
    worst = next((one for one in ("unhealthy", "starting", "healthy") if one in found), "")
    return Cell(word, _HEALTH_COLOURS.get(worst, ""))


def _service(service: Json) -> str:
    return str(service["type"]) + (f":{service['port']}" if service["port"] is not None else "")


def readiness(resource: Json) -> str:
    """Return `2/3` for what has instances, yes or no for what has none."""
    if resource["kind"] == "Container":
        done = resource["desired"] if resource["phase"] == "Completed" else resource["running"]
        return f"{done}/{resource['desired']}"
    return "yes" if resource["ready"] else "no"


def phase(resource: Json) -> Cell:
    """Return the phase in the colour of its urgency."""
    return Cell(resource["phase"], _COLOURS.get(resource["phase"], _UNREADY_COLOUR))


def message(resource: Json) -> str:
    """Return what is to be said about a resource, nothing while all is well."""
    if resource["ready"] and resource["phase"] in ("Ready", "Completed"):
        return _question(resource) or _finding(resource)
    said, found = str(resource["message"] or resource["reason"]), _finding(resource)
    # What is held says why already.
    is_told = resource["phase"] == "Held" or found.partition(": ")[2] in said
    return said if is_told else "; ".join(filter(None, (said, found)))


def _finding(resource: Json) -> str:
    """Return the first cause that was found in any of its containers, "" for none."""
    return next((str(one["finding"]) for one in resource["instances"] if one["finding"]), "")


def _question(resource: Json) -> str:
    """Return what waits for a person's word although all is well, "" for nothing."""
    waiting = (one["message"] for one in resource["conditions"] if one["type"] == "AwaitingApproval")
    return next((f"waits for approval: {message}" for message in waiting), "")


def _row(resource: Json, now: datetime) -> list[Cell | str]:
    return [
        resource["namespace"],
        f"{resource['kind'].lower()}/{resource['name']}",
        readiness(resource),
        phase(resource),
        str(resource["restarts"]) if resource["kind"] == "Container" else "-",
        _up(resource["instances"], now),
        message(resource),
    ]


def _up(instances: Iterable[Json], now: datetime) -> str:
    """Return how long the youngest running instance has run: after a restart that is what one looks for."""
    started = [instance["started_at"] for instance in instances if instance["state"] == "running"]
    return age(max((moment for moment in started if moment), default=None), now)
