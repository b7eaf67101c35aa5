"""The programs of a module: its main packages, and which of them is the application."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dockerfiles.analysis import Choice
from dockerfiles.language import Wishes
from dockerfiles.sources import Hit, first, search, sources
from dockerfiles.tree import Text, Tree

_MAIN = re.compile(r"^func\s+main\s*\(\s*\)", re.MULTILINE)
_PACKAGE = re.compile(r"^package\s+main\b", re.MULTILINE)
_IGNORED = re.compile(r"^//\s*(?:go:build\s+(?:ignore|tools)|\+build\s+(?:ignore|tools))\b", re.MULTILINE)
# Programs that serve development: they are run by hand, not by an image.
_TOOLS = frozenset({"hack", "tools", "tool", "scripts", "script", "internal", "build", "ci", "gen", "e2e", "_examples"})
_LISTENS = re.compile(r"ListenAndServe|\.Listen\(|net\.Listen\(|\.Run\(|\.Start\(\":|\.Serve\(")


@dataclass(frozen=True, slots=True)
class Program:
    """A main package: its folder ("" for the root) and where its `func main` is."""

    folder: str
    hit: Hit

    @property
    def package(self) -> str:
        """Return the package as `go build` takes it."""
        return f"./{self.folder}" if self.folder else "."


def code(tree: Tree) -> tuple[Text, ...]:
    """Return the Go code that goes into programs, comments blanked."""
    return sources(tree, ".go", style="c", tests=r"_test\.go$", within=frozenset({"bin", "log"}))


def found(tree: Tree) -> tuple[Program, ...]:
    """Return the main packages, those nearest to the root first."""
    programs: dict[str, Program] = {}
    for text in code(tree):
        path = text.path.removeprefix(f"{tree.prefix}/") if tree.prefix else text.path
        folder = str(PurePosixPath(path).parent).removeprefix(".")
        if folder in programs or not _PACKAGE.search(text.content) or _hidden(folder):
            continue
        main = first((text,), _MAIN)
        if main is not None and not _ignored(tree, path):
            programs[folder] = Program(folder, main)
    return tuple(programs.values())


def chosen(tree: Tree, name: str, wishes: Wishes) -> tuple[Program | None, tuple[Choice, ...]]:
    """Return the program that is the application, and the candidates when nothing decides between them.

    What decides, in this order: the user, the root, cmd/NAME with the module's name, the only one, the only server.
    """
    programs = found(tree)
    wished = wishes.chosen.get("main", "").removeprefix("./").strip("/.")
    if "main" in wishes.chosen:
        if named := [one for one in programs if wished in {one.folder, PurePosixPath(one.folder).name}]:
            return named[0], ()
    elif root := [one for one in programs if not one.folder]:
        return root[0], ()
    candidates = [one for one in programs if not _TOOLS & set(PurePosixPath(one.folder).parts)] or list(programs)
    for fits in (
        [one for one in candidates if PurePosixPath(one.folder).name in {name, tree.name}],
        candidates,
        [one for one in candidates if _serves(tree, one)],
    ):
        if len(fits) == 1:
            return fits[0], ()
    choices = tuple(Choice("main", one.package, f"--choose main={one.package}", one.hit.source) for one in candidates)
    return (candidates[0] if candidates else None), choices


def imports(texts: Sequence[Text]) -> set[str]:
    """Return the paths that the code imports."""
    blocks = search(texts, r"^import\s*\(([^)]*)\)")
    single = (hit.groups[0] for hit in search(texts, r'^import\s+(?:[\w.]+\s+)?"([^"]+)"'))
    return {path for block in blocks for path in re.findall(r'"([^"]+)"', block.groups[0])} | set(single)


def _hidden(folder: str) -> bool:
    return any(part.startswith(("_", ".")) for part in PurePosixPath(folder).parts)


def _ignored(tree: Tree, path: str) -> bool:
    text = tree.text(path)
    return text is not None and bool(_IGNORED.search(text.content.partition("package ")[0]))


def _serves(tree: Tree, program: Program) -> bool:
    return first(code(tree.at(program.folder)), _LISTENS) is not None
