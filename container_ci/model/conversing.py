"""One conversation with a model, by pydantic-ai. Imported only when a model is asked."""

from typing import Any

import httpx2
from openai import AsyncOpenAI
from pydantic import BaseModel, Field
from pydantic_ai import Agent, ModelSettings, UsageLimits
from pydantic_ai.exceptions import AgentRunError, UsageLimitExceeded
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from container_ci.model.answer import Draft
from container_ci.model.conversation import INSTRUCTIONS, Lookup, ModelFailed, Sent, Topic
from container_ci.model.settings import Settings

_TOOL_CALLS = 8
_OUTPUT_TOKENS = 1500
_MOST_MINUTES = 1440


class _Quote(BaseModel):
    evidence_id: str
    words: str = Field(description="exactly as they stand in that evidence")


class _Output(BaseModel):
    """What is said to the operator."""

    answer: str
    cause_rule: str | None = Field(None, description="the name of a finding, or null")
    confidence: float = Field(0.0, ge=0.0, le=1.0)
    evidence_ids: list[str] = []
    quotes: list[_Quote] = []
    steps: list[str] = []
    commands: list[str] = Field([], description="commands that only read")
    inconclusive: bool = False


async def converse(
    settings: Settings, lookup: Lookup, asked: str, sent: Sent, *, model: Any = None, dry: bool = False
) -> Draft:
    """Let the model look around and answer; `sent` counts what leaves. With `dry`, stop at the first request.

    Raises:
        ModelFailed: it could not be reached, gave no proper answer, or used up its budget.
    """

    async def note(request: httpx2.Request) -> None:
        body = (await request.aread()).decode()
        sent.bodies.append(body)
        sent.bytes += len(body.encode())
        if dry:
            raise httpx2.RequestError("nothing is sent", request=request)

    # A redirect would hand what was observed to whomever the endpoint names.
    async with httpx2.AsyncClient(event_hooks={"request": [note]}, follow_redirects=False) as http:
        agent = Agent(
            model or _model(settings, http),
            output_type=_Output,
            instructions=INSTRUCTIONS,
            tools=_tools(lookup),
            retries=1,
            model_settings=ModelSettings(max_tokens=_OUTPUT_TOKENS, temperature=0.0),
        )
        limits = UsageLimits(
            request_limit=settings.requests, tool_calls_limit=_TOOL_CALLS, total_tokens_limit=settings.tokens
        )
        try:
            ran = await agent.run(asked, usage_limits=limits)
        except UsageLimitExceeded as error:
            raise ModelFailed(
                f"the budget of one question is used up: {error}", "raise ERGON_AI_REQUESTS or ERGON_AI_TOKENS"
            ) from error
        except AgentRunError as error:
            raise ModelFailed(f"{settings.host} gave no answer: {_reason(error)}") from error
    usage = ran.usage
    sent.requests, sent.tokens_in, sent.tokens_out = usage.requests, usage.input_tokens, usage.output_tokens
    return _draft(ran.output)


def _model(settings: Settings, http: httpx2.AsyncClient) -> OpenAIChatModel:
    client = AsyncOpenAI(
        base_url=settings.url,
        # Local servers take any; without one the library would look for a key of its own in the environment.
        api_key=settings.key or "none",
        http_client=http,
        max_retries=0,
        timeout=settings.seconds,
    )
    return OpenAIChatModel(settings.model, provider=OpenAIProvider(openai_client=client))


def _tools(lookup: Lookup) -> list[Any]:
    async def look(topic: Topic) -> str:
        """Look at the container again: how it stands, what runs in it, its log, its findings, what it uses."""
        return await lookup.look_up(None, topic, topic)

    async def log_of_last(minutes: int) -> str:
        """Read what matters of the log of the last minutes."""
        return await lookup.look_up(None, "logs", f"logs since {min(max(minutes, 1), _MOST_MINUTES)}m")

    async def neighbour(name: str) -> str:
        """Return the findings of a neighbour: one of the dossier's neighbours, by its name."""
        return await lookup.look_up(name, "debug", "debug")

    return [look, log_of_last, neighbour]


def _draft(said: _Output) -> Draft:
    return Draft(
        answer=said.answer,
        cause_rule=said.cause_rule,
        confidence=said.confidence,
        evidence_ids=tuple(said.evidence_ids),
        quotes=tuple((one.evidence_id, one.words) for one in said.quotes),
        steps=tuple(said.steps),
        commands=tuple(said.commands),
        inconclusive=said.inconclusive,
    )


def _reason(error: BaseException) -> str:
    """Return why, from the innermost cause, which names it best; in one line that is not too long."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:300] or type(error).__name__
