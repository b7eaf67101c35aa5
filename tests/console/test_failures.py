"""How commands end: exit codes, and one clean line for whatever went wrong."""

import errno
from pathlib import Path

import pytest

from console.cli.failures import Problems, TimedOut, ended_cleanly
from controller.client import ControllerGone
from controller.errors import ServiceError
from tests.console.canned import (
    FakeController,
    change,
    deed,
    difference,
    event,
    field,
    resource,
    run,
    run_that_ended,
    status_of,
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nope"],
        ["stauts"],
        ["diff", "--nope"],
        ["describe"],
        ["scale", "web"],
        ["scale", "web=many"],
        ["logs"],
        ["down"],
        ["wait", "--timeout", "soon"],
        ["wait", "--for", "lunch"],
        ["events", "--since", "whenever"],
        ["apply"],
        ["completion", "csh"],
        ["pause", "web"],
    ],
)
def test_usage_errors_exit_1_and_point_at_the_help(arguments: list[str]) -> None:
    result = run(FakeController(), *arguments)

    error, hint = result.stderr.splitlines()
    assert result.exit_code == 1
    assert error.startswith("error: ")
    assert "--help` shows how it is used" in hint


def test_a_misspelt_command_is_answered_with_the_nearest_one() -> None:
    result = run(FakeController(), "stauts")

    assert result.stderr.startswith('error: there is no command "stauts"; did you mean "status"?\n')


def test_a_refusal_is_its_message_and_its_hint() -> None:
    refused = FakeController(status=ServiceError("the store is corrupt: page 7", "restore a backup", 503))

    result = run(refused, "status")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: the store is corrupt: page 7\nhint: restore a backup\n"


def test_steps_to_take_are_indented_lines_under_the_error() -> None:
    refused = FakeController(status=ServiceError("the store is damaged\n1. stop\nerror: restore\x1b"))

    result = run(refused, "status")

    assert result.stderr == "error: the store is damaged\n  1. stop\n  error: restore\\x1b\n"


def test_a_controller_that_vanishes_is_one_line_and_a_hint() -> None:
    result = run(FakeController(status=ControllerGone("its answer broke off")), "status")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "error: the controller went away: its answer broke off",
    )


def test_a_system_error_names_the_file_and_the_reason() -> None:
    result = run(FakeController(status=PermissionError(errno.EACCES, "Permission denied", "/var/ergon")), "status")

    assert (result.exit_code, result.stderr) == (1, "error: /var/ergon: permission denied\n")


def test_ctrl_c_is_one_line_after_the_terminals_own() -> None:
    result = run(FakeController(status=KeyboardInterrupt()), "status")

    assert (result.exit_code, result.stderr) == (130, "\ninterrupted\n")


def test_an_unexpected_fault_is_one_line_and_its_traceback_goes_to_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERGON_STATE_DIR", str(tmp_path))

    result = run(FakeController(status=ZeroDivisionError("division by zero")), "status")

    (log,) = (tmp_path / "log").iterdir()
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: internal: division by zero\nhint: this is a fault in Ergon; {log} has the details\n"
    )
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_every_problem_is_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> None:
        raise Problems(["web.yaml:3:1: unknown field", "db.yaml:9:5: no image"])

    assert ended_cleanly(program) == 1
    assert capsys.readouterr().err == "error: web.yaml:3:1: unknown field\nerror: db.yaml:9:5: no image\n"


def test_running_out_of_time_exits_3(capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> None:
        raise TimedOut("after 5m: container/shop/db is Pending")

    assert ended_cleanly(program) == 3
    assert capsys.readouterr().err == "timed out: after 5m: container/shop/db is Pending\n"


HOSTILE = "\x1b[2J\x1b]52;c;x\x07\r\u202e\x9b"


@pytest.mark.parametrize(
    "command", ["status", "diff", "events", "logs web", "describe web", "doctor", "restart web", "events --follow"]
)
def test_no_command_passes_control_characters_on(command: str) -> None:
    hostile = resource("web", phase=HOSTILE, message=HOSTILE, ready=False, reason=HOSTILE, conditions=[])
    hostile["instances"][0].update(name=HOSTILE, state=HOSTILE, health=HOSTILE, finding=HOSTILE)
    changed = change("web", "update", HOSTILE, field(HOSTILE, HOSTILE, HOSTILE, evidence=HOSTILE), instance=HOSTILE)
    stranger = {"name": HOSTILE, "container_id": HOSTILE, "image": HOSTILE, "state": HOSTILE}
    happened = event(HOSTILE, message=HOSTILE, instance=HOSTILE, type=HOSTILE)
    controller = FakeController(
        status=status_of(hostile, unmanaged=(stranger,)),
        diff=difference(changed),
        events=lambda follow, **_: [happened] if follow else {"events": [happened]},
        logs=[{"instance": HOSTILE, "time": "2026-05-04T12:00:00Z", "stream": "stdout", "text": HOSTILE}],
        describe={
            "resource": {"spec": {"environment": {HOSTILE: HOSTILE}, "command": [HOSTILE]}},
            "status": hostile,
            "instances": hostile["instances"],
            "runs": [],
            "update": None,
            "events": [happened],
            "changes": [changed],
            "actions": [deed(action=HOSTILE, outcome=HOSTILE, reason=HOSTILE, error=HOSTILE)],
            "exits": [run_that_ended(reason=HOSTILE)],
        },
        doctor={"checks": [{"name": HOSTILE, "ok": False, "message": HOSTILE, "fix": HOSTILE}]},
        restart=ServiceError(HOSTILE, HOSTILE),
    )

    result = run(controller, *command.split())

    assert "x1b" in result.output
    assert not set(result.output) & set("\x1b\x07\r\u202e\x9b")
