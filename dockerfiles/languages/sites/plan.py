"""What every generator of sites says about a project in the same words: its tool, its commands, its output."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from dockerfiles import reading
from dockerfiles.analysis import Caution, Evidence, Version
from dockerfiles.recipe import Base
from dockerfiles.sources import first
from dockerfiles.tree import Tree

# Where the site is built to in the build stage: never a folder that the project may have a stale copy of.
OUT = "/out"

# A number of a version that may go into an address or a package's name.
_VERSION = re.compile(r"\d+(?:\.\d+){0,3}")
_FOLDER = re.compile(r"[\w.@+][\w./ @+-]*")
_WORD = re.compile(r"[\w./@+-]+")

# Files of programs and packages: a site beside them documents what they are.
_OTHERS = (
    *("setup.py", "setup.cfg", "manage.py", "Cargo.toml", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts"),
    *("composer.json", "CMakeLists.txt", "meson.build", "configure.ac", "mix.exs", "Package.swift", "build.zig"),
    *("pubspec.yaml", "shard.yml", "stack.yaml", "deno.json", "build.sbt", "project.clj", "DESCRIPTION"),
)
# What `.dockerignore` drops by default, and a site may have as a folder of its source.
_DROPPED = frozenset({"dist", "build", "target", "out", "bin", "obj", "coverage"})
_MOST_KEPT = 20


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that another image brings along: the image, and the file in it, which keeps its place."""

    base: Base
    program: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How one site is built.

    `file` is its configuration, `output` the folder that it names for what is built (relative to the application),
    `made` where the build stage has it. `below` is the path under which the site is to be served ("" for the root).
    `manifests` are copied and installed before the source. `debian` is the toolchain on a base of the user's own,
    which makes `install` needless with `installed_by_base`; `packages` is what is needed besides on any.
    """

    tool: str
    version: Version
    file: str
    output: str
    base: Base
    build: tuple[str, ...]
    name: str = ""
    made: str = OUT
    below: str = ""
    manifests: tuple[str, ...] = ()
    lock: str = ""
    manager: str = ""
    install: tuple[str, ...] = ()
    installed_by_base: bool = False
    debian: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    caches: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    warnings: tuple[Caution, ...] = ()


def documents_something(tree: Tree) -> bool:
    """Return whether a site is there to document the program that it lies beside, or below."""
    if _holds_a_program(tree):
        return True
    folder = tree.prefix
    while folder:
        folder = folder.rpartition("/")[0]
        if _holds_a_program(tree.project.at(folder)):
            return True
    return False


def _holds_a_program(tree: Tree) -> bool:
    if tree.first(*_OTHERS):
        return True
    if isinstance(reading.toml(tree, "pyproject.toml").get("build-system"), dict):
        return True
    manifest = reading.json_object(tree, "package.json")
    start = text(mapping(manifest.get("scripts")).get("start"))
    if manifest.get("dependencies") or (start and not re.search(r"mkdocs|sphinx|mdbook", start)):
        return True
    code = (path for path in tree.named("__init__.py") if path.count("/") <= 2)
    return any(not re.match(r"(?:docs?|tests?|site|plugins|scripts)/", path) for path in code)


def wished(wish: str, found: Iterable[Version], newest: str) -> Version:
    """Return the tool's version: what the user says, else the first that is found, else the newest that is known."""
    if wish and _VERSION.fullmatch(wish):
        return Version(wish, wish, "--version")
    return next((one for one in found if _VERSION.fullmatch(one.value)), Version(newest))


def written(tree: Tree, *places: tuple[str, str]) -> Iterator[Version]:
    """Yield the versions that files of the project ask for: a path and the pattern of its line each."""
    for path, pattern in places:
        text = tree.text(path)
        if text is not None and (hit := first((text,), pattern)):
            yield Version(hit.groups[0], hit.text, hit.source)


def asked_of_platforms(tree: Tree, variable: str, action: str) -> Iterator[Version]:
    """Yield the versions that hosts of sites and workflows are told to use."""
    number = r"[\"']?v?(\d+\.\d+(?:\.\d+)?)"
    yield from written(
        tree,
        ("netlify.toml", rf"^\s*{variable}\s*=\s*{number}"),
        ("vercel.json", rf"\"{variable}\"\s*:\s*{number}"),
        ("render.yaml", rf"{variable}\s*\n\s*value:\s*{number}"),
    )
    workflows = [path for path in tree.files if re.fullmatch(r"\.github/workflows/[\w.-]+\.ya?ml", path)]
    for path in [*workflows, *(path for path in (".gitlab-ci.yml",) if tree.has(path))]:
        yield from written(tree, (path, rf"^\s*(?:{variable}|{action})\s*:\s*{number}"))


def settings(tree: Tree, file: str) -> Mapping[str, Any]:
    """Return what a configuration in TOML, JSON or YAML says; empty when it is absent, broken or of another kind."""
    if file.endswith(".toml"):
        return reading.toml(tree, file)
    if file.endswith(".json"):
        return reading.json_object(tree, file)
    if file.endswith((".yml", ".yaml")):
        return next(iter(reading.yaml_documents(tree, file)), {})
    return {}


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value of a configuration as a mapping; empty when it is none."""
    return value if isinstance(value, dict) else {}


def text(value: Any, default: str = "") -> str:
    """Return a value of a configuration as a text; the default when it is none."""
    return value if isinstance(value, str) and value else default


def folder(value: Any, default: str) -> str:
    """Return a folder that a configuration names, inside of the project; the default for any other."""
    named = text(value, default).strip().removeprefix("./").rstrip("/")
    parts = PurePosixPath(named).parts
    return named if _FOLDER.fullmatch(named) and ".." not in parts else default


def word(value: Any) -> str:
    """Return a name that may be a word of a command; "" for what is none."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) and not value.startswith("-") else ""


def path_of(address: str) -> str:
    """Return the path below which a site is served, from its address; "" for the root."""
    try:
        path = urlsplit(address if "://" in address or address.startswith("/") else f"//{address}").path.strip("/")
    except ValueError:
        return ""
    return path if re.fullmatch(r"[\w./~-]*", path) and ".." not in path.split("/") else ""


def served_below(path: str, file: str, line: int) -> tuple[Caution, ...]:
    """Return what is to be known when a site is made for a path: nothing answers at the root."""
    if not path:
        return ()
    words = f"its links are made for /{path}/: it is served there, and nothing at /"
    return (Caution("base-path", file, line, words),)


def without_history(file: str, line: int, what: str) -> Caution:
    """Return what is to be known about something that asks git, whose history is in no build context."""
    return Caution("no-history", file, line, f"{what} asks git, and the history is not in the build context")


def kept(tree: Tree, output: str) -> tuple[str, ...]:
    """Return the folders of the source that `.dockerignore` would drop by their names."""
    found: dict[str, None] = {}
    for path in tree.files:
        parts = PurePosixPath(path).parts[:-1]
        # At the root such a folder is what somebody built.
        for count in range(2, len(parts) + 1):
            if parts[count - 1] in _DROPPED and parts[0] not in _DROPPED:
                found["/".join(parts[:count])] = None
    return tuple(each for each in found if each != output and not each.startswith(f"{output}/"))[:_MOST_KEPT]
