"""Check declarations against each other and against what is declared already, before anything is stored."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from controller.errors import ServiceError
from controller.runtime import Runtime
from desired_state.key import Key
from desired_state.references import references
from desired_state.resource import Resource, from_document


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


def admit(runtime: Runtime, declared: Sequence[Resource]) -> None:
    """Refuse declarations that need something nobody declares.

    Raises:
        ServiceError: with every problem, one a line.
    """
    known = {*runtime.records.resources, *(resource.key for resource in declared)}
    problems = list(_dangling(declared, known))
    if problems:
        raise ServiceError("\n".join(problems), "declare it in the same files or apply it first")


def _dangling(declared: Sequence[Resource], known: set[Key]) -> Iterator[str]:
    for resource in declared:
        for reference in references(resource):
            if not reference.required or reference.key in known:
                continue
            siblings = [key.name for key in known if key.kind == reference.key.kind]
            near = get_close_matches(reference.key.name, siblings, 1)
            path = ".".join(str(part) for part in reference.path)
            where = f"{resource.source}: " if resource.source else ""
            hint = f'; did you mean "{near[0]}"?' if near else ""
            what = f'{reference.key.kind} "{reference.key.name}"'
            yield f'{where}{resource.key.kind} "{resource.key.name}": {path}: {what} is not declared{hint}'
