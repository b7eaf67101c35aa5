"""The networks, volumes, configs and secrets of a Compose file as specs of their kinds."""

from collections.abc import Callable

from desired_state.compose.files import Findings
from desired_state.yaml_tree import Node

_SWARM = "Swarm keeps it, and Ergon has no way to it; name a file or an environment variable"


def network(name: str, node: Node, findings: Findings) -> Node | None:
    """Return the spec of a network."""
    return _named(name, node, findings)


def volume(name: str, node: Node, findings: Findings) -> Node | None:
    """Return the spec of a volume."""
    return _named(name, node, findings)


def config(name: str, node: Node, findings: Findings) -> Node | None:
    """Return the spec of a config."""
    return _content(name, node, findings)


def secret(name: str, node: Node, findings: Findings) -> Node | None:
    """Return the spec of a secret; Compose's `environment` is the name of a variable, as Ergon's `env` is."""
    spec = _content(name, node, findings)
    if spec is None or not isinstance(spec.value, dict):
        return spec
    return _at(node, {{"environment": "env"}.get(part, part): child for part, child in spec.value.items()})


PARTS: dict[str, tuple[str, Callable[[str, Node, Findings], Node | None]]] = {
    "networks": ("Network", network),
    "volumes": ("Volume", volume),
    "configs": ("Config", config),
    "secrets": ("Secret", secret),
}


def _named(name: str, node: Node, findings: Findings) -> Node | None:
    if not isinstance(node.value, dict):
        return _empty_or_refused(name, node, findings)
    parts = {part: child for part, child in node.value.items() if not part.startswith("x-")}
    external = parts.get("external")
    if external is not None and isinstance(external.value, dict):
        # The form of old files: external: {name: X}.
        named = external.value.get("name")
        parts |= {"external": _at(external, True)} | ({"name": named} if named else {})
    return _at(node, parts)


def _content(name: str, node: Node, findings: Findings) -> Node | None:
    if not isinstance(node.value, dict):
        return _empty_or_refused(name, node, findings)
    parts = {part: child for part, child in node.value.items() if not part.startswith("x-")}
    for part in ("external", "driver", "template_driver"):
        child = parts.pop(part, None)
        if child is not None and child.value is not False:
            findings.refuse(child, f'"{name}": {part} is not supported: {_SWARM}')
            return None
    for part in ("name", "labels", "driver_opts"):
        if child := parts.pop(part, None):
            findings.warn(child, f'"{name}": {part} is left out: it becomes a file, which has none')
    return _at(node, parts)


def _empty_or_refused(name: str, node: Node, findings: Findings) -> Node | None:
    if node.value is None:
        return _at(node, {})
    findings.refuse(node, f'"{name}" must be a map of attributes')
    return None


def _at(node: Node, value: "bool | dict[str, Node]") -> Node:
    return Node(value, node.line, node.column, node.file)
