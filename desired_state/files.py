"""The Config and Secret kinds: content that reaches containers as files."""

from typing import Self

from pydantic import model_validator

from desired_state.model import Declared


class ConfigSpec(Declared):
    """Content given inline, by a file, or by an environment variable."""

    content: str | None = None
    file: str | None = None
    environment: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.content, self.file, self.environment)) != 1:
            raise ValueError("a config has exactly one of content, file or environment")
        return self


class SecretSpec(Declared):
    """A reference to secret content, never the content: `env:` names a variable of the controller, `file:` a path."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret has exactly one of env or file")
        return self
