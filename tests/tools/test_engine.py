"""`python -m tools.engine run`: a command gets an engine, and a provided one leaves no trace."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.fake_engine import FakeEngine
from tools import daemon

ROOT = Path(__file__).resolve().parent.parent.parent


def engine_run(*arguments: str, host: str, temporary: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOCKER_HOST": host, "TMPDIR": str(temporary or "/tmp")}
    environment.pop("DOCKER_CONTEXT", None)
    command = [sys.executable, "-m", "tools.engine", "run", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_command_gets_the_engine_that_answers(fake_engine: FakeEngine) -> None:
    ran = engine_run("--", "sh", "-c", "echo $DOCKER_HOST $ERGON_TEST_DOCKER_HOST", host=fake_engine.host)

    assert ran.stdout.split() == [fake_engine.host, fake_engine.host]


def test_a_command_gets_no_engine_in_a_namespace_of_its_own_when_one_answers(fake_engine: FakeEngine) -> None:
    ran = engine_run("--", "readlink", "/proc/self/ns/net", host=fake_engine.host)

    assert ran.stdout.strip() == str(Path("/proc/self/ns/net").readlink())


def test_the_exit_status_is_the_commands(fake_engine: FakeEngine) -> None:
    assert engine_run("--", "sh", "-c", "exit 7", host=fake_engine.host).returncode == 7


def test_a_command_that_does_not_exist_is_told_in_one_line(fake_engine: FakeEngine) -> None:
    ran = engine_run("--", "no-such-command", host=fake_engine.host)

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == "error: no-such-command: no such command"


def test_a_process_that_took_over_a_recorded_pid_is_not_ended(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    (tmp_path / "daemon.json").write_text(
        f'{{"folder": "{tmp_path}", "pid": {stranger.pid}, "router": {stranger.pid}}}'
    )

    daemon.stop(tmp_path)

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


can_start_one = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd") is None, reason="starting an engine needs root and dockerd"
)


@pytest.mark.docker
@can_start_one
def test_a_provided_engine_answers_and_leaves_no_trace(short_folder: Path) -> None:
    asking = [sys.executable, "-c", "import docker; print(docker.from_env().ping())"]

    ran = engine_run("--apart", "--", *asking, host="unix:///nobody", temporary=short_folder)

    assert ran.stdout.strip() == "True", ran.stderr
    assert traces_of(short_folder) == []


@pytest.mark.docker
@can_start_one
def test_a_provided_engine_that_was_killed_leaves_no_trace_either(short_folder: Path) -> None:
    killing = f"kill -{signal.SIGKILL.value} $ERGON_ENGINE_PID"

    engine_run("--apart", "--", "sh", "-c", killing, host="unix:///nobody", temporary=short_folder)

    assert traces_of(short_folder) == []


@pytest.fixture
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Socket paths end at 108 bytes.
    return tmp_path_factory.mktemp("e")


def traces_of(folder: Path) -> list[str]:
    """Return files, mounts and processes that belong to `folder`."""
    files = [str(path) for path in folder.iterdir()]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]
    return files + mounts + [line for line in command_lines() if str(folder) in line]


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
