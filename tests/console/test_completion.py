"""A shell completes what is declared, quickly or not at all."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from console.cli import completing
from console.cli.main import main
from controller.client import Client, Json, NotRunning, socket_path
from tests.console.canned import resource, status_of

DECLARED = status_of(
    resource("web"),
    resource("worker"),
    resource("back", "Network"),
    resource("web", namespace="blog"),
    resource("data", "Volume"),
)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that knows some resources, by namespace when asked for one."""

    def status(_: Client, verb: str, arguments: dict[str, str | None]) -> Json:
        wanted = arguments["namespace"]
        resources = [one for one in DECLARED["resources"] if wanted in (None, one["namespace"])]
        return {**DECLARED, "resources": resources}

    monkeypatch.setattr(Client, "call", status)


def completed(*arguments: str, incomplete: str = "") -> list[str]:
    items = ShellComplete(main, {}, "ergon", "_ERGON_COMPLETE").get_completions(list(arguments), incomplete)
    return [item.value for item in items if item.type == "plain"]


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("command", ["describe", "logs", "delete", "stop", "diff", "status", "why"])
def test_names_of_resources_are_completed(command: str) -> None:
    assert completed(command, incomplete="w") == ["web", "worker"]


@pytest.mark.usefixtures("declared")
def test_what_is_no_container_is_named_with_its_kind() -> None:
    assert completed("describe") == ["network/back", "volume/data", "web", "worker"]


@pytest.mark.usefixtures("declared")
def test_who_writes_a_kind_is_offered_all_of_it() -> None:
    assert completed("describe", incomplete="container/w") == ["container/web", "container/worker"]


@pytest.mark.usefixtures("declared")
def test_only_names_of_the_given_namespace_are_offered() -> None:
    assert completed("describe", "-n", "blog") == ["web"]


@pytest.mark.parametrize("command", ["apply", "up", "diff", "validate"])
def test_files_are_completed_by_the_shell(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERGON_STATE_DIR", str(tmp_path))
    items = ShellComplete(main, {}, "ergon", "_ERGON_COMPLETE").get_completions([command], "shop")

    assert [(item.type, item.value) for item in items] == [("file", "shop")]


def test_without_a_controller_nothing_is_completed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERGON_STATE_DIR", str(tmp_path))

    with pytest.raises(NotRunning):
        Client(socket_path(tmp_path)).call("status", {})
    assert completed("describe") == []


@contextmanager
def somebody_who_never_answers(state_dir: Path) -> Iterator[None]:
    path = socket_path(state_dir)
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield


def test_a_controller_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERGON_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(completing, "DEADLINE_S", 0.01)

    with somebody_who_never_answers(tmp_path):
        assert completed("describe") == []


def test_every_command_that_takes_a_name_completes_it() -> None:
    with click.Context(main) as ctx:
        commands = [main.get_command(ctx, name) for name in main.list_commands(ctx)]
    arguments = [(command.name, param) for command in commands if command for param in command.params if is_name(param)]

    assert [name for name, param in arguments if not isinstance(param.type, completing.ResourceName)] == []


def is_name(param: click.Parameter) -> bool:
    return isinstance(param, click.Argument) and param.name in ("name", "names")
