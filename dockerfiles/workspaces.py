"""Which folders belong together, as workspaces declare it: those of npm, pnpm, yarn and bun, Nx, Lerna, Rush."""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from dockerfiles import lenient_json
from dockerfiles.tree import Tree

MAX_MEMBERS = 200
MAX_DEPTH = 4
_NX_ROOT = "nx.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: the tree of its root, the folders of its members there, and the file that declares them."""

    tree: Tree
    members: tuple[str, ...]
    file: str

    def named(self) -> dict[str, str]:
        """Return the members' folders by the names of their packages."""
        names: dict[str, str] = {}
        for member in self.members:
            manifest = _json(self.tree.at(member), "package.json")
            if isinstance(name := manifest.get("name"), str):
                names.setdefault(name, member)
        return names


def workspace_of(tree: Tree) -> Workspace | None:
    """Return the workspace that a folder is a member of, None when it is no member, or is the root itself."""
    if not tree.prefix or tree.project is tree:
        return None
    above = PurePosixPath(tree.prefix).parents
    for folder in map(str, above):
        root = tree.project.at("" if folder == "." else folder)
        found = declared(root)
        if found and tree.prefix in {root.whole(member) for member in found.members}:
            return found
    return None


def declared(tree: Tree) -> Workspace | None:
    """Return the workspace whose root is the root of a tree, None when none is declared there."""
    for file, patterns in _declarations(tree):
        if members := tuple(_matching(tree, patterns)):
            return Workspace(tree, members, file)
    if tree.has(_NX_ROOT):
        members = tuple(sorted({_folder(path) for path in tree.named("project.json") if "/" in path})[:MAX_MEMBERS])
        return Workspace(tree, members, _NX_ROOT) if members else None
    return None


def _declarations(tree: Tree) -> Iterator[tuple[str, list[str]]]:
    if text := tree.text("pnpm-workspace.yaml"):
        yield "pnpm-workspace.yaml", list(_listed(text.content, "packages"))
    manifest = _json(tree, "package.json")
    listed = manifest.get("workspaces")
    if isinstance(listed, dict):
        listed = listed.get("packages")
    if patterns := _texts(listed):
        yield "package.json", patterns
    lerna = _json(tree, "lerna.json")
    if lerna:
        yield "lerna.json", _texts(lerna.get("packages")) or ["packages/*"]
    projects = _json(tree, "rush.json").get("projects")
    if isinstance(projects, list):
        yield "rush.json", _texts([one.get("projectFolder") for one in projects if isinstance(one, dict)])


def _listed(content: str, key: str) -> Iterator[str]:
    """Yield the items of a list in a YAML file of pnpm's kind: one below the other, or in brackets."""
    inside = False
    for line in content.split("\n"):
        bare = line.split(" #")[0].rstrip()
        if found := re.match(rf"^{key}:\s*(.*)$", bare):
            inside = True
            yield from re.findall(r"['\"]?([^'\"\[\],\s]+)['\"]?", found[1])
        elif inside and (item := re.match(r"^\s*-\s*['\"]?([^'\"]+?)['\"]?\s*$", bare)):
            yield item[1]
        elif bare and not bare.lstrip().startswith("#"):
            inside = False


def _matching(tree: Tree, patterns: Iterable[str]) -> Iterator[str]:
    """Yield the folders with a manifest that the patterns mean, those that a `!` takes out again left away."""
    wanted = [_tidy(pattern) for pattern in patterns if not pattern.startswith("!")]
    out = [_tidy(pattern[1:]) for pattern in patterns if pattern.startswith("!")]
    folders = sorted({_folder(path) for path in tree.named("package.json") if "/" in path})
    count = 0
    for folder in folders:
        if any(_fits(pattern, folder) for pattern in wanted) and not any(_fits(pattern, folder) for pattern in out):
            count += 1
            if count > MAX_MEMBERS:
                return
            yield folder


def _tidy(pattern: str) -> str:
    return pattern.removeprefix("./").strip().rstrip("/")


def _fits(pattern: str, folder: str) -> bool:
    """`*` stands for one folder, `**` for any number of them."""
    parts, wanted = folder.split("/"), pattern.split("/")
    return _parts_fit(wanted, parts)


def _parts_fit(wanted: list[str], parts: list[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_parts_fit(wanted[1:], parts[count:]) for count in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[0]) and _parts_fit(wanted[1:], parts[1:])


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _json(tree: Tree, path: str) -> dict[str, Any]:
    text = tree.text(path)
    if text is None:
        return {}
    try:
        value = lenient_json.parse(text).value
    except lenient_json.Malformed:
        return {}  # whoever reads the manifest itself says so
    return value if isinstance(value, dict) else {}
