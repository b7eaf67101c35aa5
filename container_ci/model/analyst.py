"""Ask a model. The only place that imports a library for it, and that only when it is really asked.

The model sees the dossier and may look further with tools that read: answers of the same companion, and of
the neighbours that findings name. It can't name another container, run anything or fetch anything.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import anyio

from container_ci.logs.redaction import Redactor
from container_ci.model.answer import Draft
from container_ci.model.conversation import ModelFailed, Sent
from container_ci.model.dossier import Dossier
from container_ci.model.settings import NotConfigured, Settings

Json = Mapping[str, Any]
# How a question reaches a companion: the container's own (None) or a neighbour's; the question; its answer's data.
Ask = Callable[[str | None, str], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Answered:
    """A model's draft, and the dossier that it saw in the end."""

    draft: Draft
    dossier: Dossier
    sent: Sent


class Analyst(Protocol):
    """Whoever explains a dossier."""

    async def ask(self, question: str, dossier: Dossier, look: Ask) -> Answered:
        """Return what is said to a question. Raises ModelFailed."""
        ...


class ModelAnalyst:
    """A model behind an OpenAI-compatible endpoint. Within the budget of its settings, or not at all."""

    def __init__(self, settings: Settings, redactor: Redactor, *, model: Any = None) -> None:
        """Ask the configured model; `model` is another one of the library's, for tests."""
        self._settings = settings
        self._redactor = redactor
        self._model = model

    async def ask(self, question: str, dossier: Dossier, look: Ask) -> Answered:
        """Return what the model says. Raises ModelFailed."""
        desk = _Desk(dossier, look, self._redactor)
        return await self._asked(question, desk, Sent(), dry=False)

    async def would_send(self, question: str, dossier: Dossier) -> Json:
        """Return the very request that `ask` would begin with, and send nothing."""

        async def nobody(_name: str | None, _question: str) -> Json:
            return {}

        sent = Sent()
        try:
            await self._asked(question, _Desk(dossier, nobody, self._redactor), sent, dry=True)
        except ModelFailed:
            if not sent.bodies:
                raise
        body: Json = json.loads(sent.bodies[0])
        return {"method": "POST", "url": f"{self._settings.url}/chat/completions", "body": body}

    async def _asked(self, question: str, desk: "_Desk", sent: Sent, *, dry: bool) -> Answered:
        from container_ci.model import conversing  # noqa: PLC0415 - half a second and 60 MB, only when asked

        asked = json.dumps(
            {"question": self._redactor.redact(question), "dossier": json.loads(desk.dossier.as_text())},
            ensure_ascii=False,
        )
        try:
            with anyio.fail_after(self._settings.seconds):
                draft = await conversing.converse(self._settings, desk, asked, sent, model=self._model, dry=dry)
        except TimeoutError as error:
            raise ModelFailed(
                f"{self._settings.host} did not answer within {self._settings.seconds:g} s", "raise ERGON_AI_SECONDS"
            ) from error
        return Answered(draft, desk.dossier, sent)


class _Desk:
    """What the tools of one question share: the dossier grows by what they look up."""

    def __init__(self, dossier: Dossier, look: Ask, redactor: Redactor) -> None:
        self.dossier = dossier
        self._look = look
        self._redactor = redactor

    async def look_up(self, neighbour: str | None, topic: str, question: str) -> str:
        """Return what a companion answers, as new evidence."""
        if neighbour is not None and neighbour not in self.dossier.neighbours:
            return json.dumps({"error": f"no neighbour of that name; there are {list(self.dossier.neighbours)}"})
        data = await self._look(neighbour, question)
        self.dossier, new = self.dossier.with_answer(topic, data, self._redactor, neighbour or "")
        said = [{"id": one.id, "source": one.source, "text": one.text} for one in new]
        return json.dumps({"evidence": said, "note": "" if said else "nothing that is not in the dossier already"})


def require_library() -> None:
    """Raise NotConfigured if the library that speaks to models is not installed."""
    try:
        from container_ci.model import conversing  # noqa: F401, PLC0415 - only when a model is to be asked
    except ImportError as error:
        raise NotConfigured(
            "the library that speaks to models is not installed", "install ergon-controller[ai]"
        ) from error
