"""Merge a part of a Compose file over another, by the specification's rules for several files and for `extends`."""

from collections.abc import Callable, Mapping

from desired_state.short_ports import ports
from desired_state.yaml_tree import Node

Key = Callable[[Node], object]

RESET, OVERRIDE = "!reset", "!override"
TAGS = frozenset({RESET, OVERRIDE})

# The later file's list holds, whole.
_REPLACED = frozenset({"command", "entrypoint", "test"})
# A list of NAME=value, or of names, is another way to write a map.
_ASSIGNMENTS = frozenset(
    {"environment", "labels", "annotations", "args", "sysctls", "extra_hosts", "additional_contexts"}
)
_NAMES = frozenset({"depends_on", "networks", "models"})
# A string is another way to write a list of one.
_WORDS = frozenset({"env_file", "tmpfs", "dns", "dns_search", "label_file"})


def merged(base: Node, over: Node, name: str = "") -> Node:
    """Return `over` merged over `base`; `name` is the attribute that both are."""
    if over.tag == OVERRIDE or over.value is None:
        return base if over.value is None and over.tag != OVERRIDE else _plain(over)
    left, right = _canonical(base, name), _canonical(over, name)
    if isinstance(left.value, dict) and isinstance(right.value, dict):
        return _merged_maps(right, left.value, right.value, name)
    if isinstance(left.value, list) and isinstance(right.value, list) and name not in _REPLACED:
        return _with(right, _merged_lists(left.value, right.value, name))
    return right


def without_tags(node: Node) -> Node:
    """Return a tree in which what is to be reset is gone."""
    if isinstance(node.value, dict):
        kept = {name: without_tags(child) for name, child in node.value.items() if child.tag != RESET}
        return _with(node, kept)
    if isinstance(node.value, list):
        return _with(node, [without_tags(child) for child in node.value if child.tag != RESET])
    return _plain(node)


def _merged_maps(over: Node, left: Mapping[str, Node], right: Mapping[str, Node], name: str) -> Node:
    if name == "logging" and "driver" in left and "driver" in right and left["driver"].value != right["driver"].value:
        return over
    result = dict(left)
    for key, child in right.items():
        if child.tag == RESET:
            result.pop(key, None)
        else:
            result[key] = merged(result[key], child, key) if key in result else _plain(child)
    return _with(over, result)


def _merged_lists(left: list[Node], right: list[Node], name: str) -> list[Node]:
    key = _KEYS.get(name, _written)
    places: dict[object, Node] = {}
    for node in (*left, *right):
        known = places.get(key(node))
        maps = known is not None and isinstance(known.value, dict) and isinstance(node.value, dict)
        places[key(node)] = merged(known, node, "") if known is not None and maps else node
    return list(places.values())


def _written(node: Node) -> object:
    return node.value if not isinstance(node.value, dict | list) else id(node)


def _target(node: Node) -> object:
    """Return where a mount is in the container."""
    if isinstance(node.value, dict):
        target = node.value.get("target")
        return str(target.value) if target else id(node)
    parts = str(node.value).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _port(node: Node) -> object:
    given = {name: child.value for name, child in node.value.items()} if isinstance(node.value, dict) else node.value
    try:
        [first, *_] = ports([given])
    except ValueError:
        return id(node)
    parts = [str(first.get(part) or "") for part in ("host_ip", "target", "published")]
    return (*parts, str(first.get("protocol") or "tcp"))


def _reference(node: Node) -> object:
    """Return which file of the container a config or secret is."""
    if isinstance(node.value, dict):
        child = node.value.get("target") or node.value.get("source")
        return str(child.value) if child else id(node)
    return str(node.value)


_KEYS: Mapping[str, Key] = {
    "volumes": _target,
    "ports": _port,
    "configs": _reference,
    "secrets": _reference,
    "devices": _target,
}


def _canonical(node: Node, name: str) -> Node:
    if name in _WORDS and isinstance(node.value, str):
        return _with(node, [node])
    if not isinstance(node.value, list):
        return node
    if name in _ASSIGNMENTS:
        return _with(node, dict(_assignment(item, name) for item in node.value))
    if name in _NAMES and all(isinstance(item.value, str) for item in node.value):
        return _with(node, {str(item.value): _empty(item, name) for item in node.value})
    return node


def _assignment(item: Node, name: str) -> tuple[str, Node]:
    text = str(item.value)
    separator = ":" if name == "extra_hosts" and "=" not in text else "="
    key, equals, value = text.partition(separator)
    node = Node(value if equals else None, item.line, item.column, item.file)
    return key, node


def _empty(item: Node, name: str) -> Node:
    started = {"condition": Node("service_started", item.line, item.column, item.file)}
    return Node(dict(started) if name == "depends_on" else None, item.line, item.column, item.file)


def _plain(node: Node) -> Node:
    return _with(node, node.value) if node.tag else node


def _with(node: Node, value: "dict[str, Node] | list[Node] | object") -> Node:
    copy = Node(value, node.line, node.column, node.file)  # type: ignore[arg-type]  # a value of a node
    copy.key_line, copy.key_column = node.key_line, node.key_column
    return copy
