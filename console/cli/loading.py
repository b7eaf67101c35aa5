"""State files turned into the documents that travel to the controller. Imports the resource model: load it late."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from console.cli.failures import Problems
from controller.client import Json
from desired_state import StateFileError, load
from desired_state.resource import Resource, to_document


@dataclass(frozen=True)
class Documents:
    """What files declare. `sources` are their absolute paths, for `prune`."""

    resources: tuple[Resource, ...]
    documents: list[Json]
    sources: list[str]


def load_files(paths: Sequence[str], namespace: str | None) -> Documents:
    """Return what files, folders and - (standard input) declare.

    Raises:
        Problems: they say something that can't be, each problem with its place.
    """
    if not paths:
        raise click.UsageError("name a state file, a folder, or - for standard input")
    stdin = sys.stdin.read() if "-" in paths else None
    try:
        loaded = load([Path(path) for path in paths], stdin=stdin, environment=os.environ, namespace=namespace)
    except StateFileError as error:
        raise Problems([str(problem) for problem in error.problems]) from error
    documents = [to_document(resource) for resource in loaded.resources]
    return Documents(tuple(loaded.resources), documents, [str(source) for source in loaded.sources])
