"""How a schedule and its runs are shown."""

from typing import Any

from controller.client import Json
from tests.console.canned import FakeController, resource, run

SCHEDULE: Json = {
    "cron": "0 3 * * *",
    "time_zone": "Europe/Berlin",
    "suspended": False,
    "next_run": "2026-05-05T01:00:00Z",
    "last_run": None,
}


def one_run(number: int, state: str, **parts: Any) -> Json:
    return {
        "number": number,
        "trigger": "schedule",
        "scheduled_for": f"2026-05-0{number}T01:00:00Z",
        "state": state,
        "started_at": None,
        "ended_at": None,
        "exit_code": None,
        "times": 1,
        "message": "",
        **parts,
    }


def described(*runs: Json, **schedule: Any) -> str:
    row = resource("backup", schedule=SCHEDULE | schedule)
    answer: Json = {"resource": {"spec": {}}, "status": row, "instances": [], "runs": list(runs), "update": None}
    answer["changes"] = []
    return run(
        FakeController(describe=answer | {"events": [], "actions": [], "exits": []}), "describe", "backup"
    ).stdout


def test_a_schedule_says_when_it_comes_next() -> None:
    shown = described()

    assert "  Schedule:   0 3 * * * (Europe/Berlin)\n  Next run:   2026-05-05 01:00Z\n" in shown


def test_a_suspended_schedule_says_so() -> None:
    assert "  Next run:   suspended\n" in described(suspended=True, next_run=None)


def test_runs_are_listed_the_last_one_first() -> None:
    times = {"started_at": "2026-05-04T01:00:00Z", "ended_at": "2026-05-04T01:02:30Z"}
    shown = described(
        one_run(3, "missed", times=4, message="too late"),
        one_run(4, "succeeded", exit_code=0, **times),
    )

    assert shown.endswith(
        "Runs\n"
        "RUN  DUE                             STATE      STARTED  TOOK   EXIT  MESSAGE\n"
        "4    2026-05-04 01:00Z               succeeded  11h      2m30s  0\n"
        "3    2026-05-03 01:00Z and 3 before  missed     -        -      -     too late\n"
        "\nDeclared\n"
    )


def test_a_run_that_was_asked_for_says_so() -> None:
    assert "(asked for)" in described(one_run(1, "running", trigger="request"))
