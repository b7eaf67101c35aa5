"""One service of a Compose file as the spec of a Container, and of the Image that it builds."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from desired_state.compose.files import Findings
from desired_state.compose.vocabulary import DEPLOY_IGNORED, IGNORED, REFUSED
from desired_state.yaml_tree import Node

_NEVER = "never"


@dataclass(frozen=True, slots=True)
class Service:
    """The specs of a service, as trees that know their places; `image` is None when it builds none."""

    spec: Node
    image: Node | None = None


def service(name: str, node: Node, jobs: Collection[str], findings: Findings) -> Service | None:
    """Return what a service amounts to, None when it can't be one.

    Args:
        name: the service's.
        node: the service, merged and filled in.
        jobs: services that others wait for to complete: they end, and are not to be started again.
        findings: takes what is wrong, and what is left out.
    """
    if not isinstance(node.value, dict):
        findings.refuse(node, f'service "{name}" must be a map of attributes')
        return None
    attributes = dict(_kept(name, node.value, findings))
    if "image" not in attributes and attributes.get("build", _at(node, {})).value in (None, {}):
        findings.refuse(_at_key(node), f'service "{name}" has neither an image nor a build')
        return None
    image = _image(name, attributes)
    if "deploy" in attributes:
        attributes["deploy"] = _deploy(name, attributes["deploy"], findings)
    if name in jobs and "restart" not in attributes and not _says_restart(attributes):
        attributes["restart"] = _at(node, _NEVER)
    return Service(_at(node, attributes), image)


def enabled(node: Node, profiles: Collection[str]) -> bool:
    """Return whether a service is wanted with these profiles; one without any always is."""
    listed = node.value.get("profiles") if isinstance(node.value, dict) else None
    names = {str(one.value) for one in listed.value} if listed and isinstance(listed.value, list) else set()
    return not names or "*" in profiles or not names.isdisjoint(profiles)


def jobs_of(services: dict[str, Node]) -> frozenset[str]:
    """Return the services that others wait for to complete."""
    return frozenset(name for node in services.values() for name in _awaited(node))


def _awaited(node: Node) -> Iterator[str]:
    needed = node.value.get("depends_on") if isinstance(node.value, dict) else None
    for name, dependency in needed.value.items() if needed and isinstance(needed.value, dict) else ():
        condition = dependency.value.get("condition") if isinstance(dependency.value, dict) else None
        if condition is not None and condition.value == "service_completed_successfully":
            yield name


def _kept(name: str, attributes: dict[str, Node], findings: Findings) -> Iterator[tuple[str, Node]]:
    for attribute, node in attributes.items():
        if attribute.startswith("x-") or attribute == "profiles":
            continue
        if attribute in REFUSED:
            findings.refuse(_at_key(node), f'service "{name}": {attribute} is not supported: {REFUSED[attribute]}')
        elif attribute in IGNORED:
            findings.warn(_at_key(node), f'service "{name}": {attribute} is left out: {IGNORED[attribute]}')
        else:
            yield attribute, node


def _image(name: str, attributes: dict[str, Node]) -> Node | None:
    """Take `build` out of the attributes, put a reference to the Image resource there, and return its spec."""
    build = attributes.pop("build", None)
    if build is None or build.value is None:
        return None
    spec = {"build": _build(build)}
    if image := attributes.pop("image", None):
        spec["reference"] = image
    attributes.pop("pull_policy", None)
    attributes["image"] = _at(build, {"resource": _at(build, name)})
    return _at(build, spec)


def _build(node: Node) -> Node:
    if not isinstance(node.value, dict):
        return node
    parts = {part: child for part, child in node.value.items() if not part.startswith("x-")}
    return _at(node, {"context": _at(node, "."), **parts})


def _deploy(name: str, node: Node, findings: Findings) -> Node:
    if not isinstance(node.value, dict):
        return node
    kept = {}
    for part, child in node.value.items():
        if part in DEPLOY_IGNORED:
            why = DEPLOY_IGNORED[part]
            findings.warn(_at_key(child), f'service "{name}": deploy.{part} is left out: {why}')
        elif not part.startswith("x-"):
            kept[part] = child
    return _at(node, kept)


def _says_restart(attributes: dict[str, Node]) -> bool:
    deploy = attributes.get("deploy")
    return deploy is not None and isinstance(deploy.value, dict) and "restart_policy" in deploy.value


def _at(node: Node, value: "str | dict[str, Node]") -> Node:
    return Node(value, node.line, node.column, node.file)


def _at_key(node: Node) -> Node:
    return Node(node.value, node.key_line, node.key_column, node.file)
