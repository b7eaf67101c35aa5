"""Whatever is wrong around Ergon is told in one clear line, never by a traceback."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Install
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon

pytestmark = pytest.mark.docker

CORRUPT = 78

# What begins a command to run it without root's privilege to use any file; None where that can't be had.
AS_ANYBODY = (
    []
    if os.geteuid() != 0
    else ["setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override", "--"]
    if shutil.which("setpriv")
    else None
)


def test_a_daemon_that_does_not_run_is_told_in_one_line(installed: Install) -> None:
    ergon = installed("unix:///no/such/docker.sock")

    shown = ergon.diff()

    assert (shown.code, shown.stdout) == (1, "")
    assert "/no/such/docker.sock" in shown.complaint


def test_status_without_a_daemon_shows_what_is_declared(installed: Install, image: str) -> None:
    ergon = installed("unix:///no/such/docker.sock")
    ergon.apply(ergon.container("web", image, network_mode="none"))

    shown = ergon.run("status", "--json")

    assert shown.code == 0, shown.stderr
    assert shown.json["engine"]["reachable"] is False
    assert [row["name"] for row in shown.json["resources"]] == ["web"]


@pytest.fixture
def forbidden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A daemon's socket that nobody may use."""
    path = tmp_path_factory.mktemp("s") / "docker.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        yield path


@pytest.mark.skipif(AS_ANYBODY is None, reason="root may use every socket, and there is no setpriv to give that up")
def test_a_daemon_that_one_may_not_use_is_told_as_that(forbidden: Path, installed: Install) -> None:
    ergon = installed(f"unix://{forbidden}", AS_ANYBODY)

    shown = ergon.diff()

    assert shown.code == 1
    assert f"this user may not use unix://{forbidden}" in shown.complaint


def test_a_controller_that_does_not_run_can_not_be_shut_down(idle_ergon: Ergon) -> None:
    shown = idle_ergon.run("shutdown")

    assert shown.code == 1
    assert "no controller is running" in shown.complaint


def test_what_is_declared_without_a_controller_is_recorded_and_said_to_wait(idle_ergon: Ergon, image: str) -> None:
    applied = idle_ergon.apply(idle_ergon.container("web", image, network_mode="none"))

    assert "no controller" in applied.stderr.lower()
    assert idle_ergon.diff().code == 2


@pytest.fixture
def damaged(ergon: Ergon, image: str) -> Ergon:
    """An installation with a running container, whose controller was killed and whose store is junk."""
    ergon.apply(ergon.network("inside"), ergon.container("web", image, networks=["inside"]))
    ergon.settle()
    ergon.kill()
    for file in ergon.state_dir.glob("*.db*"):
        file.write_bytes(b"this is not a database, however one looks at it\n" * 500)
    return ergon


def test_a_damaged_store_is_refused_in_one_line_and_containers_keep_running(damaged: Ergon, hands: Hands) -> None:
    refused = damaged.run("run")

    assert refused.code == CORRUPT
    assert str(damaged.state_dir) in refused.complaint
    assert hands.state(f"{damaged.namespace}-web-1") == "running"


@pytest.mark.parametrize("command", ["status", "diff", "events"])
def test_a_damaged_store_is_told_by_every_command(command: str, damaged: Ergon) -> None:
    shown = damaged.run(command)

    assert shown.code == 1
    assert str(damaged.state_dir) in shown.complaint
