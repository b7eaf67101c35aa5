"""`ergon up`, and the controller it starts and ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.cli import background
from console.cli.backend import Backend
from console.cli.session import Session
from controller.client import Json, NotRunning
from controller.errors import ServiceError
from tests.console.canned import STATE_DIR, FakeController, FakeTime, event, resource, run, status_of

STATE_FILE = """
apiVersion: ergon/v1
kind: Image
metadata: {name: web, namespace: shop}
spec: {reference: "shop/web:1.5"}
"""
APPLIED = {"results": [{"kind": "Image", "namespace": "shop", "name": "web", "outcome": "created", "generation": 1}]}
READY = status_of(resource("web", "Image"))


@pytest.fixture
def state_file(tmp_path: Path) -> str:
    path = tmp_path / "web.yaml"
    path.write_text(STATE_FILE)
    return str(path)


class FakeProcess:
    """A child that lives until it is told to end."""

    pid = 4711

    def __init__(self, code: int | None = None) -> None:
        self.code = code

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.code = -15

    def wait(self, _timeout: float) -> int:
        assert self.code is not None
        return self.code


def one_event_then_ctrl_c(**_: Any) -> Iterator[Json]:
    yield event("Started", namespace="elsewhere", instance="other")
    yield event("Started")
    raise KeyboardInterrupt


def starting_with(monkeypatch: pytest.MonkeyPatch, controller: FakeController, process: FakeProcess) -> None:
    """Have no controller run until `up` starts this process, which answers from then on."""
    controller.answers["ready"] = NotRunning(STATE_DIR)

    def spawn(_state_dir: Path, _log: Path) -> FakeProcess:
        if process.code is None:
            controller.answers["ready"] = {}
        return process

    def shutdown(**_: Any) -> Json:
        process.code = 0
        return {}

    controller.answers["shutdown"] = shutdown
    monkeypatch.setattr(background, "_spawn", spawn)


def test_beside_a_running_controller_ctrl_c_ends_only_the_view(state_file: str) -> None:
    controller = FakeController(ready={}, apply=APPLIED, status=READY, events=one_event_then_ctrl_c)

    result = run(controller, "up", state_file)

    assert (result.exit_code, controller.asked_for("shutdown")) == (0, [])
    assert "Ctrl-C ends this view; the controller keeps running." in result.stderr


def test_what_happens_to_other_namespaces_is_not_shown(state_file: str) -> None:
    controller = FakeController(ready={}, apply=APPLIED, status=READY, events=one_event_then_ctrl_c)

    result = run(controller, "up", state_file)

    assert "shop-web-1  Started" in result.stdout
    assert "other" not in result.stdout


def test_ctrl_c_ends_the_controller_that_up_started_and_says_what_becomes_of_the_containers(
    state_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = FakeController(apply=APPLIED, status=READY, events=one_event_then_ctrl_c)
    starting_with(monkeypatch, controller, FakeProcess())

    result = run(controller, "up", state_file, state_dir=tmp_path)

    assert (result.exit_code, controller.asked_for("shutdown")) == (0, [{"stop_containers": False}])
    assert "Containers keep running; until it is back, Docker restarts them." in result.stderr


def test_detached_it_leaves_the_controller_running(
    state_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = FakeController(apply=APPLIED, status=READY)
    starting_with(monkeypatch, controller, FakeProcess())

    result = run(controller, "up", "-d", state_file, state_dir=tmp_path)

    assert (result.exit_code, controller.asked_for("shutdown")) == (0, [])
    assert result.stderr.endswith("Ready.\nThe controller runs in the background.\n")


def test_a_controller_started_for_nothing_is_ended_again(
    state_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = FakeController(apply=ServiceError("a name is taken", "", 409), status=READY)
    starting_with(monkeypatch, controller, FakeProcess())

    result = run(controller, "up", "-d", state_file, state_dir=tmp_path)

    assert (result.exit_code, result.stderr) == (1, "error: a name is taken\n")
    assert controller.asked_for("shutdown")


def test_a_controller_that_ends_at_once_is_told_with_its_last_words(
    state_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log" / "controller.log"
    log.parent.mkdir()
    log.write_text("error: the store is damaged\n  1. restore a backup\n")
    controller = FakeController()
    starting_with(monkeypatch, controller, FakeProcess(code=78))

    result = run(controller, "up", state_file, state_dir=tmp_path)

    assert (result.exit_code, result.stderr) == (
        1,
        f"error: the controller ended at once: the store is damaged\nhint: its log is {log}\n",
    )


def test_a_state_folder_that_cannot_be_written_is_one_line(state_file: str) -> None:
    controller = FakeController(ready=NotRunning(STATE_DIR))

    result = run(controller, "up", state_file, state_dir=Path("/proc/ergon"))

    assert (result.exit_code, result.stderr.splitlines()[1]) == (1, "hint: set ERGON_STATE_DIR")
    assert result.stderr.startswith("error: cannot write to the state folder /proc/ergon: ")


def test_progress_is_a_line_per_change_where_there_is_no_terminal(state_file: str) -> None:
    pulling = status_of(resource("web", "Image", ready=False, phase="Progressing", message="pulling shop/web:1.5"))
    looks = iter([pulling, pulling, READY])
    controller = FakeController(ready={}, apply=APPLIED, status=lambda **_: next(looks))

    result = run(controller, "up", "-d", state_file)

    assert result.stderr.splitlines()[:3] == [
        "image/shop/web Progressing pulling shop/web:1.5",
        "image/shop/web Ready",
        "Ready.",
    ]


def test_a_temporary_controller_is_ended_even_when_the_work_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = FakeController()
    starting_with(monkeypatch, controller, FakeProcess())
    clock = FakeTime()
    session = Session(Backend(tmp_path, controller), monotonic=clock.monotonic, sleep=clock.sleep)

    with pytest.raises(ServiceError, match="no"), background.temporarily(session):
        raise ServiceError("no")

    assert controller.asked_for("shutdown")


HELD = resource("db", ready=False, phase="Held", reason="CommandNotFound", message='"ergond" is not in the image')
WAITING = resource(
    "web", ready=False, phase="Pending", reason="DependencyNotReady", message="waits for db to be healthy"
)
STARTING = resource(
    "web", ready=False, phase="Progressing", reason="NotReady", message="its HEALTHCHECK has not passed yet"
)
SHOP = """
apiVersion: ergon/v1
kind: Container
metadata: {name: db, namespace: shop}
spec: {image: "shop/db:1", network_mode: bridge}
---
apiVersion: ergon/v1
kind: Container
metadata: {name: web, namespace: shop}
spec: {image: "shop/web:1", network_mode: bridge, depends_on: {db: {condition: service_healthy}}}
"""


@pytest.fixture
def shop_file(tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return str(path)


def up_in_the_background(path: str, *statuses: Json) -> tuple[int, str]:
    """Return exit code and standard error of an `up -d` that sees these statuses one after the other."""
    seen = iter(statuses)
    last = statuses[-1]
    controller = FakeController(apply=APPLIED, ready={}, status=lambda **_: next(seen, last))
    result = run(controller, "up", "-d", path, "--timeout", "1h")
    return result.exit_code, result.stderr


def test_up_gives_up_when_nothing_can_get_on_by_itself_and_says_why(shop_file: str) -> None:
    code, said = up_in_the_background(shop_file, status_of(STARTING, HELD), status_of(WAITING, HELD))

    assert code == 1
    assert 'error: nothing goes on: container/shop/db is Held ("ergond" is not in the image)' in said
    assert "The controller runs in the background and goes on trying.\n" in said


def test_up_goes_on_waiting_while_one_of_them_gets_on(shop_file: str) -> None:
    ready = status_of(resource("db"), resource("web"))
    code, _ = up_in_the_background(shop_file, *[status_of(STARTING, HELD)] * 100, ready)

    assert code == 0


def test_up_is_patient_with_a_hold_that_passes(shop_file: str) -> None:
    code, _ = up_in_the_background(
        shop_file, *[status_of(WAITING, HELD)] * 5, status_of(resource("db"), resource("web"))
    )

    assert code == 0


def test_a_hold_of_an_earlier_declaration_says_nothing(shop_file: str) -> None:
    old = {**HELD, "generation": 2, "observed_generation": 1}
    code, _ = up_in_the_background(
        shop_file, *[status_of(WAITING, old)] * 100, status_of(resource("db"), resource("web"))
    )

    assert code == 0
