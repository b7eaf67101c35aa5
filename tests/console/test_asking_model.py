"""`ergon ci ask --ai` shows what a model says below what the rules say, and writes down that it was asked."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from console.cli import asking_model
from console.cli.backend import Backend
from console.cli.main import main
from console.cli.session import Session
from container_ci.model.analyst import Answered, Ask
from container_ci.model.answer import Draft
from container_ci.model.conversation import ModelFailed, Sent
from container_ci.model.dossier import Dossier
from controller.client import Json

pytest.importorskip("pydantic_ai", reason="the ai extra is not installed")

FINDING = {"rule": "oom", "title": "it was killed", "cause": "its limit", "confidence": 0.9, "evidence": []}
CONFIGURED = {"ERGON_AI_URL": "http://127.0.0.1:9/v1", "ERGON_AI_MODEL": "small"}


class Controller:
    """A running controller, by its answers."""

    def __init__(self, ai: str = "allow") -> None:
        self.called: list[tuple[str, Mapping[str, Any]]] = []
        self._ai = ai

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Json:
        self.called.append((verb, arguments))
        if verb != "ci_query":
            return {}
        topic = str(arguments["query"]).split()[0]
        data = {"status": {"state": "exited", "ai": self._ai}, "debug": {"findings": [FINDING]}}.get(topic, {})
        return {"answers": [{"container": "shop-web-1", "topic": topic, "data": data, "text": f"the rules: {topic}"}]}

    def stream(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[Json]:
        raise NotImplementedError(verb, arguments)

    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.called if verb != "ci_query"]


class Model:
    """A model that says the same to every question, or fails."""

    def __init__(self, draft: Draft | None) -> None:
        self.draft = draft

    async def ask(self, question: str, dossier: Dossier, look: Ask) -> Answered:
        if self.draft is None:
            raise ModelFailed("127.0.0.1:9 gave no answer: connection refused")
        return Answered(self.draft, dossier, Sent(requests=1, bytes=900, tokens_in=200, tokens_out=40))


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Controller:
    for name, value in CONFIGURED.items():
        monkeypatch.setenv(name, value)
    return Controller()


def says(monkeypatch: pytest.MonkeyPatch, draft: Draft | None) -> None:
    monkeypatch.setattr(asking_model, "ModelAnalyst", lambda *_: Model(draft))


def run(controller: Controller, *arguments: str) -> tuple[int, str]:
    session = Session(Backend(Path("/nowhere"), controller))
    ran = CliRunner().invoke(main, ["ci", "ask", "web", *arguments], obj=session)
    return ran.exit_code, ran.output


def test_the_rules_come_first_and_the_model_below_with_its_evidence(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, Draft("It ran out of memory.", "oom", 0.8, ("E1", "E44"), commands=("docker rm web",)))

    code, output = run(controller, "--ai", "why?")

    lines = output.split("\n")
    assert (code, lines[0]) == (0, "the rules: debug")
    assert "small at 127.0.0.1:9 says, confidence 0.8:" in lines
    assert "  It ran out of memory." in lines
    assert any(line.strip().startswith("E1  finding:oom") for line in lines)
    assert "docker rm" not in output.replace("not believed: the command 'docker rm web'", "")


def test_it_is_written_down_before_the_model_is_asked_and_after(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, Draft("It ran out of memory.", "oom", 0.8, ("E1",)))

    run(controller, "--ai")

    assert controller.verbs() == ["model_asked", "model_answered"]
    assert dict(controller.called[-1][1])["tokens"] == 240


def test_a_model_that_fails_leaves_its_trace_and_an_error(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, None)

    code, output = run(controller, "--ai")

    assert code == 1
    assert "gave no answer: connection refused" in output
    assert controller.verbs() == ["model_asked"]


def test_json_says_everything(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Draft("It ran out of memory.", "oom", 0.8, ("E1",)))

    said = json.loads(run(controller, "--ai", "--json")[1])

    assert (said["cause_rule"], said["evidence"][0]["id"], said["sent"]["requests"]) == ("oom", "E1", 1)


def test_a_dry_run_prints_the_request_and_asks_nobody(controller: Controller) -> None:
    code, output = run(controller, "--ai", "--dry-run", "why did it stop")

    assert output.startswith("{"), output
    shown = json.loads(output)
    assert (code, shown["url"], shown["body"]["model"]) == (0, "http://127.0.0.1:9/v1/chat/completions", "small")
    assert "why did it stop" in json.dumps(shown["body"]["messages"])
    assert controller.verbs() == []


def test_a_container_may_be_kept_from_models(monkeypatch: pytest.MonkeyPatch, controller: Controller) -> None:
    del controller
    kept = Controller(ai="deny")
    says(monkeypatch, Draft("It ran out of memory.", "oom", 0.8, ("E1",)))

    code, output = run(kept, "--ai")

    assert code == 1
    assert "ergon.dev/ai=deny" in output
    assert kept.verbs() == []


def test_without_configuration_it_says_what_to_set() -> None:
    code, output = run(Controller(), "--ai")

    assert code == 1
    assert "ERGON_AI_URL" in output


def test_a_dry_run_of_nothing_is_refused() -> None:
    code, output = run(Controller(), "--dry-run")

    assert code == 1
    assert "--dry-run goes with --ai" in output
