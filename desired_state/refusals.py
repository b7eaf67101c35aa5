"""A spec that pydantic refused: every reason as a problem with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from desired_state.misfits import Misfits, Path
from desired_state.places import place_of, shown, trace
from desired_state.problems import Place, Problem
from desired_state.wording import in_plain_words, nearest
from desired_state.yaml_tree import Node


@dataclass(frozen=True, slots=True)
class Subject:
    """What was checked: the `field` ("spec" or "metadata") of a document, its text, and `who` it is for people."""

    model: type[BaseModel]
    node: Node
    field: str
    file: str
    who: str


def problems(error: ValidationError, subject: Subject) -> list[Problem]:
    """Return everything that `error` says is wrong with `subject`."""
    return [
        Problem(place.file or subject.file, place.line, place.column, f"{subject.who}: {message}")
        for refusal in error.errors(include_url=False)
        for place, message in _refusal(refusal, subject)
    ]


def _refusal(error: Any, subject: Subject) -> Iterator[tuple[Place, str]]:
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        yield _unknown(path, subject)
    elif error["type"] == "value_error":
        yield from _own_words(error["ctx"]["error"], path, subject.node)
    else:
        at, found = trace(subject.node, path)
        found = (*found, path[-1]) if error["type"] == "missing" else found
        yield place_of(at), f"{shown(found) or subject.field} {in_plain_words(error)}"


def _unknown(path: Path, subject: Subject) -> tuple[Place, str]:
    at, found = trace(subject.node, path)
    inside = f" in {shown(found[:-1])}" if found[:-1] else ""
    name = str(path[-1])
    place = Place(at.file, at.key_line, at.key_column)
    return place, f'unknown field "{name}"{inside}{nearest(name, _known(subject.model, path[:-1]))}'


def _own_words(error: ValueError, path: Path, node: Node) -> Iterator[tuple[Place, str]]:
    found = error.found if isinstance(error, Misfits) else (((), str(error)),)
    for below, message in found:
        at, where = trace(node, (*path, *below))
        named = shown(where)
        # Checks across fields name their fields themselves.
        prefix = f"{named}: " if named and not message.startswith(named) else ""
        yield place_of(at), prefix + message


def _known(model: type[BaseModel], path: Path) -> Iterable[str]:
    models = [model]
    for step in path:
        fields = [known.model_fields[step] for known in models if isinstance(step, str) and step in known.model_fields]
        models = [inner for field in fields for inner in _models_in(field.annotation)] or models
    return [name for known in models for name in known.model_fields]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
