"""A project's own programs: which files they are, their tokens, and what they import."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from dockerfiles.languages.node.javascript import Token, tokens
from dockerfiles.tree import Tree

SUFFIXES = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs", ".tsx", ".jsx", ".vue", ".svelte", ".astro")
MAX_SOURCES = 300
MAX_CODE_BYTES = 800_000

# What is not part of the program that runs: tests, tools for developers, what was built or copied in.
_ASIDE = frozenset(
    {
        *("test", "tests", "__tests__", "__mocks__", "__fixtures__", "fixtures", "spec", "specs", "e2e", "cypress"),
        *("playwright", "stories", ".storybook", ".github", "docs", "examples", "example", "benchmark", "benchmarks"),
        *("dist", "build", "out", "public", "static", "assets", "vendor", "coverage", "tmp", "scripts", "tools"),
        *("seed", "seeds", "seeders", "migrations", "mocks", ".yarn", "supabase", "wwwroot", "third_party", "website"),
    }
)
_NOT_RUN = re.compile(
    r"\.(?:test|spec|e2e|e2e-spec|stories|story|cy|bench|min|d)\.[a-z]+$|"
    r"(?:^|/)(?:\.[\w-]+rc|jest|vitest|karma|playwright|cypress|eslint|prettier|babel|postcss|tailwind|commitlint|"
    r"stylelint|lint-staged|rollup|webpack|webpack\.\w+|vite|gulpfile|gruntfile|gruntFile|Gruntfile|next|nuxt|svelte|"
    r"astro|vue|metro|tsup|esbuild|craco|drizzle|release|protractor|wdio)"
    r"(?:\.(?:config|conf|setup|base|common|prod|dev)){0,2}\.[cm]?[jt]s$"
)
_COMMENT = re.compile(r"/\*.*?\*/|(?:^|(?<=[\s;{}(,]))//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORTED = re.compile(
    r"^[ \t]*(?:import|export)\b[^'\"\n;]*?(?:from\s*)?['\"]([^'\"\n]+)['\"]|"
    r"^[ \t]*\}?[^'\"\n;/]*\}\s*from\s*['\"]([^'\"\n]+)['\"]|"
    r"(?<![\w.'\"`/])(?:require|import|require\.resolve)\(\s*['\"]([^'\"\n]+)['\"]",
    re.MULTILINE,
)


class Code:
    """The programs at and below the root of a tree; each file is read, and turned into tokens, at most once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.files = tuple(_programs(tree))
        self._tokens: dict[str, list[Token]] = {}
        self._places: dict[str, dict[str, list[int]]] = {}
        self._imports: dict[str, tuple[str, ...]] = {}
        self._importers: dict[tuple[str, ...], dict[str, str]] = {}
        self._resolved: dict[tuple[str, str], str | None] = {}
        # What expressions of one file came to, looked up from others: each question is answered once.
        self.answers: dict[tuple[str, str, str], Any] = {}

    def content(self, path: str) -> str:
        text = self.tree.text(path)
        return text.content if text else ""

    def tokens(self, path: str) -> list[Token]:
        if path not in self._tokens:
            self._tokens[path] = tokens(self.content(path))
        return self._tokens[path]

    def places(self, path: str, text: str) -> list[int]:
        """Return where in a file's tokens one text stands; bundles are long, and are asked often."""
        if path not in self._places:
            index: dict[str, list[int]] = {}
            for at, token in enumerate(self.tokens(path)):
                index.setdefault(token.text, []).append(at)
            self._places[path] = index
        return self._places[path].get(text, [])

    def imports(self, path: str) -> tuple[str, ...]:
        """Return what a file imports, as it writes it; a type that is imported counts as well."""
        if path not in self._imports:
            content = _COMMENT.sub("", self.content(path))
            found = (next(filter(None, groups)) for groups in _IMPORTED.findall(content))
            self._imports[path] = tuple(dict.fromkeys(found))
        return self._imports[path]

    def importer(self, *packages: str, of: Iterable[str] = ()) -> str | None:
        """Return the first file that imports one of these packages, or a part of one (`ws/server`)."""
        files = tuple(of) or self.files
        if files not in self._importers:
            first: dict[str, str] = {}
            for path in files:
                for name in self.imports(path):
                    parts = name.split("/")
                    first.setdefault("/".join(parts[: 2 if name.startswith("@") else 1]), path)
                    first.setdefault(name, path)
            self._importers[files] = first
        found = self._importers[files]
        return next((found[package] for package in packages if package in found), None)

    def where_imported(self, path: str, package: str) -> int:
        """Return the line on which a file imports a package, 0 when it does not."""
        wanted = re.compile(rf"['\"]{re.escape(package)}(?:/[^'\"]*)?['\"]")
        return next((number for number, line in enumerate(self.content(path).split("\n"), 1) if wanted.search(line)), 0)

    def reachable(self, entry: str) -> tuple[str, ...]:
        """Return a program's files: the one it begins with, then what that imports, and so on."""
        seen = {entry: None}
        due = [entry]
        while due and len(seen) < MAX_SOURCES:
            path = due.pop(0)
            for name in self.imports(path):
                if (found := self.resolve(path, name)) and found not in seen:
                    seen[found] = None
                    due.append(found)
        return tuple(seen)

    def resolve(self, importer: str, name: str) -> str | None:
        """Return the project's file that an import means, None for a package's."""
        key = (importer.rpartition("/")[0], name)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(importer, name)
        return self._resolved[key]

    def _resolve(self, importer: str, name: str) -> str | None:
        if name.startswith((".", "/")):
            return self.program(normpath(str(PurePosixPath(importer).parent / name)))
        for prefix in ("@/", "~/", "#/", "src/"):
            if name.startswith(prefix):
                rest = name.removeprefix(prefix)
                return self.program(f"src/{rest}") or self.program(rest) or self.program(f"app/{rest}")
        return None

    def program(self, path: str) -> str | None:
        """Return the file that a path means as Node, TypeScript and bundlers read it: with a suffix, or a folder."""
        path = path.removeprefix("./").strip("/")
        if path in {"", "."}:
            return self.tree.first(*(f"index{suffix}" for suffix in SUFFIXES))
        stem, dot, suffix = path.rpartition(".")
        # TypeScript's modules import what they will be compiled to.
        typed = (
            [f"{stem}.{suffix.replace('js', 'ts')}", f"{stem}.tsx"] if dot and suffix in {"js", "mjs", "cjs"} else []
        )
        return self.tree.first(
            path if f".{suffix}" in SUFFIXES else "",
            *typed,
            *(f"{path}{ending}" for ending in SUFFIXES),
            *(f"{path}/index{ending}" for ending in SUFFIXES),
            path if "." not in path.rpartition("/")[2] else "",
        )


def _programs(tree: Tree) -> Iterator[str]:
    """Yield the files of this package and of no other below it, as many as can be read in good time."""
    others = {str(PurePosixPath(path).parent) for path in tree.named("package.json") if "/" in path}
    budget = MAX_CODE_BYTES
    count = 0
    for path in tree.with_suffix(*SUFFIXES):
        folders = PurePosixPath(path).parents
        if any(str(folder) in others for folder in folders) or _NOT_RUN.search(path):
            continue
        if any(part in _ASIDE for part in PurePosixPath(path).parts[:-1]):
            continue
        text = tree.text(path)
        if text is None or max(map(len, text.content.split("\n"))) > 5000:
            continue
        budget -= len(text.content)
        count += 1
        if budget < 0 or count > MAX_SOURCES:
            return
        yield path
