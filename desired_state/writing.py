"""Documents as the text of a state file: compact YAML that loads as exactly what it was, with comments."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from desired_state.key import DEFAULT_NAMESPACE
from desired_state.problems import printable
from desired_state.shortening import shortened

Document = Mapping[str, Any]
# Remarks by the field of the spec that they are about; "" for the document as a whole.
Remarks = Mapping[str, Sequence[str]]

_WIDTH = 100


def state_text(documents: Iterable[tuple[Document, Remarks]], *, short: bool = False) -> str:
    """Return the text of these documents; short forms where there are some, dollar signs doubled.

    `short`: containers are in the short forms of people already.
    """
    return "---\n".join(document_text(document, remarks, short=short) for document, remarks in documents)


def document_text(document: Document, remarks: Remarks, *, short: bool = False) -> str:
    """Return the text of one document."""
    lines = [*commented(remarks.get("", ()), ""), field_text({"apiVersion": document["apiVersion"]})]
    lines += [field_text({"kind": document["kind"]}), field_text({"metadata": _metadata(document["metadata"])})]
    spec = document.get("spec") or {}
    fields = shortened(spec) if document["kind"] == "Container" and not short else spec
    if fields:
        lines.append("spec:\n")
    for name, value in fields.items():
        lines += commented(remarks.get(name, ()), "  ")
        lines += [f"  {line}\n" for line in field_text({name: value}).splitlines()]
    for name, texts in remarks.items():
        if name and name not in fields:
            lines += commented([f"{name}: {text}" for text in texts], "  ")
    return "".join(lines)


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if value not in ({}, None)}
    if kept.get("namespace") == DEFAULT_NAMESPACE:
        del kept["namespace"]
    return kept


class _Representer(yaml.representer.SafeRepresenter):
    """Small maps and lists stay in one line; what occurs twice is written twice."""

    def __init__(self) -> None:
        super().__init__(sort_keys=False)
        # The library's own word for "flow what holds scalars only", which its types don't know.
        self.default_flow_style: bool | None = None  # type: ignore[assignment]

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's own signature
        return True


def field_text(field: Mapping[str, Any], levels: int = 1) -> str:
    """Return the text of one field; the members of so many levels stand below each other."""
    root = _Representer().represent_data(_escaped(field))
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - a map was given
    root.flow_style = False
    [(name, value)] = root.value
    if name.value != "metadata":
        _spread(value, levels)
    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper, width=_WIDTH, allow_unicode=False)
    return text


def _spread(node: yaml.Node, levels: int) -> None:
    """Put the members of a map below each other, and those of its members, so many levels deep."""
    if levels and isinstance(node, yaml.MappingNode) and node.value:
        node.flow_style = False
        for _, member in node.value:
            _spread(member, levels - 1)


def _escaped(value: Any) -> Any:
    """Return a value in which no dollar sign begins a variable."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {name: _escaped(item) for name, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list | tuple) else value


def commented(texts: Iterable[str], indent: str) -> list[str]:
    """Return texts as comment lines."""
    return [f"{indent}# {printable(text)}\n" for text in texts]
