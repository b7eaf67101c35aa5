"""Projects of Nx without a manifest of their own: `project.json` says what they are, the workspace what they need."""

from dataclasses import dataclass
from typing import Any

from dockerfiles import lenient_json
from dockerfiles.tree import Tree

FILE = "project.json"
_PAGES = ("index.html", "src/index.html", "public/index.html")


@dataclass(frozen=True, slots=True)
class NxProject:
    """One project: its name, what builds it, where that ends (from the root of the workspace), and its first source."""

    name: str
    library: bool
    executor: str
    output: str
    main: str
    page: bool


def nx_project(tree: Tree) -> NxProject | None:
    """Return the project at the root of a tree, None when it has a manifest of its own or is none of Nx."""
    text = None if tree.has("package.json") or not tree.prefix else tree.text(FILE)
    if text is None:
        return None
    try:
        whole = lenient_json.parse(text).value
    except lenient_json.Malformed:
        return None
    if not isinstance(whole, dict):
        return None
    build = _below(whole, "targets", "build")
    options = _below(build, "options")
    name = _word(whole, "name") or tree.name
    return NxProject(
        name,
        library=_word(whole, "projectType") == "library" or name.endswith("-e2e"),
        executor=_word(build, "executor"),
        output=_word(options, "outputPath") or f"dist/{tree.prefix}",
        main=_word(options, "main").removeprefix(f"{tree.prefix}/") or "src/main.ts",
        page=tree.first(*_PAGES) is not None,
    )


def _below(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _word(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
