"""Which fields can drift at all, and whether a pattern can mean any of them."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from desired_state.drift import Drift, Pattern
from desired_state.misfits import Path
from desired_state.wording import nearest

# What Ergon itself does with a container: nobody can change it in Docker.
_ERGONS_OWN = frozenset(
    {"replicas", "scale", "autoscale", "resources", "depends_on", "probes", "drift", "pull_policy", "env_file"}
)
# The paths of `diff` that are no fields of the spec; `*` stands for any name.
_BESIDE_THE_SPEC = ("status.state", "name", "metadata.copies", "files.*")


def misfits(drift: Drift | None, spec: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the patterns of a drift policy: the path of each and a message for people."""
    if drift is None:
        return
    for pattern in drift.paths:
        if why := impossible(pattern, spec):
            yield ("drift", "paths", pattern), why
        elif pattern in drift.ignore:
            yield ("drift", "paths", pattern), f'"{pattern}" is listed under ignore, too; keep one of them'
    for index, pattern in enumerate(drift.ignore):
        if why := impossible(pattern, spec):
            yield ("drift", "ignore", index), why


def impossible(pattern: Pattern, spec: type[BaseModel]) -> str:
    """Return why a pattern can mean no field of a spec, with the nearest that can; "" when it can mean one."""
    known = _shapes_of(spec)
    if any(_may_meet(pattern, shape) for shape in known):
        return ""
    meant = f"spec.{pattern}"
    if any(_may_meet(meant, shape) for shape in known):
        hint = f'; did you mean "{meant}"?'
    else:
        hint = nearest(pattern, known) or "; `ergon diff` names fields like spec.mem_limit or spec.networks.NAME"
    return f'"{pattern}" means no field that can drift{hint}'


@cache
def _shapes_of(spec: type[BaseModel]) -> tuple[str, ...]:
    fields = {name: field for name, field in spec.model_fields.items() if name not in _ERGONS_OWN}
    below = (shape for name, field in fields.items() for shape in _shapes(f"spec.{name}", field.annotation))
    return (*_BESIDE_THE_SPEC, "spec", *dict.fromkeys(below))


def _shapes(path: str, annotation: Any) -> Iterator[str]:
    """Yield the path of a field and of all that can lie below it."""
    yield path
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from _shapes(f"{path}.{name}", field.annotation)
        return
    members = {dict: f"{path}.*", list: f"{path}[*]"}.get(get_origin(annotation), path)
    for inner in get_args(annotation):
        if members != path or get_origin(inner) is not None or isinstance(inner, type):
            yield from _shapes(members, inner)


def _may_meet(pattern: str, shape: str) -> bool:
    """Return whether some text matches both: `*` stands for any in either, `?` for one character in the pattern."""
    ours, theirs = pattern.partition("*")[0].partition("?")[0], shape.partition("*")[0]
    length = min(len(ours), len(theirs))
    return ours[:length] == theirs[:length] and _meet(pattern, shape)


@lru_cache(maxsize=65536)
def _meet(pattern: str, shape: str) -> bool:
    if pattern[:1] == "*":
        return _meet(pattern[1:], shape) or bool(shape and _meet(pattern, shape[1:]))
    if shape[:1] == "*":
        return _meet(pattern, shape[1:]) or bool(pattern and _meet(pattern[1:], shape))
    if not pattern or not shape:
        return pattern == shape
    return pattern[0] in ("?", shape[0]) and _meet(pattern[1:], shape[1:])
