"""State and Compose files turned into the documents that travel to the controller. The model is imported on use."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from console.cli.failures import Problems
from console.cli.options import profiles
from console.cli.session import note
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json
from controller.errors import ServiceError


@dataclass(frozen=True)
class Documents:
    """What files declare. `sources` are their absolute paths, and those of folders with a slash behind, for `prune`.

    `values` say for each document what holds and where it comes from, as (path, value, origin).
    """

    documents: list[Json]
    targets: list[Target]
    sources: list[str]
    values: Callable[[], list[list[tuple[str, Any, str]]]]
    place: Callable[[Json], str]

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Tell what the controller refuses about single fields with the places where these stand in the files."""
        try:
            yield
        except ServiceError as error:
            if not error.problems:
                raise
            raise Problems([self.told(dict(problem)) for problem in error.problems]) from error

    def told(self, problem: Json) -> str:
        """Return a problem of one field as `file:line:column: message`."""
        place = self.place(problem)
        return f"{place}: {problem['message']}" if place else str(problem["message"])


def load_files(paths: Sequence[str], namespace: str | None) -> Documents:
    """Return what files, folders and - (standard input) declare.

    Raises:
        Problems: they say something that can't be, each problem with its place.
    """
    from desired_state.explain import effective  # noqa: PLC0415
    from desired_state.loader import load  # noqa: PLC0415 - imports pydantic
    from desired_state.problems import StateFileError  # noqa: PLC0415
    from desired_state.resource import to_document  # noqa: PLC0415

    if not paths:
        raise click.UsageError("name a state file, a folder, or - for standard input")
    stdin = sys.stdin.buffer if "-" in paths else None
    try:
        loaded = load(paths, environment=os.environ, stdin=stdin, namespace=namespace, profiles=profiles())
    except StateFileError as error:
        raise Problems([str(problem) for problem in error.problems]) from error
    for warning in loaded.warnings:
        note(f"warning: {visible(warning)}")
    keys = [resource.key for resource in loaded.resources]
    return Documents(
        documents=[to_document(resource) for resource in loaded.resources],
        targets=[Target(key.namespace, key.kind, key.name) for key in keys],
        sources=[*loaded.sources, *(f"{os.path.abspath(path)}/" for path in paths if os.path.isdir(path))],  # noqa: PTH100, PTH112 - text in, text out
        place=partial(_place, loaded.positions),
        values=lambda: [list(effective(resource, loaded.positions)) for resource in loaded.resources],
    )


def _place(positions: Any, problem: Json) -> str:
    from desired_state.key import Key  # noqa: PLC0415

    key = Key(problem["kind"], problem["namespace"], problem["name"])
    return str(positions.place(key, tuple(problem["path"])) or "")
