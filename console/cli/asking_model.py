"""Have a language model explain what a companion found. Asked from here, so that the controller never waits for one.

The model's words are shown below the rules' own finding, never in its place; nothing acts on either.
"""

import asyncio
import getpass
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
from anyio import to_thread

from console.cli.backend import Backend
from console.cli.options import print_json
from console.cli.text import visible
from container_ci.logs.redaction import Redactor
from container_ci.model.analyst import ModelAnalyst, require_library
from container_ci.model.answer import Explanation, checked
from container_ci.model.conversation import ModelFailed, Sent
from container_ci.model.dossier import Dossier, dossier
from container_ci.model.settings import NotConfigured, Settings, settings_from
from controller.client import Json
from controller.errors import ServiceError

_TOPICS = ("status", "debug", "logs", "health", "services", "optimize")
_DENIED = "deny"


@dataclass(frozen=True, slots=True)
class Explained:
    """A model's explanation of one container, with what the rules say."""

    container: str
    question: str
    rules_text: str
    explanation: Explanation
    settings: Settings
    sent: Sent


class ModelQuestion:
    """One question about one container. Every step raises ServiceError."""

    def __init__(
        self, backend: Backend, name: str, namespace: str | None, question: str, environment: Mapping[str, str]
    ) -> None:
        self._backend = backend
        self._name = name
        self._namespace = namespace
        self._question = question
        self._redactor = Redactor()
        try:
            self._settings = settings_from(environment)
            require_library()
        except NotConfigured as error:
            raise ServiceError(error.message, error.hint) from error
        self._analyst = ModelAnalyst(self._settings, self._redactor)

    def would_send(self) -> Json:
        """Return the very request that would be sent first, and send nothing."""
        _, known, _ = self._known()
        return dict(asyncio.run(self._analyst.would_send(self._question, known)))

    def ask(self) -> Explained:
        """Ask the model, and write down that it was asked before anything leaves."""
        container, known, rules_text = self._known()
        settings = self._settings
        name, namespace = self._name, self._namespace
        to = {"actor": getpass.getuser(), "model": settings.model, "host": settings.host}
        self._backend.model_asked(name=name, namespace=namespace, sha256=known.digest(), per_day=settings.per_day, **to)
        try:
            answered = asyncio.run(self._analyst.ask(self._question, known, self._look))
        except ModelFailed as error:
            raise ServiceError(error.message, error.hint, 503) from error
        sent = answered.sent
        self._backend.model_answered(
            name=name,
            namespace=namespace,
            sha256=sent.digest,
            requests=sent.requests,
            sent_bytes=sent.bytes,
            tokens=sent.tokens_in + sent.tokens_out,
            **to,
        )
        return Explained(
            container, self._question, rules_text, checked(answered.draft, answered.dossier), settings, sent
        )

    def _known(self) -> tuple[str, Dossier, str]:
        """Return the container that is asked about, what is told of it, and what the rules say."""
        first = self._answers(self._name, "debug") or self._answers(self._name, "status")
        chosen = next((one for one in first if one["data"].get("findings")), first[0])
        container: str = chosen["container"]
        answers = {one["topic"]: one for topic in _TOPICS for one in self._answers(container, topic)}
        if answers.get("status", {}).get("data", {}).get("ai") == _DENIED:
            raise ServiceError(f"{container} bears the label ergon.dev/ai=deny: no model is told of it", "", 403)
        data = {topic: answer["data"] for topic, answer in answers.items()}
        rules = answers.get("debug") or answers["status"]
        return container, dossier(container, data, self._redactor), rules["text"]

    def _answers(self, name: str, query: str) -> list[Json]:
        """Return what companions say about a topic; nothing where they know nothing of it."""
        try:
            return self._backend.ci_query(name=name, namespace=self._namespace, query=query)
        except ServiceError as error:
            if error.status != 400:
                raise
            return []

    async def _look(self, neighbour: str | None, question: str) -> Json:
        answers = await to_thread.run_sync(self._answers, neighbour or self._name, question)
        return dict(answers[0]["data"]) if answers else {}


def explain(backend: Backend, name: str, namespace: str | None, question: str, *, as_json: bool, dry_run: bool) -> None:
    """Print a model's explanation, or with `dry_run` what would be sent for one."""
    asking = ModelQuestion(backend, name, namespace, question, os.environ)
    if dry_run:
        print_json(asking.would_send())
        return
    explained = asking.ask()
    if as_json:
        print_json(_data(explained))
        return
    for line in _lines(explained):
        click.echo(visible(line))


def _data(explained: Explained) -> Json:
    told, sent = explained.explanation, explained.sent
    return {
        "container": explained.container,
        "question": explained.question,
        "model": explained.settings.model,
        "host": explained.settings.host,
        "answer": told.answer,
        "cause_rule": told.cause_rule,
        "confidence": told.confidence,
        "inconclusive": told.inconclusive,
        "evidence": [{"id": one.id, "source": one.source, "text": one.text} for one in told.evidence],
        "steps": list(told.steps),
        "commands": list(told.commands),
        "dropped": list(told.dropped),
        "sent": {
            "requests": sent.requests,
            "bytes": sent.bytes,
            "tokens_in": sent.tokens_in,
            "tokens_out": sent.tokens_out,
            "sha256": sent.digest,
        },
    }


def _lines(explained: Explained) -> Iterator[str]:
    told, sent = explained.explanation, explained.sent
    yield from explained.rules_text.split("\n")
    yield ""
    yield f"{explained.settings.model} at {explained.settings.host} says, {_surety(told)}:"
    yield f"  {told.answer or 'nothing that the evidence bears'}"
    for one in told.evidence:
        first, *_ = one.text.split("\n")
        yield f"    {one.id}  {one.source}  {first}"
    yield from (f"  - {step}" for step in told.steps)
    yield from (f"  $ {command}" for command in told.commands)
    yield from (f"  not believed: {one}" for one in told.dropped)
    yield f"  {sent.requests} requests, {sent.bytes} bytes sent, {sent.tokens_in + sent.tokens_out} tokens"


def _surety(told: Explanation) -> str:
    return "inconclusive" if told.inconclusive else f"confidence {told.confidence:g}"
