"""When a container is started again after it ended, and how long Ergon waits between tries."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state.model import Declared
from desired_state.values import Duration

Policy = Literal["always", "unless-stopped", "on-failure", "never", "delegated"]


class Backoff(Declared):
    """The waits between crash restarts: none before the first, then `initial` doubled up to `max`."""

    initial: Duration = 1.0
    max: Duration = 60.0
    reset_after: Duration = 600.0


class Restart(Declared):
    """`never` is Compose's `no`. `delegated` leaves restarts to Docker, under `docker`'s policy.

    `attempts` ends the retries of `on-failure` (Compose `on-failure:3`); None means without end.
    `backoff_limit` is the same in the words of Kubernetes: it is read, and kept as `attempts`.
    """

    policy: Policy = "always"
    attempts: Annotated[int, Field(ge=0)] | None = None
    backoff_limit: Annotated[int, Field(ge=0)] | None = None
    docker: Literal["always", "unless-stopped", "on-failure"] = "unless-stopped"
    backoff: Backoff = Backoff()

    @property
    def ends(self) -> bool:
        """Whether what is run so is left alone once it has done its work."""
        return self.policy in ("never", "on-failure")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["string", "boolean"]}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _compose_forms(cls, value: Any) -> Any:
        if value is False:
            return {"policy": "never"}
        if isinstance(value, dict):
            return _in_own_words(value)
        if not isinstance(value, str):
            return value
        policy, _, attempts = value.partition(":")
        policy = {"no": "never"}.get(policy, policy)
        if not attempts:
            return {"policy": policy}
        if policy != "on-failure" or not attempts.isdecimal():
            raise ValueError(f"{value!r} is not a restart policy; only on-failure takes a number of attempts")
        return {"policy": policy, "attempts": int(attempts)}


def _in_own_words(value: dict[str, Any]) -> dict[str, Any]:
    own = {**value, "policy": "never"} if value.get("policy") in ("no", False) else dict(value)
    if own.get("backoff_limit") is None:
        return own
    limit = own.pop("backoff_limit")
    if own.setdefault("attempts", limit) != limit:
        raise ValueError("attempts and backoff_limit mean the same and differ; keep one of them")
    return own
