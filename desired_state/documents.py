"""One document of a state file to one resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from desired_state import yaml_tree
from desired_state.interpolation import Interpolation
from desired_state.key import DEFAULT_NAMESPACE, Key
from desired_state.misfits import Path
from desired_state.places import trace
from desired_state.problems import Place, Problem
from desired_state.reading import StateText
from desired_state.refusals import Subject, problems
from desired_state.resource import API_VERSION, KINDS, Metadata, Resource, Spec
from desired_state.wording import nearest
from desired_state.yaml_tree import Node

Checked = TypeVar("Checked", bound=BaseModel)

_FIELDS = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A resource and the document that declares it: the `index`-th of `text`.

    `imported`: values that come from another place than the document. `tree` is the document where it was put
    together from other texts; its nodes know theirs.
    """

    resource: Resource
    text: StateText
    index: int
    imported: Mapping[Path, Place] = field(default_factory=dict)
    tree: Node | None = None

    def place(self, path: Path = ()) -> Place:
        """Return where the document says what `path` names, from the document's top; the nearest thing around it."""
        if path in self.imported:
            return self.imported[path]
        at, _ = trace(self.tree or _documents(self.text)[self.index], path)
        return Place(at.file or self.text.file, at.line, at.column)

    def problem(self, path: Path, message: str) -> Problem:
        """Return a problem of the resource with what `path` names."""
        at = self.place(path)
        key = self.resource.key
        return Problem(at.file, at.line, at.column, f'{key.kind} "{key.name}": {message}')


@lru_cache(maxsize=4)
def _documents(text: StateText) -> list[Node]:
    # Read again on demand: thousands of trees kept for the rare question where something stands
    # would cost every load more than the parsing itself.
    return yaml_tree.read(text.text, text.file)[0]


def declarations(
    text: StateText, interpolate: Interpolation, namespace: str | None
) -> tuple[list[Declaration], list[Problem]]:
    """Return what the documents of one file declare, and what is wrong with them.

    `namespace` is for documents that name none.
    """
    documents, problems = yaml_tree.read(text.text, text.file)
    found = []
    for index, document in enumerate(documents):
        if document.value is None:
            continue
        reader = _Reader(text, interpolate)
        resource = reader.resource(document, namespace or DEFAULT_NAMESPACE)
        problems += reader.problems
        if resource is not None:
            found.append(Declaration(resource, text, index))
    return found, problems


class _Reader:
    """Reads one document and gathers what is wrong with it."""

    def __init__(self, text: StateText, interpolate: Interpolation) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._interpolate = interpolate

    def resource(self, root: Node, namespace: str) -> Resource | None:
        parts = root.value
        if not isinstance(parts, dict):
            self._refuse(root, "a document is a map with apiVersion, kind, metadata and spec")
            return None
        if "services" in parts and "kind" not in parts:
            self._refuse(
                root, "this is a Compose file among the documents of a state file; put it into a file of its own"
            )
            return None
        for name in parts.keys() - set(_FIELDS):
            self._refuse_key(parts[name], f'unknown field "{name}"{nearest(name, _FIELDS)}')
        self._check_api_version(root, parts.get("apiVersion"))
        kind = self._kind(root, parts.get("kind"))
        who = _who(kind, parts.get("metadata"))
        metadata = self._metadata(root, parts.get("metadata"), who, namespace)
        if kind is None:
            return None
        spec = self._spec(KINDS[kind], root, parts.get("spec"), who)
        if self.problems or metadata is None or spec is None:
            return None
        key = Key(kind, metadata.namespace, metadata.name)
        return Resource(key, spec, metadata.labels, metadata.annotations, self._text.source)

    def _check_api_version(self, root: Node, node: Node | None) -> None:
        if node is None:
            self._refuse(root, f"apiVersion is missing; write apiVersion: {API_VERSION}")
        elif node.value != API_VERSION:
            self._refuse(node, f"apiVersion must be {API_VERSION}")

    def _kind(self, root: Node, node: Node | None) -> str | None:
        given = node.value if node else None
        if isinstance(given, str) and given in KINDS:
            return given
        hint = nearest(given, KINDS) if isinstance(given, str) else ""
        self._refuse(node or root, f"kind {'must be' if node else 'is missing; write'} one of {', '.join(KINDS)}{hint}")
        return None

    def _metadata(self, root: Node, node: Node | None, who: str, namespace: str) -> Metadata | None:
        if node is None:
            self._refuse(root, f"{who}: metadata is missing; write metadata: {{name: ...}}")
            return None
        given = self._plain(node)
        named = {"namespace": namespace, **given} if isinstance(given, dict) else given
        return self._checked(Metadata, named, Subject(Metadata, node, "metadata", self._text.file, who))

    def _spec(self, model: type[Spec], root: Node, node: Node | None, who: str) -> Spec | None:
        if node is None or node.value is None:
            return self._checked(model, {}, Subject(model, node or root, "spec", self._text.file, who))
        return self._checked(model, self._plain(node), Subject(model, node, "spec", self._text.file, who))

    def _checked(self, model: type[Checked], data: Any, subject: Subject) -> Checked | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.problems += problems(error, subject)
            return None

    def _plain(self, node: Node) -> Any:
        value = node.value
        if isinstance(value, str):
            return self._interpolated(value, node) if "$" in value else value
        if isinstance(value, dict):
            return {key: self._plain(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        return value

    def _interpolated(self, text: str, node: Node) -> str:
        try:
            return self._interpolate(text)
        except ValueError as error:
            self._refuse(node, str(error))
            return text

    def _refuse(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self._text.file, node.line, node.column, message))

    def _refuse_key(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self._text.file, node.key_line, node.key_column, message))


def _who(kind: str | None, metadata: Node | None) -> str:
    named = metadata.value.get("name") if metadata and isinstance(metadata.value, dict) else None
    name = f' "{named.value}"' if named and isinstance(named.value, str) else ""
    return f"{kind or 'this document'}{name}"
