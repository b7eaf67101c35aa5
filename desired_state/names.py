"""What resources may be called."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

PATTERN = r"[a-z0-9](?:[a-z0-9_-]|\.(?!\.))*(?<![._-])"
_VALID = re.compile(PATTERN)


def checked(value: object) -> object:
    """Return a name that can be part of a container's name and of a DNS name; other types as they are.

    Raises:
        ValueError: it is empty, longer than 63 characters, or holds other characters.
    """
    if not isinstance(value, str):
        return value
    if len(value) > 63:
        raise ValueError(f"a name has at most 63 characters, this one {len(value)}")
    if not _VALID.fullmatch(value):
        lower = value.lower()
        advice = f'; write "{lower}"' if _VALID.fullmatch(lower) else ""
        raise ValueError(f"{value!r} can't be a name: use a-z, 0-9 and, inside, '-', '_' or single dots{advice}")
    return value


Name = Annotated[str, BeforeValidator(checked), Field(json_schema_extra={"pattern": f"^{PATTERN}$", "maxLength": 63})]
