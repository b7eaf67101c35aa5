"""Change single values of a state file in place, and show it as a patch: comments and layout stay."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from desired_state.limits import TWINS

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNITS = ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "k"))


def patch(text: str, path: str, name: str, namespace: str, values: Mapping[str, float]) -> str:
    """Return a unified diff that sets limits of one container of a state file; "" where its place isn't found.

    Args:
        text: the file.
        path: how it is called in the diff.
        name: the container resource, in its namespace.
        namespace: "default" also stands for none.
        values: the spec's own fields (`mem_limit`) and what they are to be.
    """
    try:
        spec = _spec_of(text, name, namespace)
    except yaml.YAMLError:
        return ""
    if spec is None or not spec.value:
        return ""
    edits = [_edit(spec, field, value) for field, value in values.items()]
    after = text
    for start, end, new in sorted(edits, key=lambda one: -one[0]):
        after = after[:start] + new + after[end:]
    lines = (text.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(difflib.unified_diff(*lines, f"a/{path}", f"b/{path}"))


def written(field: str, value: float) -> str:
    """Return a limit as people write it: `192M`, `0.4`."""
    if field not in ("mem_limit", "mem_reservation", "memswap_limit"):
        return f"{value:g}"
    return next(
        (f"{value // size:.0f}{unit}" for size, unit in _UNITS if value >= size and value % size == 0), f"{value:.0f}"
    )


def _edit(spec: yaml.MappingNode, field: str, value: float) -> tuple[int, int, str]:
    new = written(field, value)
    for path in (TWINS.get(field, ()), (field,)):
        node = _at(spec, path) if path else None
        if isinstance(node, yaml.ScalarNode):
            return node.start_mark.index, node.end_mark.index, new
    first = spec.value[0][0].start_mark
    if spec.flow_style:
        return first.index, first.index, f"{field}: {new}, "
    return first.index, first.index, f"{field}: {new}\n{' ' * first.column}"


def _spec_of(text: str, name: str, namespace: str) -> yaml.MappingNode | None:
    for document in yaml.compose_all(text, Loader=_LOADER):
        kind, named = _text(_at(document, ("kind",))), _text(_at(document, ("metadata", "name")))
        there = _text(_at(document, ("metadata", "namespace"))) or "default"
        if (kind, named, there) == ("Container", name, namespace):
            spec = _at(document, ("spec",))
            return spec if isinstance(spec, yaml.MappingNode) else None
        service = _at(document, ("services", name))
        if isinstance(service, yaml.MappingNode):
            return service
    return None


def _at(node: yaml.Node | None, path: Sequence[str]) -> yaml.Node | None:
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if _text(key) == part), None)
    return node


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""
