"""Relative paths of a service that comes from another folder, as they are seen from the project's."""

import os.path
from pathlib import Path

from desired_state.yaml_tree import Node


def rebased(service: Node, folder: Path, project: Path) -> Node:
    """Return a service whose relative paths, relative to `folder`, are whole."""
    if folder.absolute() == project.absolute() or not isinstance(service.value, dict):
        return service
    return _changed(service, {name: _attribute(name, child, folder) for name, child in service.value.items()})


def _attribute(name: str, node: Node, folder: Path) -> Node:
    match name, node.value:
        case "build", str():
            return _changed(node, _whole(str(node.value), folder))
        case "build", dict() as parts:
            return _changed(node, {key: _if(key == "context", child, folder) for key, child in parts.items()})
        case "env_file", str():
            return _changed(node, _whole(str(node.value), folder))
        case "env_file", list() as files:
            return _changed(node, [_env_file(one, folder) for one in files])
        case "volumes", list() as mounts:
            return _changed(node, [_mount(one, folder) for one in mounts])
    return node


def _env_file(node: Node, folder: Path) -> Node:
    if isinstance(node.value, dict):
        return _changed(node, {key: _if(key == "path", child, folder) for key, child in node.value.items()})
    return _changed(node, _whole(str(node.value), folder))


def _mount(node: Node, folder: Path) -> Node:
    if isinstance(node.value, dict):
        kind = node.value.get("type")
        is_bind = kind is not None and kind.value == "bind"
        return _changed(node, {key: _if(is_bind and key == "source", one, folder) for key, one in node.value.items()})
    source, colon, rest = str(node.value).partition(":")
    return _changed(node, _whole(source, folder) + colon + rest) if colon and source.startswith(".") else node


def _if(wanted: bool, node: Node, folder: Path) -> Node:
    return _changed(node, _whole(node.value, folder)) if wanted and isinstance(node.value, str) else node


def _whole(path: str, folder: Path) -> str:
    if path.startswith(("/", "~")) or "://" in path:
        return path
    return os.path.normpath(folder.absolute() / path)


def _changed(node: Node, value: "str | dict[str, Node] | list[Node]") -> Node:
    copy = Node(value, node.line, node.column, node.file)
    copy.key_line, copy.key_column, copy.tag = node.key_line, node.key_column, node.tag
    return copy
