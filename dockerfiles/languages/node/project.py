"""A Node project as it is read once and then asked by all: its manifest, its programs, the workspace around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from dockerfiles import lenient_json, manifests
from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import Token, end_of_group, entries, is_mark, text_of
from dockerfiles.languages.node.managers import Manager, manager
from dockerfiles.languages.node.manifest import Manifest, read
from dockerfiles.languages.node.nx import NxProject, nx_project
from dockerfiles.tree import Tree
from dockerfiles.workspaces import Workspace, workspace_of

_COMPILED = (
    "dist",
    "build",
    "lib",
    "out",
    "output",
    ".build",
    "compiled",
    "dist-server",
    "bundle",
    "server-dist",
    "js",
)
_CONFIGURATIONS = (".ts", ".js", ".mjs", ".cjs", ".mts", ".cts")


@lru_cache(maxsize=2)
def project_of(tree: Tree) -> "Project":
    """Return the project at the root of a tree; analysis and recipe ask for the same one, one after the other."""
    return Project(tree)


@dataclass(frozen=True)
class Project:
    """One application: its tree, and everything about it that more than one question needs."""

    tree: Tree

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest; of a project of Nx without one, that of its workspace without what that runs itself."""
        if self.nx is None:
            return read(self.tree)
        return replace(read(self.home), name=self.nx.name, scripts={}, main="", module="", bins={}, workspaces=())

    @cached_property
    def nx(self) -> NxProject | None:
        return nx_project(self.tree) if self.workspace else None

    @property
    def below(self) -> str:
        """The folder in its workspace in which an application runs, "" when that is the root."""
        if self.workspace is None or self.nx:
            return ""
        return self.tree.prefix.removeprefix(self.home.prefix).strip("/")

    @cached_property
    def workspace(self) -> Workspace | None:
        """The workspace of a package manager that this application is a member of."""
        return workspace_of(self.tree)

    @cached_property
    def home(self) -> Tree:
        """The tree in which packages are installed: the workspace's, or the application's own."""
        return self.workspace.tree if self.workspace else self.tree

    @cached_property
    def manager(self) -> Manager:
        return manager(self.home, self.root_manifest)

    @cached_property
    def root_manifest(self) -> Manifest:
        return read(self.home) if self.workspace else self.manifest

    @cached_property
    def code(self) -> Code:
        return Code(self.tree)

    @cached_property
    def declared(self) -> manifests.Declared:
        """What platform files say about the start."""
        return manifests.declared(self.tree)

    def has(self, *packages: str) -> bool:
        return self.manifest.has(*packages)

    def configuration(self, *stems: str) -> str | None:
        """Return the first configuration file of one of these names (`vite.config`), whatever its suffix."""
        return self.tree.first(*(f"{stem}{suffix}" for stem in stems for suffix in _CONFIGURATIONS))

    def setting(self, path: str | None, *keys: str) -> str | None:
        """Return the text that a configuration program gives for a key of nested objects, None when it gives none."""
        if path is None:
            return None
        found = _value(self.code.tokens(path), keys)
        return next((text for token in found if (text := text_of(token)) is not None), None)

    def mentions(self, path: str | None, key: str, *texts: str) -> bool:
        """Return whether one of these words is in what a configuration gives for a key, be it on a condition."""
        if path is None:
            return False
        return any(token.text in texts for token in _value(self.code.tokens(path), (key,)))

    def source_of(self, path: str) -> str | None:
        """Return the source of a program: itself, or what a build makes it from (`dist/main.js` of `src/main.ts`)."""
        path = path.removeprefix("./")
        first, _, rest = path.partition("/")
        stem = re.sub(r"\.[cm]?js$", "", rest)
        if not rest or first not in {*_COMPILED, self.compiled_to}:
            return self.code.program(path)
        if found := self.code.program(path):
            return found
        # Nx and Nest put what they build below the folder of an application.
        short = stem.partition("/")[2].partition("/")[2]
        candidates = (f"src/{stem}", stem, f"server/{stem}", f"app/{stem}", f"src/{stem.rpartition('/')[2]}")
        nested = (f"{stem}", f"src/{short}") if short else ()
        return next((found for name in (*candidates, *nested) if (found := self.code.program(name))), None)

    def compiled(self, path: str) -> str:
        """Return the path to which TypeScript compiles a source."""
        path = path.removeprefix("./")
        stem = re.sub(r"\.[cm]?tsx?$", "", path)
        ending = {"mts": ".mjs", "cts": ".cjs"}.get(path.rpartition(".")[2], ".js")
        out = self.compiled_to or "dist"
        root = self.compiled_from
        return f"{out}/{stem.removeprefix(f'{root}/') if root else stem}{ending}"

    @cached_property
    def compiler_options(self) -> dict[str, object]:
        """The compiler's options, those of the file that it extends included."""
        options: dict[str, object] = {}
        path: str | None = self.tree.first("tsconfig.build.json", "tsconfig.json", "tsconfig.server.json")
        for _ in range(3):
            text = self.tree.text(path) if path else None
            if text is None:
                break
            try:
                whole = lenient_json.parse(text).value
            except lenient_json.Malformed:
                break
            if not isinstance(whole, dict):
                break
            own = whole.get("compilerOptions")
            options = {**(own if isinstance(own, dict) else {}), **options}
            extended = whole.get("extends")
            path = extended.removeprefix("./") if isinstance(extended, str) and extended.startswith("./") else None
        return options

    @property
    def compiled_to(self) -> str:
        """The folder into which TypeScript compiles, "" when it does not say."""
        out = self.compiler_options.get("outDir")
        return out.removeprefix("./").strip("/") if isinstance(out, str) else ""

    @property
    def compiled_from(self) -> str:
        """The folder that is left out of what is compiled: the one that holds all sources."""
        root = self.compiler_options.get("rootDir")
        if isinstance(root, str):
            return root.removeprefix("./").strip("/").removeprefix(".")
        typed = [path for path in self.code.files if path.endswith((".ts", ".tsx", ".mts"))]
        folders = {path.partition("/")[0] if "/" in path else "" for path in typed}
        return folders.pop() if len(folders) == 1 else ""

    def is_compiled(self, path: str) -> bool:
        """Return whether a path lies where builds put what they make."""
        first = path.removeprefix("./").partition("/")[0]
        return first in {*_COMPILED, self.compiled_to, ".output", ".next", ".nuxt", ".svelte-kit"} and "/" in path


def _value(found: Sequence[Token], keys: Sequence[str]) -> Sequence[Token]:
    """Return the tokens of the value that nested keys lead to, where the first of them may stand anywhere."""
    for at in range(len(found) - 2):
        if found[at].text != keys[0] or found[at].kind not in {"name", "text"} or not is_mark(found, at + 1, ":"):
            continue
        if len(keys) == 1:
            return _expression(found, at + 2)
        place = at + 2
        for key in keys[1:]:
            if not is_mark(found, place, "{") or key not in (inside := entries(found, place)):
                place = -1
                break
            place = inside[key][0]
        if place >= 0:
            return _expression(found, place)
    return ()


def _expression(found: Sequence[Token], start: int) -> Sequence[Token]:
    at = start
    while at < len(found) and not is_mark(found, at, ",", "}", "]", ")", ";"):
        at = end_of_group(found, at) if is_mark(found, at, "(", "[", "{") else at
        at += 1
    return found[start:at]
