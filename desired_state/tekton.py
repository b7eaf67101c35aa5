"""Projects as Tekton keeps them (`projects.json`), read as Project resources."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from desired_state.key import DEFAULT_NAMESPACE, Key
from desired_state.project import ProjectSpec
from desired_state.resource import Resource

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What could be read, and of what could not: why, in a sentence each."""

    resources: tuple[Resource, ...]
    left_out: tuple[str, ...]


def projects(text: str, namespace: str = DEFAULT_NAMESPACE) -> Imported:
    """Return the projects of a `projects.json`. Each keeps its id; its name becomes one that a resource may have.

    Raises:
        ValueError: this is no such file.
    """
    try:
        listed = json.loads(text).get("projects")
    except (json.JSONDecodeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no projects.json: {error}") from error
    if not isinstance(listed, list) or len(listed) > _MOST:
        raise ValueError(f"this is no projects.json: it has no list of at most {_MOST} projects")
    found: dict[str, Resource] = {}
    left_out: list[str] = []
    for number, given in enumerate(listed, start=1):
        try:
            resource = _resource(given, namespace, found)
        except ValueError as why:
            left_out.append(f"project {number}: {_told(why)}")
        else:
            found[resource.key.name] = resource
    return Imported(tuple(found.values()), tuple(left_out))


def _resource(given: Any, namespace: str, taken: Mapping[str, Resource]) -> Resource:
    if not isinstance(given, dict):
        raise ValueError("it is not an object")
    spec = ProjectSpec.from_declared(dict(_spec(given)))
    name = _name(str(given.get("name") or given.get("id") or ""))
    if not name:
        raise ValueError("it has neither a name nor an id")
    if name in taken:
        raise ValueError(f'its name "{given.get("name")}" is also that of {taken[name].key}')
    return Resource(Key("Project", namespace, name), spec)


def _spec(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fields = (
        ("id", given.get("id")),
        ("title", given.get("name")),
        ("description", given.get("description")),
        ("path", given.get("local_directory")),
        ("git", given.get("forked_repository") or given.get("github_url") or given.get("upstream_repository")),
    )
    for field, value in fields:
        if isinstance(value, str) and value.strip():
            yield field, value.strip()


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-")


def _told(why: ValueError) -> str:
    if not isinstance(why, ValidationError):
        return str(why)
    first = why.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"].removeprefix("Value error, ")
