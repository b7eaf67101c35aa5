"""Answers of a controller, and a controller that gives them: what the command line's tests are made of."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from console.cli.backend import Backend
from console.cli.main import main
from console.cli.session import Session
from controller.client import Json

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STATE_DIR = Path("/nonexistent/ergon-test")


class FakeController:
    """Gives canned answers by verb and remembers what it was asked.

    An answer may be an exception, which is raised, or a function of the arguments.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = {"status": status_of(), **answers}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Json:
        answer: Json = self._answer(verb, arguments)
        return answer

    def stream(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[Json]:
        return iter(self._answer(verb, arguments))

    def asked_for(self, verb: str) -> list[dict[str, Any]]:
        return [arguments for asked, arguments in self.asked if asked == verb]

    def _answer(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        self.asked.append((verb, dict(arguments)))
        answer = self.answers[verb]
        if isinstance(answer, BaseException):
            raise answer
        return answer(**arguments) if callable(answer) else answer


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def monotonic(self) -> float:
        return self.elapsed_s

    def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds


def run(
    controller: FakeController,
    *arguments: str,
    width: int | None = None,
    stdin: str | None = None,
    state_dir: Path = STATE_DIR,
    colour: bool = False,
) -> Result:
    """Run the command line at noon against a controller; `width` makes standard output a terminal."""
    clock = FakeTime()
    session = Session(Backend(state_dir, controller), width, lambda: NOON, clock.monotonic, clock.sleep)
    return CliRunner().invoke(main, arguments, obj=session, input=stdin, color=colour)


def status_of(*resources: Json, unmanaged: tuple[Json, ...] = (), **parts: Json) -> Json:
    return {
        "controller": {"running": True, "pid": 7, "version": "1.2.3"},
        "engine": {"reachable": True, "version": "20.10.24", "api_version": "1.41", "message": ""},
        "resources": list(resources),
        "unmanaged": list(unmanaged),
        **parts,
    }


def resource(name: str, kind: str = "Container", namespace: str = "shop", **parts: Any) -> Json:
    return {
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "generation": 1,
        "observed_generation": 1,
        "ready": True,
        "phase": "Ready",
        "reason": "",
        "message": "",
        "desired": 1 if kind == "Container" else 0,
        "running": 1 if kind == "Container" else 0,
        "restarts": 0,
        "drift": 0,
        "pause": None,
        "conditions": [],
        "instances": [instance(f"{namespace}-{name}-1")] if kind == "Container" else [],
        "schedule": None,
        **parts,
    }


def instance(name: str, **parts: Any) -> Json:
    return {
        "name": name,
        "role": "main",
        "container_id": "3f2a91c0d4e7" + "0" * 52,
        "state": "running",
        "health": "healthy",
        "exit_code": None,
        "restarts": 0,
        "started_at": "2026-05-04T11:30:00Z",
        "ports": [],
        "services": [],
        "finding": "",
        **parts,
    }


def difference(*changes: Json) -> Json:
    return {"in_sync": not changes, "plan": "3f2a91c0d4e7", "changes": list(changes)}


def change(name: str, action: str, effect: str = "none", *fields: Json, **parts: Any) -> Json:
    return {
        "kind": "Container",
        "namespace": "shop",
        "name": name,
        "action": action,
        "effect": effect,
        "instance": "",
        "plan": "1a2b3c4d",
        "order": 0 if action == "none" else 1,
        "when": {"word": "told" if action == "none" else "now", "at": None, "why": ""},
        "interruption": "none",
        "fields": list(fields),
        **parts,
    }


def field(path: str, observed: Any, declared: Any, **parts: Any) -> Json:
    return {
        "path": path,
        "declared": declared,
        "observed": observed,
        "cause": "spec",
        "effect": "recreate",
        "since": None,
        "evidence": "",
        "unmanaged": False,
        "policy": "enforce",
        "verdict": "",
        **parts,
    }


def event(reason: str, name: str = "web", **parts: Any) -> Json:
    return {
        "id": 1,
        "time": "2026-05-04T11:58:00Z",
        "first_seen": "2026-05-04T11:58:00Z",
        "count": 1,
        "type": "Normal",
        "kind": "Container",
        "namespace": "shop",
        "name": name,
        "instance": f"shop-{name}-1",
        "reason": reason,
        "message": "container started",
        **parts,
    }


def run_that_ended(**parts: Any) -> Json:
    return {
        "container_id": "3f2a91c0d4e7" + "0" * 52,
        "container": "shop-web-1",
        "finding": {"rule": "env-missing", "cause": "A is not set"},
        "exit_code": 1,
        "oom_killed": False,
        "reason": "exit 1",
        "counted": True,
        "started_at": "2026-05-04T11:00:00Z",
        "finished_at": "2026-05-04T11:30:00Z",
        **parts,
    }


def deed(**parts: Any) -> Json:
    return {
        "action": "Start",
        "instance": "",
        "reason": "declared but not started",
        "generation": 1,
        "started_at": "2026-05-04T11:30:00Z",
        "finished_at": "2026-05-04T11:30:01Z",
        "outcome": "done",
        "error": "",
        **parts,
    }
