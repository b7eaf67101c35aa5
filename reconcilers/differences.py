"""Where two JSON-ready values differ, path by path, in the words of the state file."""

from collections.abc import Iterator, Mapping
from typing import Any

# Lists whose members are told apart by one of their fields rather than by place.
_MEMBER_NAMES = ("target", "source", "path")

Difference = tuple[str, Any, Any]


def differences(declared: Any, observed: Any, path: str = "") -> Iterator[Difference]:
    """Yield (path, declared, observed) for every leaf that differs; None stands for absent.

    Mappings are entered key by key. Lists of mappings are matched by target, source or path;
    other lists are leaves, shown whole.
    """
    if declared == observed:
        return
    left, right = _members(declared), _members(observed)
    if left is None or right is None:
        yield path, declared, observed
        return
    for key in sorted(left.keys() | right.keys(), key=str):
        yield from differences(left.get(key), right.get(key), _join(path, key, isinstance(declared or observed, list)))


def _members(value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value and all(isinstance(member, Mapping) for member in value):
        named = {_member_name(member): member for member in value}
        return named if len(named) == len(value) else None
    return None


def _member_name(member: Mapping[str, Any]) -> str:
    name = next((str(member[key]) for key in _MEMBER_NAMES if member.get(key) is not None), "")
    if "published" in member:
        name += f":{member['published']}/{member.get('protocol', 'tcp')}"
    return name


def _join(path: str, key: str, in_list: bool) -> str:
    if in_list:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)
