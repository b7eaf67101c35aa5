"""The common base of everything declared: strict, frozen, and able to say what the user set."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Declared(BaseModel):
    """A part of a spec. Unknown keys are errors; values are canonical after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, hide_input_in_errors=True)

    def declared(self) -> dict[str, Any]:
        """Return what the user set, canonical and JSON-ready: short forms are long, defaults are absent.

        This is the value that is stored, compared field by field, and read back by `from_declared`.
        """
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=False)

    @classmethod
    def from_declared(cls, declared: dict[str, Any]) -> Self:
        """Return the spec for a value of `declared()`. Reading back changes nothing."""
        return cls.model_validate(declared)
