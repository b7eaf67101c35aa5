"""Drift policies: what becomes of changes that somebody makes outside Ergon, field by field."""

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state.model import Declared

Policy = Literal["enforce", "ask", "alert", "ignore"]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]

# Whether a container runs is Ergon's business unless somebody says otherwise in so many words.
LIFE = "status.state"


class Drift(Declared):
    """What to do about changes made outside Ergon.

    `enforce` puts them right, `ask` waits for `ergon approve`, `alert` shows and leaves them, `ignore`
    looks away. `paths` say it for the fields that `diff` names, as patterns (`spec.networks.*`), of which
    the most specific holds; `ignore` lists patterns to look away from; `default` is for the rest of what is
    declared, `unmanaged` for what nobody declared (`alert`, or `ignore` if that is the default).
    """

    default: Policy = "enforce"
    unmanaged: Policy | None = None
    paths: dict[Pattern, Policy] = Field(default_factory=dict)
    ignore: list[Pattern] = Field(default_factory=list)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"enum": ["enforce", "ask", "alert", "ignore"]}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        return {"default": value} if isinstance(value, str) else value

    @property
    def patterns(self) -> dict[str, Policy]:
        """Every pattern with its policy."""
        return {**dict.fromkeys(self.ignore, "ignore"), **self.paths}

    def written_for(self, path: str) -> Policy | None:
        """Return the policy of the most specific pattern that a field's path matches, None when none does."""
        found = [pattern for pattern in self.patterns if matches(pattern, path)]
        return self.patterns[max(found, key=_specificity)] if found else None

    def policy_of(self, path: str, *, declared: bool) -> Policy:
        """Return what becomes of a change of this field; `declared` says whether the spec sets it."""
        if written := self.written_for(path):
            return written
        if path == LIFE:
            return "enforce"
        return self.default if declared else self._of_unmanaged

    @property
    def _of_unmanaged(self) -> Policy:
        return self.unmanaged or ("ignore" if self.default == "ignore" else "alert")


def matches(pattern: str, path: str) -> bool:
    """Return whether a pattern means a field: its path, or one of those that it lies below.

    `*` stands for any text and `?` for one character; all others, brackets too, for themselves.
    """
    if path == LIFE and not pattern.startswith("status."):
        return False
    return bool(_expression(pattern).match(path))


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    words = {"*": ".*", "?": "."}
    return re.compile("".join(words.get(char, re.escape(char)) for char in pattern) + r"(?:\Z|[.\[])", re.DOTALL)


def _specificity(pattern: str) -> tuple[int, int, str]:
    wildcards = pattern.count("*") + pattern.count("?")
    return (len(pattern) - wildcards, -wildcards, pattern)
