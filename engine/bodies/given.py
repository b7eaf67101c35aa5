"""Bodies hold only what was declared: Docker has a default of its own for everything else."""

from collections.abc import Mapping
from typing import Any


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value; None means "not declared", while 0, False and [] are values."""
    return {name: value for name, value in fields.items() if value is not None}


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value other than an empty text, list or map."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def nanoseconds(seconds: float | None) -> int | None:
    """Return a duration as Docker counts it."""
    return None if seconds is None else round(seconds * 1e9)
