"""How the schedule of a container and its runs are shown."""

from console.cli.humane import age, duration, parse_time
from console.cli.session import Session
from console.cli.tables import Cell, print_section
from controller.client import Json

_COLOURS = {"succeeded": "green", "running": "green", "failed": "red", "missed": "yellow", "skipped": "yellow"}
_SHOWN = 10


def facts(schedule: Json | None) -> dict[str, str]:
    """Return what is said about a schedule, {} for what has none."""
    if schedule is None:
        return {}
    upcoming = parse_time(schedule["next_run"])
    next_run = f"{upcoming:%Y-%m-%d %H:%M}Z" if upcoming else "suspended" if schedule["suspended"] else "-"
    return {"Schedule": f"{schedule['cron']} ({schedule['time_zone']})", "Next run": next_run}


def print_runs(session: Session, runs: list[Json]) -> None:
    """Print the newest runs, the last one first."""
    rows = [_row(session, run) for run in reversed(runs[-_SHOWN:])]
    print_section(session.width, "Runs", ("RUN", "DUE", "STATE", "STARTED", "TOOK", "EXIT", "MESSAGE"), rows)


def _row(session: Session, run: Json) -> list[Cell | str]:
    due = parse_time(run["scheduled_for"])
    times = f" and {run['times'] - 1} before" if run["times"] > 1 else ""
    asked = " (asked for)" if run["trigger"] == "request" else ""
    return [
        str(run["number"]),
        f"{due:%Y-%m-%d %H:%M}Z{asked}{times}" if due else "-",
        Cell(run["state"], _COLOURS.get(run["state"], "")),
        age(run["started_at"], session.now()),
        _took(run),
        "-" if run["exit_code"] is None else str(run["exit_code"]),
        run["message"],
    ]


def _took(run: Json) -> str:
    started, ended = parse_time(run["started_at"]), parse_time(run["ended_at"])
    return duration((ended - started).total_seconds()) if started and ended else "-"
