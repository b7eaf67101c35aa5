"""The Image kind: where an image comes from."""

from typing import Any, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state import container_parts as parts
from desired_state.model import Declared


class Build(Declared):
    """Build from a folder. `context` is absolute once loaded; `dockerfile` is relative to it."""

    context: str
    dockerfile: str | None = None
    args: parts.StringMap | None = None
    target: str | None = None
    labels: parts.Labels | None = None
    no_cache: bool | None = None
    pull: bool | None = None
    platform: str | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _folder(cls, value: Any) -> Any:
        return {"context": value} if isinstance(value, str) else value


class ImageSpec(Declared):
    """An image that is pulled (`reference` and `pull_policy`) or built (`build`, tagged `reference`).

    `pull_policy`: `missing` (default), `always`, `never`. Built images have none. Without a
    `reference` a built image is tagged `NAMESPACE/NAME:latest`.
    """

    reference: str | None = None
    pull_policy: str | None = None
    build: Build | None = None

    @model_validator(mode="after")
    def _from_somewhere(self) -> Self:
        if self.reference is None and self.build is None:
            raise ValueError("an image needs a reference to pull or a build context")
        return self
