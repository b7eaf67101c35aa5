"""State files to resources: all of them, or every reason why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import IO

from desired_state import cross_checks
from desired_state.container import ContainerSpec
from desired_state.documents import Declaration, declarations
from desired_state.garbage import collection_paused
from desired_state.grounding import Surroundings, grounded
from desired_state.interpolation import Interpolation
from desired_state.key import Key
from desired_state.misfits import Path
from desired_state.network import NetworkSpec
from desired_state.problems import Place, Problem, StateFileError, first_of
from desired_state.reading import MAX_BYTES, StateText, read_all
from desired_state.resource import Resource


@dataclass(frozen=True, slots=True)
class Positions:
    """Where each loaded resource says what."""

    declarations: Mapping[Key, Declaration]

    def place(self, key: Key, path: Path = ()) -> Place | None:
        """Return the place of what `path` names from the document's top (`("spec", "image")`).

        The nearest thing around it when the text has no such field; None when no text declares the resource.
        """
        declaration = self.declarations.get(key)
        return declaration.place(path) if declaration else None

    def is_imported(self, key: Key, path: Path) -> bool:
        """Tell whether a value comes from a file of variables instead of the document."""
        declaration = self.declarations.get(key)
        return declaration is not None and path in declaration.imported


@dataclass(frozen=True, slots=True)
class Loaded:
    """What state files declare, in their order. `sources`: the absolute paths of all files read, "" for stdin."""

    resources: tuple[Resource, ...]
    sources: tuple[str, ...]
    positions: Positions


def load(
    paths: Sequence[FilePath | str],
    *,
    environment: Mapping[str, str],
    stdin: bytes | str | IO[str] | IO[bytes] | None = None,
    namespace: str | None = None,
    complete: bool = False,
) -> Loaded:
    """Return what files, folders and `-` (stdin) declare.

    Args:
        paths: YAML or JSON files; folders stand for the state files in them, however deep.
        environment: the variables for `${NAME}` and for environment entries without a value.
        stdin: what `-` reads. Its relative paths are relative to the working directory.
        namespace: for documents that name none; None means `default`.
        complete: also refuse references to what is not among the loaded resources.

    Returns:
        Resources that need nothing more from here: absolute paths, no variables. The network
        `default` is added to a namespace whose containers join it and that declares none.

    Raises:
        StateFileError: something is wrong; carries all problems of all files.
    """
    with collection_paused():
        return _load(paths, environment, _bytes(stdin), namespace, complete=complete)


def _load(
    paths: Sequence[FilePath | str],
    environment: Mapping[str, str],
    stdin: bytes,
    namespace: str | None,
    *,
    complete: bool,
) -> Loaded:
    texts, problems = read_all(paths, stdin)
    surroundings = Surroundings(environment)
    declared: list[Declaration] = []
    for text in texts:
        found, wrong = _declarations(text, surroundings, namespace)
        declared += found
        problems += first_of(wrong)
    order = {text.file: rank for rank, text in enumerate(texts)}
    implicit = _default_networks(declared)
    crossing = cross_checks.problems(declared, {network.key for network in implicit}, complete=complete)
    if problems or crossing:
        ordered = sorted({*problems, *crossing}, key=lambda problem: (order.get(problem.file, -1), problem))
        raise StateFileError(ordered)
    return _loaded(declared, implicit, texts)


def _bytes(stdin: bytes | str | IO[str] | IO[bytes] | None) -> bytes:
    content = stdin if stdin is None or isinstance(stdin, bytes | str) else stdin.read(MAX_BYTES + 1)
    return content.encode(errors="surrogateescape") if isinstance(content, str) else content or b""


def _declarations(
    text: StateText, surroundings: Surroundings, namespace: str | None
) -> tuple[list[Declaration], list[Problem]]:
    found, problems = declarations(text, Interpolation(surroundings.environment), namespace)
    on_this_host = []
    for declaration in found:
        here, wrong = grounded(declaration, surroundings)
        on_this_host.append(here)
        problems += wrong
    return on_this_host, problems


def _loaded(declared: list[Declaration], implicit: list[Resource], texts: list[StateText]) -> Loaded:
    return Loaded(
        resources=(*implicit, *(declaration.resource for declaration in declared)),
        sources=tuple(text.source for text in texts),
        positions=Positions({declaration.resource.key: declaration for declaration in declared}),
    )


def _default_networks(declared: list[Declaration]) -> list[Resource]:
    """Return the networks `default` that containers join and nobody declares, as if their first user declared them."""
    declared_keys = {declaration.resource.key for declaration in declared}
    networks: dict[Key, Resource] = {}
    for declaration in declared:
        resource = declaration.resource
        key = resource.key.sibling("Network", "default")
        if isinstance(resource.spec, ContainerSpec) and "default" in resource.spec.joins and key not in declared_keys:
            networks.setdefault(key, Resource(key, NetworkSpec(), source=resource.source))
    return list(networks.values())
