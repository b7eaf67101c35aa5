"""Field paths to places in the text."""

from desired_state.misfits import Path
from desired_state.problems import Place
from desired_state.yaml_tree import Node


def trace(node: Node, path: Path) -> tuple[Node, Path]:
    """Return the node a path leads to and the part of the path that the text has.

    Steps that the text does not have are passed over: a field that is missing, or one that a short
    form implies. In a list of short forms a name finds its entry (`A` finds `A=1`).
    """
    found: list[str | int] = []
    for step in path:
        child = _child(node, step)
        if child is not None:
            node = child
            found.append(step)
    return node, tuple(found)


def _child(node: Node, step: str | int) -> Node | None:
    match node.value:
        case dict() as children:
            return children.get(str(step))
        case list() as items if isinstance(step, int):
            return items[step] if step < len(items) else None
        case list() as items:
            return next((item for item in items if _is_entry_of(item.value, str(step))), None)
    return None


def _is_entry_of(value: object, name: str) -> bool:
    return isinstance(value, str) and (value == name or value.startswith((f"{name}=", f"{name}:")))


def place_of(node: Node) -> Place:
    """Return where a node's value stands."""
    return Place(node.file, node.line, node.column)


def shown(path: Path) -> str:
    """Return a path as people write it: `ports[0].target`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
