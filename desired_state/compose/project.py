"""Compose files to declarations: those of one folder are one project, later ones merged over earlier."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from desired_state import yaml_tree
from desired_state.compose import others
from desired_state.compose.files import Findings, Model
from desired_state.compose.merging import TAGS
from desired_state.compose.services import enabled, jobs_of, service
from desired_state.compose.vocabulary import TOP_LEVEL
from desired_state.documents import Declaration
from desired_state.key import Key
from desired_state.reading import StateText
from desired_state.refusals import Subject, problems
from desired_state.resource import KINDS, Metadata, Resource, Spec
from desired_state.wording import nearest
from desired_state.yaml_tree import Node

Checked = TypeVar("Checked", bound=BaseModel)

_LOOKS_LIKE_ONE = re.compile(r"^(?:services|include)\s*:", re.MULTILINE)
_STATE = re.compile(r"^(?:apiVersion|kind)\s*:", re.MULTILINE)
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_-]+")


def is_compose(text: StateText) -> bool:
    """Return whether a file is Compose's: it has services, and is no state file."""
    if text.text.lstrip().startswith("{"):
        documents, _ = yaml_tree.read(text.text, text.file, TAGS)
        first = documents[0].value if documents else None
        return isinstance(first, dict) and "services" in first and "kind" not in first
    return bool(_LOOKS_LIKE_ONE.search(text.text)) and not _STATE.search(text.text)


def declarations(
    texts: Sequence[StateText], environment: Mapping[str, str], namespace: str | None, profiles: Collection[str]
) -> tuple[list[Declaration], Findings]:
    """Return what the Compose files of one folder declare together, and what was found about them.

    Args:
        texts: in the order in which they are merged.
        environment: for variables, before those of the folder's `.env`.
        namespace: overrules the project's name.
        profiles: those that are on; "*" for all.
    """
    project = _Project(texts, environment, namespace, profiles)
    return list(project.declarations()), project.findings


class _Project:
    def __init__(
        self,
        texts: Sequence[StateText],
        environment: Mapping[str, str],
        namespace: str | None,
        profiles: Collection[str],
    ) -> None:
        self.findings = Findings()
        self._text = texts[0]
        self._profiles = profiles
        self._model = Model(texts[0].folder, environment, self.findings)
        self._parts = self._model.read(texts)
        self._namespace = namespace or self._name(environment)

    def declarations(self) -> Iterator[Declaration]:
        """Yield one declaration for each thing; those that do not hold are among the findings instead."""
        self._check_top_level()
        services = self._parts["services"]
        wanted = {name: node for name, node in services.items() if enabled(node, self._profiles)}
        for part, (kind, spec_of) in others.PARTS.items():
            for name, node in self._parts[part].items():
                if (spec := spec_of(name, node, self.findings)) is not None:
                    yield from self._declared(kind, name, spec)
        jobs = jobs_of(services)
        for name, node in wanted.items():
            found = service(name, node, jobs, self.findings)
            if found is not None and found.image is not None:
                yield from self._declared("Image", name, found.image)
            if found is not None:
                yield from self._declared("Container", name, found.spec)

    def _check_top_level(self) -> None:
        for name, node in self._model.root.value.items() if isinstance(self._model.root.value, dict) else ():
            if name not in TOP_LEVEL and not name.startswith("x-"):
                place = Node(None, node.key_line, node.key_column, node.file)
                why = "models are not supported" if name == "models" else f'unknown attribute "{name}"'
                self.findings.refuse(place, why + ("" if name == "models" else nearest(name, TOP_LEVEL)))
        if not self._parts["services"] and not self.findings.problems:
            self.findings.refuse(self._model.root, "there are no services in it")

    def _name(self, environment: Mapping[str, str]) -> str:
        root = self._model.root.value
        node = root.get("name") if isinstance(root, dict) else None
        given = environment.get("COMPOSE_PROJECT_NAME") or (str(node.value) if node and node.value else "")
        folder = self._text.folder.absolute().name
        return given or _NOT_IN_A_NAME.sub("", folder.lower()).strip("_-") or "default"

    def _declared(self, kind: str, name: str, spec: Node) -> Iterator[Declaration]:
        who = f'{"service" if kind == "Container" else kind.lower()} "{name}"'
        named = Node(name, spec.key_line, spec.key_column, spec.file)
        metadata = self._checked(Metadata, {"name": name, "namespace": self._namespace}, named, "metadata", who)
        checked = self._checked(KINDS[kind], plain(spec), spec, "spec", who)
        if metadata is None or checked is None:
            return
        resource = Resource(Key(kind, metadata.namespace, metadata.name), _spec(checked), source=self._text.source)
        tree = Node({"metadata": Node({"name": named}, spec.line, spec.column, spec.file), "spec": spec}, 1, 1)
        yield Declaration(resource, self._text, 0, tree=tree)

    def _checked(self, model: type[Checked], data: object, node: Node, field: str, who: str) -> Checked | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.findings.problems += problems(error, Subject(model, node, field, self._text.file, who))
            return None


def _spec(spec: BaseModel) -> Spec:
    return spec  # type: ignore[return-value]  # one of KINDS


def plain(node: Node) -> object:
    """Return the data of a tree."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value
