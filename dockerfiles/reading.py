"""Manifests read as values: TOML, JSON, YAML, XML and properties, with a note where one is broken, and no exception.

A broken manifest is no evidence: the reader says where it breaks, and the analysis goes on with the other files.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import yaml

from dockerfiles import lenient_json
from dockerfiles.tree import Note, Text, Tree

_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)")


def toml(tree: Tree, path: str) -> dict[str, Any]:
    """Return a TOML file's table; empty when it is absent or broken."""
    if (text := tree.text(path)) is None:
        return {}
    try:
        return tomllib.loads(text.content)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line, column = (int(found[1]), int(found[2])) if found else (1, 1)
        _broken(tree, text, line, column, _POSITION.sub("", str(error)).strip())
        return {}


def json_object(tree: Tree, path: str) -> dict[str, Any]:
    """Return the object of a JSON file; empty when it is absent or broken, or holds something else.

    Comments and trailing commas are read, as the tools do whose files have them.
    """
    if (text := tree.text(path)) is None:
        return {}
    try:
        value = lenient_json.parse(text).value
    except lenient_json.Malformed as error:
        _broken(tree, text, error.line, error.column, error.reason)
        return {}
    return value if isinstance(value, dict) else {}


def yaml_documents(tree: Tree, path: str) -> list[dict[str, Any]]:
    """Return the mappings among the documents of a YAML file; none when it is absent or broken.

    Tags that only some programs know (`!ENV`, `!!python/name`) are read as the plain value that they stand before.
    """
    if (text := tree.text(path)) is None:
        return []
    try:
        return [one for one in yaml.load_all(text.content, _Lenient) if isinstance(one, dict)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        _broken(tree, text, line, column, getattr(error, "problem", None) or "it can't be read")
        return []


def xml(tree: Tree, path: str) -> ET.Element | None:
    """Return the root of an XML file, its tags without namespaces; None when it is absent or broken.

    One that declares a document type is refused: entities that expand are how a small file becomes a huge one.
    """
    if (text := tree.text(path)) is None:
        return None
    if declared := _DECLARES.search(text.content):
        line = text.content.count("\n", 0, declared.start()) + 1
        _broken(tree, text, line, 1, "document types and entities are not read")
        return None
    try:
        root = ET.fromstring(text.content.strip())  # noqa: S314 - what can expand is refused above
    except ET.ParseError as error:
        line, column = error.position
        _broken(tree, text, line, column + 1, str(error).partition(":")[0])
        return None
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def properties(text: Text) -> Mapping[str, tuple[str, int]]:
    """Return the entries of a Java properties file with their lines; a later one wins."""
    found: dict[str, tuple[str, int]] = {}
    for number, line in text.lines():
        entry = line.strip()
        if entry and entry[0] not in "#!" and (parts := re.match(r"([^=:\s]+)\s*[=:\s]\s*(.*)", entry)):
            found[parts[1]] = (parts[2].strip(), number)
    return found


def flattened(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield a YAML document's plain values by dotted names, as Spring and others name them."""
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flattened(value, f"{name}.")
        elif value is not None and not isinstance(value, list):
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


class _Lenient(yaml.SafeLoader):
    """Reads unknown tags as plain values."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Lenient.add_multi_constructor("", _plain)


def _broken(tree: Tree, text: Text, line: int, column: int, problem: str) -> None:
    note = Note("malformed", text.path, f"line {line}, column {column}: {problem}")
    if note not in tree.notes:
        tree.notes.append(note)
