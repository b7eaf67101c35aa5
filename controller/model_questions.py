"""The trail of what is told to language models: who asked which model about what, and how much left.

The controller itself asks none. Whoever does, has it written down here before anything leaves.
"""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from controller.errors import ServiceError
from controller.service_ground import Ground
from desired_state.key import Key
from store import audit

Json = dict[str, Any]

ASKED, ANSWERED = "ask-model", "model-answered"
_DAY = timedelta(days=1)


class ModelQuestions(Ground):
    """The service functions about questions to models."""

    async def model_asked(
        self, *, name: str, namespace: str | None = None, actor: str, model: str, host: str, sha256: str, per_day: int
    ) -> Json:
        """Write down that a model is about to be asked about a container.

        Raises:
            ServiceError: 429, as many were asked in the last 24 hours as may be.
        """
        now, key = self._runtime.clock.now(), self._asked_about(name, namespace)
        detail = f"{model} at {host}, dossier {sha256[:16]}"

        def write(session: Session) -> int:
            before = audit.count_since(session, ASKED, now - _DAY)
            if before < per_day:
                audit.record(session, [audit.Deed(key, actor, ASKED, detail, 0, 0)], now)
            return before

        before = await self._write(write)
        if before >= per_day:
            raise ServiceError(
                f"models were asked {before} times in the last 24 hours, as often as may be",
                "wait, or raise ERGON_AI_PER_DAY; `ergon audit` lists who asked",
                429,
            )
        return {"asked_today": before + 1}

    async def model_answered(
        self,
        *,
        name: str,
        namespace: str | None = None,
        actor: str,
        model: str,
        host: str,
        sha256: str,
        requests: int,
        sent_bytes: int,
        tokens: int,
    ) -> Json:
        """Write down what left for a model in the end, of everything that was sent."""
        key, now = self._asked_about(name, namespace), self._runtime.clock.now()
        detail = f"{model} at {host}, {requests} requests, {sent_bytes} bytes, {tokens} tokens, sent {sha256[:16]}"
        deed = audit.Deed(key, actor, ANSWERED, detail, 0, 0)
        await self._write(lambda session: audit.record(session, [deed], now))
        return {}

    def _asked_about(self, name: str, namespace: str | None) -> Key:
        """Return the resource of that name; a container that nobody manages goes by its own."""
        try:
            return self._find(name, namespace)
        except ServiceError as error:
            if error.status != 404:
                raise
            return Key("Container", "", name)
