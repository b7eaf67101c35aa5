"""The service: a unit that systemd reads without complaint, put where it belongs, once."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from console.cli.systemd_unit import Scope, Unit
from controller.client import NotRunning
from tests.console.canned import FakeController, run, status_of

STATE = Path("/var/lib/ergon")
SCOPES: list[Scope] = ["system", "user"]
ANALYZE = shutil.which("systemd-analyze")
Calls = Callable[[], list[str]]


def unit(scope: Scope = "system", **environment: str) -> Unit:
    return Unit(scope, ["/bin/true", "run"], STATE, environment)


# the text


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("scope", SCOPES)
def test_systemd_finds_nothing_wrong_with_the_unit(scope: Scope, tmp_path: Path) -> None:
    path = tmp_path / "ergon.service"
    path.write_text(unit(scope, DOCKER_HOST="unix:///run/docker.sock").text())
    # What it waits for need not be here; that it is not is all that may be said.
    others = ("docker.service", "docker.socket", "network-online.target", "multi-user.target", "default.target")
    for other in others:
        (tmp_path / other).write_text("[Unit]\nDescription=x\n" + _nothing(other))

    checked = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", str(path)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:", "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "ergon.service" not in checked.stderr, checked.stderr


def _nothing(name: str) -> str:
    return {"service": "[Service]\nExecStart=/bin/true\n", "socket": "[Socket]\nListenStream=/x\n"}.get(
        name.split(".")[1], ""
    )


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")
def test_the_system_service_is_hardened(tmp_path: Path) -> None:
    path = tmp_path / "ergon.service"
    path.write_text(unit().text())

    judged = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--threshold=50", "--no-pager", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert judged.returncode == 0, judged.stdout[-500:]


def test_it_waits_for_docker_and_outlives_it() -> None:
    text = unit().text()

    assert "After=docker.service docker.socket network-online.target\n" in text
    assert "BindsTo" not in text
    assert "Requires" not in text


@pytest.mark.parametrize("scope", SCOPES)
def test_it_is_restarted_whatever_happens_but_for_a_damaged_store(scope: Scope) -> None:
    text = unit(scope).text()

    assert "Restart=always\n" in text
    assert "RestartPreventExitStatus=78\n" in text
    assert "WatchdogSec=60s\n" in text


def test_it_may_write_its_state_folder() -> None:
    assert 'ReadWritePaths="/var/lib/ergon"\n' in unit().text()


def test_nothing_in_a_path_or_a_variable_is_read_as_something_else() -> None:
    text = Unit("user", ["/opt/my $ergon/bin/ergon", "run"], Path("/srv/100%"), {"DOCKER_HOST": 'ssh://me@h"$x'}).text()

    assert 'ExecStart="/opt/my $$ergon/bin/ergon" "run"\n' in text
    assert 'Environment="ERGON_STATE_DIR=/srv/100%%"\n' in text
    assert 'Environment="DOCKER_HOST=ssh://me@h\\"$x"\n' in text


# the commands


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Have a user's systemd that does as it is told and notes it, and return how to read the notes."""
    notes = tmp_path / "notes"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    shown = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=enabled\nMainPID=0\n"
    shown += f"Environment=ERGON_STATE_DIR={STATE}\n"
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {notes}\ncase \"$*\" in *show*) printf '%s' '{shown}';; esac\n")
    program.chmod(0o755)
    (tmp_path / "runtime" / "systemd").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    return lambda: [line for line in notes.read_text().splitlines() if " show " not in line] if notes.exists() else []


def nobody() -> FakeController:
    return FakeController(ready=NotRunning(STATE))


def install(tmp_path: Path) -> Result:
    return run(nobody(), "service", "install", "--user", state_dir=tmp_path / "state")


def unit_file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "systemd" / "user" / "ergon.service"


def test_installing_writes_the_unit_enables_and_starts_it(calls: Calls, tmp_path: Path) -> None:
    result = install(tmp_path)

    assert result.exit_code == 0, result.output
    assert "Type=notify" in unit_file(tmp_path).read_text()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert calls() == ["--user daemon-reload", "--user enable ergon.service", "--user start ergon.service"]


def test_installing_twice_changes_nothing(calls: Calls, tmp_path: Path) -> None:
    install(tmp_path)
    before = len(calls())
    result = install(tmp_path)

    assert "Already installed" in result.stderr
    assert "--user daemon-reload" not in calls()[before:]


def test_a_dry_run_prints_the_unit_and_writes_nothing(calls: Calls, tmp_path: Path) -> None:
    result = run(nobody(), "service", "install", "--user", "--dry-run", state_dir=tmp_path / "state")

    assert result.stdout.startswith("[Unit]\n")
    assert (calls(), unit_file(tmp_path).exists(), (tmp_path / "state").exists()) == ([], False, False)


def test_a_controller_that_runs_already_is_not_fought_with(calls: Calls, tmp_path: Path) -> None:
    result = run(FakeController(ready={"ready": True}), "service", "install", "--user")

    assert (result.exit_code, "end it with `ergon shutdown`" in result.stderr) == (1, True)
    assert (calls(), unit_file(tmp_path).exists()) == ([], False)


def test_uninstalling_takes_all_of_it_away_and_twice_is_fine(calls: Calls, tmp_path: Path) -> None:
    install(tmp_path)
    before = len(calls())
    first, second = (run(nobody(), "service", "uninstall", "--user") for _ in range(2))

    assert calls()[before:] == ["--user disable --now ergon.service", "--user daemon-reload"]
    assert not unit_file(tmp_path).exists()
    assert (first.exit_code, second.exit_code, "There is no service" in second.stderr) == (0, 0, True)


def test_the_status_says_what_there_is(calls: Calls, tmp_path: Path) -> None:
    install(tmp_path)
    result = run(FakeController(status=status_of(), ready={"ready": True}), "service", "status", "--user")

    assert "Enabled:       yes\nActive:        no\n" in result.stdout
    assert "State dir:     /var/lib/ergon\n" in result.stdout


@pytest.mark.parametrize("verb", ["install", "uninstall", "status"])
def test_without_systemd_it_says_so_and_what_to_do(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    result = run(nobody(), "service", verb, "--user")

    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: this user has no systemd of its own here\nhint: `--dry-run` prints the unit"
    )
