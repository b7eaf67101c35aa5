"""One Compose project's files, read, filled in and merged: `include` and `extends` worked off, places kept."""

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desired_state import env_files, yaml_tree
from desired_state.compose.merging import TAGS, merged, without_tags
from desired_state.compose.paths import rebased
from desired_state.interpolation import Interpolation
from desired_state.problems import Problem
from desired_state.reading import StateText, Unreadable, decoded, read_bytes
from desired_state.yaml_tree import Node

_DEEPEST = 20
_PARTS = ("services", "networks", "volumes", "configs", "secrets")
Parts = dict[str, dict[str, Node]]


@dataclass
class Findings:
    """What is wrong with the files, and what is only worth saying.

    `variables` are those that hold in the project: the environment's, then those of `.env`.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)

    def refuse(self, node: Node, message: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(node.file, node.line, node.column, message))

    def warn(self, node: Node, message: str) -> None:
        """Note something that is left out, or empty."""
        text = f"{node.file}:{node.line}:{node.column}: {message}"
        if text not in self.warnings:
            self.warnings.append(text)


class Model:
    """The merged tree of some files that belong together, read from one folder's point of view."""

    def __init__(self, folder: Path, environment: Mapping[str, str], findings: Findings, depth: int = 0) -> None:
        self.folder = folder
        self.findings = findings
        self._environment = environment
        self._depth = depth
        self._variables = ChainMap(dict(environment), _dot_env(folder, environment, findings))
        self._texts: dict[Path, Node | None] = {}
        if depth == 0:
            findings.variables = self._variables
        self.root = Node({}, 1, 1)

    def read(self, texts: Sequence[StateText]) -> Parts:
        """Return the parts that these files declare together, the later ones over the earlier."""
        roots = [root for text in texts if (root := self._root(text)) is not None]
        if not roots:
            return {part: {} for part in _PARTS}
        included = [self._included(root) for root in roots]
        merge = roots[0]
        for root in roots[1:]:
            merge = merged(merge, root)
        self.root = without_tags(merge)
        parts = {part: _children(self.root, part, self.findings) for part in _PARTS}
        parts["services"] = {name: self._extended(name, node, ()) for name, node in parts["services"].items()}
        for more in included:
            self._unite(parts, more)
        return parts

    # reading one file

    def _root(self, text: StateText) -> Node | None:
        documents, problems = yaml_tree.read(text.text, text.file, TAGS)
        self.findings.problems += problems
        found = [document for document in documents if document.value is not None]
        if len(found) > 1:
            self.findings.refuse(found[1], "a Compose file is one document; put each project into a file of its own")
        return self._filled_in(found[0]) if found and not problems else None

    def _filled_in(self, node: Node) -> Node:
        copy = Node(node.value, node.line, node.column, node.file)
        copy.key_line, copy.key_column, copy.tag = node.key_line, node.key_column, node.tag
        if isinstance(node.value, dict):
            copy.value = {name: self._filled_in(child) for name, child in node.value.items()}
        elif isinstance(node.value, list):
            copy.value = [self._filled_in(child) for child in node.value]
        elif isinstance(node.value, str) and "$" in node.value:
            copy.value = self._interpolated(node, node.value)
        return copy

    def _interpolated(self, node: Node, text: str) -> str:
        def note(name: str) -> None:
            self.findings.warn(node, f"variable {name} is not set, and empty therefore")

        try:
            return Interpolation(self._variables, note)(text)
        except ValueError as error:
            self.findings.refuse(node, str(error))
            return text

    def _file(self, node: Node, path: Path) -> Node | None:
        if path not in self._texts:
            try:
                text = StateText(str(path), path, decoded(read_bytes(path)))
            except Unreadable as why:
                self.findings.refuse(node, f"{path}: {why}")
                self._texts[path] = None
            else:
                self._texts[path] = self._root(text)
        return self._texts[path]

    # extends

    def _extended(self, name: str, node: Node, chain: tuple[tuple[str, str], ...]) -> Node:
        """Return a service with what it extends worked into it."""
        extends = node.value.get("extends") if isinstance(node.value, dict) else None
        if extends is None:
            return node
        link = (node.file, name)
        if link in chain or len(chain) > _DEEPEST:
            self.findings.refuse(extends, f"extends forms a cycle: {' -> '.join(one for _, one in (*chain, link))}")
            return _less(node, "extends")
        file, service = _extends(extends)
        base = self._base(extends, file, service, (*chain, link), node)
        own = _less(node, "extends")
        return own if base is None else merged(base, own)

    def _base(
        self, extends: Node, file: str, service: str, chain: tuple[tuple[str, str], ...], node: Node
    ) -> Node | None:
        folder = self.folder
        root: Node | None = self.root
        if file:
            path = (Path(node.file).absolute().parent if node.file else self.folder) / file
            folder, root = path.parent, self._file(extends, path)
        services = _children(root, "services", self.findings) if root else {}
        if root is not None and service not in services:
            self.findings.refuse(extends, f'extends names the service "{service}", which {file or "this file"} has not')
        if service not in services:
            return None
        base = self._extended(service, without_tags(services[service]), chain)
        return rebased(base, folder, self.folder)

    # include

    def _included(self, root: Node) -> Parts:
        entries = root.value.get("include") if isinstance(root.value, dict) else None
        found: Parts = {part: {} for part in _PARTS}
        for entry in entries.value if entries and isinstance(entries.value, list) else ():
            for part, things in self._include(entry).items():
                found[part] |= things
        return found

    def _include(self, entry: Node) -> Parts:
        if self._depth >= _DEEPEST:
            self.findings.refuse(entry, "includes are nested too deeply, or in a circle")
            return {}
        given = entry.value if isinstance(entry.value, dict) else {"path": entry}
        paths = [self.folder / text for text in _texts(given.get("path"))]
        if not paths:
            self.findings.refuse(entry, "include needs a path")
            return {}
        folder = self.folder / next(iter(_texts(given.get("project_directory"))), str(paths[0].parent))
        inner = Model(folder, self._environment, self.findings, self._depth + 1)
        for env_file in _texts(given.get("env_file")):
            inner._variables.maps.insert(1, _read_env(self.folder / env_file, self._environment, self.findings))
        texts = []
        for path in paths:
            try:
                texts.append(StateText(str(path), path, decoded(read_bytes(path))))
            except Unreadable as why:
                self.findings.refuse(entry, f"{path}: {why}")
        parts = inner.read(texts)
        parts["services"] = {name: rebased(node, folder, self.folder) for name, node in parts["services"].items()}
        return parts

    def _unite(self, parts: Parts, more: Parts) -> None:
        for part, things in more.items():
            for name, node in things.items():
                if name in parts[part]:
                    self.findings.refuse(parts[part][name], f"{part}.{name} is included from {node.file}, too")
                parts[part].setdefault(name, node)


def _dot_env(folder: Path, environment: Mapping[str, str], findings: Findings) -> dict[str, str]:
    path = folder / ".env"
    return _read_env(path, environment, findings) if path.is_file() else {}


def _read_env(path: Path, environment: Mapping[str, str], findings: Findings) -> dict[str, str]:
    try:
        found = env_files.parsed(decoded(read_bytes(path)), environment)
    except Unreadable as why:
        findings.problems.append(Problem(str(path), why.line, why.column, str(why)))
        return {}
    return {name: variable.value for name, variable in found.items()}


def _children(root: Node, part: str, findings: Findings) -> dict[str, Node]:
    node = root.value.get(part) if isinstance(root.value, dict) else None
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        findings.refuse(node, f"{part} must be a map of names")
        return {}
    return {name: child for name, child in node.value.items() if not name.startswith("x-")}


def _extends(node: Node) -> tuple[str, str]:
    if not isinstance(node.value, dict):
        return "", str(node.value)
    file, service = node.value.get("file"), node.value.get("service")
    return str(file.value) if file else "", str(service.value) if service else ""


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, Node):
        for item in node.value if isinstance(node.value, list) else [node]:
            if isinstance(item.value, str):
                yield item.value


def _less(node: Node, name: str) -> Node:
    children = node.value if isinstance(node.value, dict) else {}
    copy = Node({key: child for key, child in children.items() if key != name}, node.line, node.column, node.file)
    copy.key_line, copy.key_column = node.key_line, node.key_column
    return copy
