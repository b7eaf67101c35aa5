"""Durations, sizes and other scalars in the spellings Compose users know."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_DURATION_UNITS = {
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
    "d": 86400.0,
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?", re.IGNORECASE | re.ASCII)
_SIZE_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_duration(value: Any) -> float:
    """Return seconds for `90`, `1.5`, `"90s"`, `"1m30s"`, `"250ms"`.

    Raises:
        ValueError: it is not a duration, or negative.
    """
    if isinstance(value, bool):
        raise ValueError("a duration is a number of seconds or text such as 10s or 1m30s")
    if isinstance(value, int | float):
        if not 0 <= value < 1e10:
            raise ValueError("a duration lies between 0 and 300 years")
        return float(value)
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return parse_duration(float(text))
    parts = list(_DURATION_PART.finditer(text))
    if not parts or "".join(part.group(0) for part in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write it like 10s, 1m30s or 250ms")
    seconds = sum(float(part.group(1)) * _DURATION_UNITS[part.group(2)] for part in parts)
    if seconds >= 1e10:
        raise ValueError("a duration lies between 0 and 300 years")
    return round(seconds, 9)


def parse_size(value: Any) -> int:
    """Return bytes for `1048576`, `"256M"`, `"1.5gb"`; units are powers of 1024, as in Compose.

    Raises:
        ValueError: it is not a size, or negative, or above 2**63.
    """
    if isinstance(value, bool):
        raise ValueError("a size is a number of bytes or text such as 256M")
    if isinstance(value, int):
        size = value
    else:
        match = _SIZE.fullmatch(str(value).strip())
        if match is None:
            raise ValueError(f"{value!r} is not a size; write it like 512k, 256M or 1.5G")
        number = float(match.group(1))
        if number >= 2**63:
            raise ValueError("a size lies between 0 and 2**63 bytes")
        size = int(number * _SIZE_UNITS[match.group(2).lower()])
    if not 0 <= size < 2**63:
        raise ValueError("a size lies between 0 and 2**63 bytes")
    return size


def parse_swap(value: Any) -> int:
    """Return bytes like `parse_size`, or -1 for unlimited swap."""
    return -1 if value in (-1, "-1") else parse_size(value)


def parse_microseconds(value: Any) -> Any:
    """Return microseconds for `50000`, `"50000"`, `"50ms"`; anything but text as it is."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return round(parse_duration(value) * 1e6)


Duration = Annotated[float, BeforeValidator(parse_duration), Field(json_schema_extra={"type": ["string", "number"]})]
Size = Annotated[int, BeforeValidator(parse_size), Field(json_schema_extra={"type": ["string", "integer"]})]
SwapSize = Annotated[int, BeforeValidator(parse_swap), Field(json_schema_extra={"type": ["string", "integer"]})]
Microseconds = Annotated[
    int, BeforeValidator(parse_microseconds), Field(ge=0, json_schema_extra={"type": ["string", "integer"]})
]
