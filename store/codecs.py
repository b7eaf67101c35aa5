"""Values to the JSON text that is stored, and back, exactly."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from observed_state.container import Container
from observed_state.instance import Restarts
from observed_state.status import Status

_CONTAINER = TypeAdapter(Container)
_RESTARTS = TypeAdapter(Restarts)
_STATUS = TypeAdapter(Status)
_NEVER_RESTARTED = _RESTARTS.dump_json(Restarts()).decode()
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact_json(value: object) -> str:
    """Return JSON without blanks, keys in the order they were written (it matters for networks)."""
    if value == {}:
        return "{}"
    return _encode(value)


def mapping_text(value: Mapping[str, Any]) -> str:
    """Return a mapping as JSON."""
    return compact_json(value if isinstance(value, dict) else dict(value))


def mapping_from(text: str) -> dict[str, Any]:
    """Return the mapping behind its JSON."""
    value: dict[str, Any] = json.loads(text)
    return value


def container_text(value: Container) -> str:
    """Return a baseline as JSON."""
    return _CONTAINER.dump_json(value).decode()


def container_from(text: str) -> Container:
    """Return the baseline behind its JSON."""
    return _CONTAINER.validate_json(text)


def restarts_text(value: Restarts) -> str:
    """Return a restart history as JSON."""
    return _NEVER_RESTARTED if value == Restarts() else _RESTARTS.dump_json(value).decode()


def restarts_from(text: str) -> Restarts:
    """Return the restart history behind its JSON."""
    return _RESTARTS.validate_json(text)


def status_text(value: Status) -> str:
    """Return a status as JSON."""
    return _STATUS.dump_json(value).decode()


def status_from(text: str) -> Status:
    """Return the status behind its JSON."""
    return _STATUS.validate_json(text)


def texts_from(text: str) -> tuple[str, ...]:
    """Return the texts behind a JSON list."""
    return () if text == "[]" else tuple(json.loads(text))
