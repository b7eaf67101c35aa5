"""Values for people and for files that leave the store: what looks like a secret is hidden.

Real secrets never reach a spec, but people write passwords into environments and URLs all the same.
"""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(hidden)"

_SECRET_NAME = re.compile(
    r"passw|passphrase|pwd$|secret|token|credential|api_?key|private_?key|access_?key|_auth$|^auth$", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE)
_OPTION = re.compile(r"(?P<before>--?[\w-]*(?:passw|secret|token|api-?key)[\w-]*[= ])\S+", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?P<before>[\w.-]*(?:passw|secret|token|api[-_]?key)[\w-]*=)[^\s,;&]+", re.IGNORECASE)
# Fields whose keys are names that people choose; elsewhere a key is one of ours and hides nothing.
_NAMED_BY_PEOPLE = ("environment", "labels", "annotations", "args", "options", "driver_opts")


def shown(path: str, value: Any) -> Any:
    """Return the value of a field as it may be shown; `path` is in the words of the state file (`spec.image`)."""
    field, _, name = path.removeprefix("spec.").rpartition(".")
    if field.rpartition(".")[2] in _NAMED_BY_PEOPLE and _is_plain(value) and _SECRET_NAME.search(name):
        return HIDDEN
    return _without_secrets(value, by_people=path.rpartition(".")[2] in _NAMED_BY_PEOPLE)


def spec_shown(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declared spec as it may be shown."""
    return {name: shown(f"spec.{name}", value) for name, value in spec.items()}


def _without_secrets(value: Any, *, by_people: bool) -> Any:
    if isinstance(value, str):
        for pattern in (_URL_PASSWORD, _OPTION, _ASSIGNED):
            value = pattern.sub(rf"\g<before>{HIDDEN}", value)
        return value
    if isinstance(value, Mapping):
        return {
            name: HIDDEN
            if by_people and _is_plain(inner) and _SECRET_NAME.search(str(name))
            else _without_secrets(inner, by_people=name in _NAMED_BY_PEOPLE)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(inner, by_people=False) for inner in value]
    return value


def _is_plain(value: Any) -> bool:
    """Return whether a value may itself be the secret; a mapping only says where to find it."""
    return value is not None and not isinstance(value, Mapping)
