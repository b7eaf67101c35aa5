"""Commands run inside a container when it has started and before it is stopped, in Compose's words."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from desired_state import container_parts as parts
from desired_state.model import Declared
from desired_state.values import Duration

Words = Annotated[parts.Command, Field(min_length=1)]


class Hook(Declared):
    """One command. Ergon waits for it, at most `timeout`; Docker offers no way to end it then."""

    command: Words
    user: parts.IdText | None = None
    privileged: bool | None = None
    working_dir: str | None = None
    environment: parts.StringMap = Field(default_factory=dict)
    timeout: Duration = 30.0

    @model_validator(mode="after")
    def _says_its_variables(self) -> Self:
        if unset := [name for name, value in self.environment.items() if value is None]:
            raise ValueError(f"environment: {unset[0]} has no value; a hook takes nothing from where it is declared")
        return self

    @property
    def shown(self) -> str:
        """The command in one line."""
        return " ".join(self.command)
