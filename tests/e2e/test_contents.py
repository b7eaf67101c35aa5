"""Configs and secrets on a real engine: they reach the container, follow when they change, and are told nobody."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, wait_for

pytestmark = pytest.mark.docker

_TELLS_OF_SIGNALS = "trap 'exit 0' TERM; trap 'echo told' HUP; while :; do sleep 1 & wait $$!; done"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file that a Config or Secret takes its content from."""
    path = tmp_path / "source"
    path.write_text("first")
    return path


def declare(ergon: Ergon, source: Path, image: str, **spec: Any) -> str:
    """Have a container with a config and a secret of one file, and return its name."""
    documents = [ergon.config("app", file=str(source)), ergon.secret("db", file=str(source))]
    ergon.apply(ergon.network("inside"), *documents, ergon.container("web", image, networks=["inside"], **spec))
    ergon.settle()
    return f"{ergon.namespace}-web-1"


@pytest.mark.parametrize("read_only", [False, True])
def test_files_and_variables_reach_the_container_with_owner_and_mode(
    ergon: Ergon, hands: Hands, image: str, source: Path, read_only: bool
) -> None:
    files = {
        "configs": [{"source": "app", "target": "/etc/app/app.conf"}],
        "secrets": [{"source": "db", "uid": "1000", "gid": "1001", "mode": "0400"}],
    }
    environment = {"PASSWORD": {"secret": "db"}}
    web = declare(ergon, source, image, read_only=read_only, environment=environment, **files)

    assert hands.said(web, "cat", "/etc/app/app.conf", "/run/secrets/db") == "firstfirst"
    assert hands.said(web, "busybox", "stat", "-c", "%a %u %g", "/run/secrets/db").split() == ["400", "1000", "1001"]
    assert "PASSWORD=first" in hands.inspect(web)["Config"]["Env"]


def test_a_file_that_changes_takes_a_new_container(ergon: Ergon, hands: Hands, image: str, source: Path) -> None:
    web = declare(ergon, source, image, secrets=["db"], environment={"PASSWORD": {"secret": "db"}})
    before = hands.inspect(web)["Id"]

    source.write_text("second")
    wait_for(lambda: "PASSWORD=second" in variables(hands, web) and ergon.is_settled(), "another container")

    assert hands.inspect(web)["Id"] != before
    assert hands.said(web, "cat", "/run/secrets/db") == "second"


def test_a_file_is_replaced_in_the_living_container_when_that_is_declared(
    ergon: Ergon, hands: Hands, image: str, source: Path
) -> None:
    told = {"source": "app", "target": "/etc/told", "on_change": {"signal": "HUP"}}
    untold = {"source": "app", "target": "/etc/untold", "on_change": "none"}
    command = ["sh", "-c", _TELLS_OF_SIGNALS]
    web = declare(ergon, source, image, read_only=True, command=command, configs=[told, untold])
    before = hands.lasting(web)

    source.write_text("second")
    wait_for(lambda: hands.api.logs(web) == b"told\n", "the signal", lambda: hands.api.logs(web))
    ergon.settle()

    assert hands.said(web, "cat", "/etc/told", "/etc/untold") == "secondsecond"
    assert hands.lasting(web) == before


def test_a_secret_is_told_nobody(ergon: Ergon, hands: Hands, image: str, source: Path) -> None:
    canary = f"canary-{uuid.uuid4().hex}"
    source.write_text(canary)
    web = declare(
        ergon,
        source,
        image,
        command=["sh", "-c", "echo $$PASSWORD; exec sleep 1000"],
        environment={"PASSWORD": {"secret": "db"}},
        secrets=["db"],
        stop_grace_period="1s",
    )
    rotated = f"{canary}-rotated"
    source.write_text(rotated)
    wait_for(lambda: f"PASSWORD={rotated}" in variables(hands, web) and ergon.is_settled(), "the rotated secret")
    told = [answer for command in every_exit(ergon) for answer in told_by(ergon, command) if canary in answer]
    ergon.restart()

    assert hands.said(web, "cat", "/run/secrets/db") == rotated
    assert told == []
    assert files_that_hold(canary, ergon.state_dir, but=ergon.state_dir / "applied.yaml") == []
    assert command_lines_with(canary) == []


def variables(hands: Hands, container: str) -> list[str]:
    """Return a container's variables; none while nobody has the name."""
    try:
        found: list[str] = hands.inspect(container)["Config"]["Env"]
    except NotFound:
        return []
    return found


def told_by(ergon: Ergon, command: tuple[str, ...]) -> tuple[str, str]:
    ended = ergon.run(*command)
    return ended.stdout, ended.stderr


def every_exit(ergon: Ergon) -> list[tuple[str, ...]]:
    """Return commands that between them show all that Ergon tells of these resources."""
    looks: list[tuple[str, ...]] = [
        ("status",),
        ("status", "--json"),
        ("diff", "--live"),
        ("diff", "--json"),
        ("events",),
        ("doctor",),
        ("audit",),
    ]
    named = [("describe", name) for name in ("web", "secret/db", "config/app")]
    named += [(look, "web") for look in ("logs", "why", "history", "drift")]
    return [*looks, *((*command, "-n", ergon.namespace) for command in named)]


def files_that_hold(text: str, folder: Path, *, but: Path) -> list[Path]:
    """Return the files of a folder that hold a text: the store with its log and backups, and the controller's log."""
    files = [path for path in folder.rglob("*") if path.is_file() and path != but]
    return [path for path in files if text.encode() in path.read_bytes()]


def command_lines_with(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        # The container's own command may name it; Ergon's and Docker's may not.
        if any(text in word for word in words):
            found.append(" ".join(words))
    return found
