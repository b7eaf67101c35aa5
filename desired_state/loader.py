"""State files to resources: all of them, or every reason why not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import IO

from desired_state import cross_checks
from desired_state.compose.project import declarations as compose_declarations
from desired_state.compose.project import is_compose
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
    """What state files declare, in their order. `sources`: the absolute paths of all files read, "" for stdin.

    `warnings` say, with their places, what of Compose files means nothing here, or was empty.
    """

    resources: tuple[Resource, ...]
    sources: tuple[str, ...]
    positions: Positions
    warnings: tuple[str, ...] = ()


def load(
    paths: Sequence[FilePath | str],
    *,
    environment: Mapping[str, str],
    stdin: bytes | str | IO[str] | IO[bytes] | None = None,
    namespace: str | None = None,
    complete: bool = False,
    profiles: Collection[str] = (),
) -> Loaded:
    """Return what files, folders and `-` (stdin) declare.

    Args:
        paths: state files or Compose files, YAML or JSON; folders stand for the files in them, however deep.
            Compose files of one folder are one project, later ones merged over earlier.
        environment: the variables for `${NAME}` and for environment entries without a value.
        stdin: what `-` reads. Its relative paths are relative to the working directory.
        namespace: for documents that name none; None means `default`.
        complete: also refuse references to what is not among the loaded resources.
        profiles: of Compose files; those that are on beside COMPOSE_PROFILES.

    Returns:
        Resources that need nothing more from here: absolute paths, no variables. The network
        `default` is added to a namespace whose containers join it and that declares none.

    Raises:
        StateFileError: something is wrong; carries all problems of all files.
    """
    with collection_paused():
        texts, problems = read_all(paths, _bytes(stdin))
        found = _found(texts, Surroundings(environment), namespace, profiles)
        return _checked(texts, found, problems, complete=complete)


@dataclass
class _Found:
    """What the files declare, what is wrong with them, and what is only worth saying."""

    declared: list[Declaration] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def _found(
    texts: Sequence[StateText], surroundings: Surroundings, namespace: str | None, profiles: Collection[str]
) -> _Found:
    environment = surroundings.environment
    on = {*profiles, *filter(None, environment.get("COMPOSE_PROFILES", "").split(","))}
    result = _Found()
    projects, states = _sorted_out(texts)
    for text in states:
        declared, problems = declarations(text, Interpolation(environment), namespace)
        _add(result, declared, problems, surroundings)
    for project in projects:
        declared, findings = compose_declarations(project, environment, namespace, on)
        _add(result, declared, findings.problems, Surroundings(findings.variables))
        result.warnings += findings.warnings
    return result


def _sorted_out(texts: Sequence[StateText]) -> tuple[list[list[StateText]], list[StateText]]:
    """Return the Compose files by their project, an override after what it overrides, and the state files."""
    projects: dict[FilePath, list[StateText]] = {}
    states = []
    for text in texts:
        if is_compose(text):
            projects.setdefault(text.folder, []).append(text)
        else:
            states.append(text)
    return [sorted(project, key=lambda text: ".override." in text.file) for project in projects.values()], states


def _add(
    result: _Found, declared: Sequence[Declaration], problems: Sequence[Problem], surroundings: Surroundings
) -> None:
    """Add what one file, or one project, declares, freed from where it was loaded."""
    found = list(problems)
    for declaration in declared:
        here, wrong = grounded(declaration, surroundings)
        result.declared.append(here)
        found += wrong
    result.problems += first_of(found)


def _checked(texts: Sequence[StateText], found: _Found, problems: list[Problem], *, complete: bool) -> Loaded:
    order = {text.file: rank for rank, text in enumerate(texts)}
    implicit = _default_networks(found.declared)
    crossing = cross_checks.problems(found.declared, {network.key for network in implicit}, complete=complete)
    if wrong := {*problems, *found.problems, *crossing}:
        raise StateFileError(sorted(wrong, key=lambda problem: (order.get(problem.file, -1), problem)))
    return Loaded(
        resources=(*implicit, *(declaration.resource for declaration in found.declared)),
        sources=tuple(text.source for text in texts),
        positions=Positions({declaration.resource.key: declaration for declaration in found.declared}),
        warnings=tuple(found.warnings),
    )


def _bytes(stdin: bytes | str | IO[str] | IO[bytes] | None) -> bytes:
    content = stdin if stdin is None or isinstance(stdin, bytes | str) else stdin.read(MAX_BYTES + 1)
    return content.encode(errors="surrogateescape") if isinstance(content, str) else content or b""


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
