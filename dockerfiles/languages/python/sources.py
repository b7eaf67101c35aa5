"""A project's Python files, parsed and never run: what they import, assign, define and call."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from dockerfiles.tree import Text, Tree

# The files nearest to the root are looked at; an application shows itself there.
_MOST_FILES = 1500
_ASIDE = frozenset(
    {
        *("tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "migrations", "alembic"),
        *("benchmarks", "bench", "notebooks", "fixtures", "stubs", "vendor", "third_party", "node_modules", "dist"),
        *("build", "contrib", "tools", "e2e", "integration_tests", "unit_tests", "docs_src", "tutorials"),
    }
)
_TEST_FILE = re.compile(r"^(test_.*|.*_tests?|tests|conftest|setup|noxfile|fabfile)\.py$")


@dataclass(eq=False)
class Module:
    """One parsed file, by its path in the tree."""

    path: str
    text: Text
    tree: ast.Module

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def dotted(self) -> str:
        """Its name when it is imported from the root of the project."""
        return dotted(self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.ClassDef))

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local names, and the dotted names of what they were imported as."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    names[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                names |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
        return names

    @cached_property
    def modules_imported(self) -> frozenset[str]:
        """The dotted names of the modules that it imports, and of what is imported from them."""
        found = {alias.name for node in self.nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                found.add(origin)
                found |= {f"{origin}.{alias.name}" for alias in node.names}
        return frozenset(found)

    @cached_property
    def constants(self) -> dict[str, str | int]:
        """Names at the top that are given a plain text or number."""
        found: dict[str, str | int] = {}
        for target, value in self.assignments:
            if isinstance(value, ast.Constant) and isinstance(value.value, (str, int)):
                found.setdefault(target, value.value)
        return found

    @cached_property
    def assignments(self) -> tuple[tuple[str, ast.expr], ...]:
        """Names that are assigned at the top of the module, inside an `if`, `try` or `with` too, in order."""
        return tuple(_assigned(self.tree.body))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """The functions at the top of the module."""
        return tuple(
            node for node in _flat(self.tree.body) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        )

    @cached_property
    def main_guard(self) -> ast.If | None:
        """The `if __name__ == "__main__":`."""
        for node in self.tree.body:
            if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
                return node
        return None

    def qualified(self, node: ast.expr) -> str:
        """Return the dotted name of what an expression names, as it was imported; "" when it names nothing."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.imports.get(node.id, node.id), *reversed(parts)])

    def line(self, number: int) -> str:
        lines = self.text.content.split("\n")
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = [part for part in self.folder.split("/") if part]
        kept = package[: len(package) - (node.level - 1)]
        return ".".join([*kept, *([node.module] if node.module else [])])


class Sources:
    """The Python files of one project that belong to its application, each parsed at most once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.broken: list[tuple[str, int, str]] = []
        self._modules: dict[str, Module | None] = {}
        self._mentions: dict[re.Pattern[str], tuple[str, ...]] = {}
        every = list(tree.with_suffix(".py"))[:_MOST_FILES]
        own = tuple(path for path in every if not _is_aside(path))
        # A project that is nothing but an example is one all the same.
        self.paths = own or tuple(path for path in every if not _TEST_FILE.match(PurePosixPath(path).name))

    def module(self, path: str) -> Module | None:
        """Return a file parsed, None when it is absent or no Python that can be parsed."""
        if path not in self._modules:
            self._modules[path] = self._parsed(path)
        return self._modules[path]

    def mentioning(self, pattern: re.Pattern[str]) -> Iterator[Module]:
        """Yield the files whose text matches somewhere: the rest need not be parsed."""
        if pattern not in self._mentions:
            texts = ((path, self.tree.text(path)) for path in self.paths)
            self._mentions[pattern] = tuple(path for path, text in texts if text and pattern.search(text.content))
        yield from (module for path in self._mentions[pattern] if (module := self.module(path)))

    def named(self, name: str, beside: str = "") -> Module | None:
        """Return the module of a dotted name, seen from the root, from `src`, or from the folder `beside`."""
        way = name.replace(".", "/")
        for start in dict.fromkeys(["", f"{beside}/" if beside else "", "src/"]):
            for path in (f"{start}{way}.py", f"{start}{way}/__init__.py"):
                if self.tree.has(path):
                    return self.module(path)
        return None

    def base_of(self, module: Module) -> str:
        """Return the folder that has to be on the path for a module: where its imports of its neighbours resolve.

        "" is the project itself, where what is not decided by an import is run too.
        """
        folder = module.folder
        if not folder:
            return ""
        heads = {name.partition(".")[0] for name in module.modules_imported if name}
        local = {head for head in heads if not self._is_package_at(head, "")}
        above = PurePosixPath(folder)
        for base in (above, *above.parents):
            start = "" if str(base) == "." else str(base)
            if start and any(self._is_package_at(head, start) for head in local):
                return start
        return "src" if folder.split("/")[0] == "src" and not self._is_package("src") else ""

    def _is_package(self, folder: str) -> bool:
        if self.tree.has(f"{folder}/__init__.py"):
            return True
        pattern = re.compile(rf"^\s*(?:from|import) {re.escape(folder)}[. ]", re.MULTILINE)
        texts = (self.tree.text(path) for path in self.paths)
        return any(text and pattern.search(text.content) for text in texts)

    def _is_package_at(self, head: str, folder: str) -> bool:
        start = f"{folder}/{head}" if folder else head
        return self.tree.has(f"{start}.py") or self.tree.has(f"{start}/__init__.py") or self._has_python_in(start)

    def _has_python_in(self, folder: str) -> bool:
        return folder in self._folders

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(path.rpartition("/")[0] for path in self.paths)

    def _parsed(self, path: str) -> Module | None:
        text = self.tree.text(path)
        if text is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about the project's own texts
                return Module(path, text, ast.parse(text.content))
        except SyntaxError as error:
            self.broken.append((text.path, error.lineno or 0, error.msg))
        except (ValueError, RecursionError, MemoryError) as error:
            self.broken.append((text.path, 0, str(error)))
        return None


def dotted(path: str) -> str:
    """Return the dotted name of a file; that of a package for its `__init__.py`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def text_of(node: ast.expr | None, module: Module | None = None) -> str | None:
    """Return a text that is written out, or that a constant of the module stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and module is not None:
        value = module.constants.get(node.id)
        return value if isinstance(value, str) else None
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return what a call gives for a keyword."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """Return what a call gives for a parameter, by its place or its name."""
    plain = [each for each in call.args if not isinstance(each, ast.Starred)]
    return plain[position] if len(plain) > position else keyword(call, name)


def _is_aside(path: str) -> bool:
    *folders, name = path.split("/")
    return bool(_ASIDE & set(folders)) or bool(_TEST_FILE.match(name))


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _flat(node.body)
            yield from _flat(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from _flat(handler.body)


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in _flat(body):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _targets(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
        # `app, rt = fast_app()`: the first of them is the application.
        yield target.elts[0].id, value
