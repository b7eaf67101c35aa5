"""Check declarations against each other and against what is declared already, before anything is stored."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from controller.errors import ServiceError
from controller.runtime import Runtime
from desired_state.container import ContainerSpec
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.key import Key
from desired_state.references import references
from desired_state.resource import Resource, from_document
from reconcilers import naming


def parse(documents: Sequence[Mapping[str, Any]]) -> list[Resource]:
    """Return the resources of documents in their wire form.

    Raises:
        ServiceError: one of them is not a resource.
    """
    parsed = []
    for number, document in enumerate(documents, start=1):
        try:
            parsed.append(from_document(dict(document)))
        except (ValidationError, ValueError, KeyError, TypeError) as error:
            raise ServiceError(
                f"document {number} is not a resource: {error}", "`ergon validate` checks files"
            ) from error
    return parsed


def admit(runtime: Runtime, declared: Sequence[Resource], leaving: Collection[Key] = (), *, live: bool = False) -> None:
    """Refuse declarations that ask too much of the host, need what nobody declares, or take another's name.

    Args:
        runtime: what is declared already.
        declared: what is to be.
        leaving: what is pruned by the same apply.
        live: whether this process is the controller, so that its environment is the one that counts.

    Raises:
        ServiceError: with every problem, one a line.
    """
    runtime.worlds.privileges.refuse(declared)
    known = {*runtime.records.resources, *(resource.key for resource in declared)}
    dangling = list(_dangling(declared, known))
    problems = [*dangling, *_names_taken_twice(runtime, declared, leaving), *(_unset(declared) if live else ())]
    if problems:
        hint = "declare it in the same files or apply it first" if dangling else ""
        raise ServiceError("\n".join(problems), hint)


def _unset(declared: Sequence[Resource]) -> Iterator[str]:
    """Yield the configs and secrets that take a variable which the controller does not have."""
    for resource in declared:
        spec = resource.spec
        field = "env" if isinstance(spec, SecretSpec) else "environment"
        name = getattr(spec, field) if isinstance(spec, SecretSpec | ConfigSpec) else None
        if name is not None and name not in os.environ:
            yield (
                f"{_where(resource)}: {field}: the variable {name} is not set where the controller runs; "
                "start the controller with it"
            )


def _names_taken_twice(runtime: Runtime, declared: Sequence[Resource], leaving: Collection[Key]) -> Iterator[str]:
    """Yield the names of containers that another resource has, too: one of the two could never be."""
    given = {resource.key for resource in declared}
    stored = [one for key, one in runtime.records.resources.items() if key not in given and key not in leaving]
    others = [one.resource for one in stored if one.deleting_since is None]
    holders: dict[str, Key] = {}
    for resource in (*others, *declared):
        if not isinstance(resource.spec, ContainerSpec):
            continue
        for name in naming.container_names(resource.key, resource.spec):
            if (holder := holders.setdefault(name, resource.key)) != resource.key and resource.key in given:
                message = f'its name "{name}" is taken by {holder}; give one of them another container_name'
                yield f"{_where(resource)}: {message}"


def _dangling(declared: Sequence[Resource], known: set[Key]) -> Iterator[str]:
    for resource in declared:
        for reference in references(resource):
            if not reference.required or reference.key in known:
                continue
            siblings = [key.name for key in known if key.kind == reference.key.kind]
            near = get_close_matches(reference.key.name, siblings, 1)
            path = ".".join(str(part) for part in reference.path)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            what = f'{reference.key.kind} "{reference.key.name}"'
            yield f"{_where(resource)}: {path}: {what} is not declared{hint}"


def _where(resource: Resource) -> str:
    where = f"{resource.source}: " if resource.source else ""
    return f'{where}{resource.key.kind} "{resource.key.name}"'
