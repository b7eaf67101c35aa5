"""How an image is built from a folder: what both builders understand, and what only BuildKit does."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state import container_parts as parts
from desired_state.misfits import Misfits, each
from desired_state.model import Declared
from desired_state.values import Size

# The classic builder would leave these out without a word.
_BUILDKIT_ONLY = ("cache_to", "secrets", "ssh", "platforms")


class BuildSecret(Declared):
    """A secret for `RUN --mount=type=secret`: a file, or a variable of the controller's environment."""

    id: str
    file: str | None = None
    environment: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.environment is None):
            raise ValueError("a build secret needs either a file or an environment variable")
        return self


def pairs(text: str) -> dict[str, str]:
    """Return Docker's `a=b,c=d` as a mapping; a name alone has an empty value."""
    named = (part.partition("=") for part in text.split(","))
    return {name: value for name, _, value in named}


def _secret(value: Any) -> Any:
    """Return Docker's `id=npm,src=token` and `id=npm,env=TOKEN` in the long form."""
    if not isinstance(value, str):
        return value
    named = pairs(value)
    long = {"src": "file", "source": "file", "env": "environment", "id": "id"}
    if unknown := named.keys() - long.keys() - {"type"}:
        raise ValueError(f"{value!r} has an unknown part {min(unknown)!r}; write id=NAME,src=FILE")
    return {long[name]: text for name, text in named.items() if name in long}


Secrets = Annotated[
    list[BuildSecret], BeforeValidator(lambda value: each(value, _secret) if isinstance(value, list) else value)
]


class Build(Declared):
    """Build from a folder. `context` is absolute once loaded; `dockerfile` is relative to it.

    `builder` names one: the classic builder is part of the daemon, BuildKit needs the docker command
    with buildx. Without it, BuildKit is used where something declared needs it.
    """

    context: str
    dockerfile: str | None = None
    args: parts.StringMap | None = None
    target: str | None = None
    labels: parts.Labels | None = None
    no_cache: bool | None = None
    pull: bool | None = None
    platform: str | None = None
    network: str | None = None
    shm_size: Size | None = None
    extra_hosts: parts.ExtraHosts | None = None
    cache_from: parts.StringList | None = None
    cache_to: parts.StringList | None = None
    secrets: Secrets | None = None
    ssh: parts.StringList | None = None
    platforms: parts.StringList | None = None
    builder: Literal["classic", "buildkit"] | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _folder(cls, value: Any) -> Any:
        return {"context": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _builder_can(self) -> Self:
        if self.builder == "classic" and (only := self.buildkit_only):
            raise Misfits([((only[0],), "only BuildKit does this; remove it, or builder: classic")])
        return self

    @property
    def buildkit_only(self) -> tuple[str, ...]:
        """The declared fields that the classic builder does not know."""
        return tuple(name for name in _BUILDKIT_ONLY if getattr(self, name))

    @property
    def with_buildkit(self) -> bool:
        """Whether BuildKit builds it."""
        return self.builder == "buildkit" or bool(self.buildkit_only)

    @property
    def for_several(self) -> bool:
        """Whether one image is made for several platforms; an engine keeps one of them, a registry all."""
        return len(self.platforms or ()) > 1

    @property
    def is_remote(self) -> bool:
        """Whether the context is an address that the builder fetches itself, rather than a folder."""
        return "://" in self.context or self.context.startswith(("git@", "github.com/"))
