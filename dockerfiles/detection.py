"""Which applications a project holds: every language is asked, the user's word goes first, nothing is guessed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath

from dockerfiles.analysis import Choice
from dockerfiles.failures import Ambiguous, Unknown
from dockerfiles.language import Language, Sign, Wishes
from dockerfiles.misses import misses
from dockerfiles.tree import Tree

# Each module of dockerfiles.languages with a LANGUAGE. The order decides nothing but that of messages.
LANGUAGES = (
    "static",
    "node",
    "python",
    "go",
    "jvm",
    "php",
    "ruby",
    "rust",
    "dotnet",
    "elixir",
    "deno",
    "c",
    "sites",
    "basic",
)

# A folder with one of these may be an application of its own, or a member of a workspace.
MANIFESTS = frozenset(
    {
        *("package.json", "package.json5", "deno.json", "deno.jsonc", "bun.lock", "bun.lockb"),
        *(
            "pyproject.toml",
            "requirements.txt",
            "setup.py",
            "Pipfile",
            "environment.yml",
            "environment.yaml",
            "manage.py",
        ),
        *("go.mod", "go.work", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts", "build.sbt", "project.clj"),
        *("composer.json", "artisan", "Gemfile", "config.ru", "mix.exs", "gleam.toml", "shard.yml", "pubspec.yaml"),
        *("Package.swift", "stack.yaml", "build.zig", "CMakeLists.txt", "meson.build", "deps.edn", "rebar.config"),
        *(
            "DESCRIPTION",
            "Project.toml",
            "cpanfile",
            "dune-project",
            "book.toml",
        ),
        *("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json"),
        *("_config.yml", "_config.yaml", "mkdocs.yml", "mkdocs.yaml", "conf.py", "pelicanconf.py", "config.rb"),
        *("nanoc.yaml", "package.yaml", "elm.json", "renv.lock", "app.R", "main.jl", "app.psgi"),
        *("Dockerfile", "index.html", "main.py", "app.py", "server.js", "main.go", "index.php"),
    }
)
_PROJECT_FILES = (".csproj", ".fsproj", ".vbproj", ".cabal", ".nimble")
# What lies below these is no application of the project; a page in the second lot is part of what is around it.
_BESIDE = frozenset(
    {
        "test",
        "tests",
        "__tests__",
        "spec",
        "fixtures",
        "testdata",
        "e2e",
        "vendor",
        "third_party",
        "examples",
        "samples",
    }
)
_PAGES = frozenset({"dist", "build", "out", "public", "static", "templates", "docs", "site", "coverage", "assets"})
_DEPTH = 4
_MOST_FOLDERS = 200
# Below it a sign is no more than a hint: the folder counts only when nothing better is found anywhere.
_SURE = 0.4
_TIE = 0.03


@dataclass(frozen=True, slots=True)
class Application:
    """One application: its own tree (with the project around it), its language, and the sign it was known by."""

    tree: Tree
    language: Language
    sign: Sign

    @property
    def root(self) -> str:
        return self.tree.prefix


@dataclass(frozen=True, slots=True)
class Detected:
    """The applications of a project, at least one, by their folders."""

    applications: tuple[Application, ...]


def languages() -> tuple[Language, ...]:
    """Return all languages; their modules are loaded now."""
    return tuple(import_module(f"dockerfiles.languages.{name}").LANGUAGE for name in LANGUAGES)


def analyses(tree: Tree, wishes: Wishes) -> Detected:
    """Return the applications of a project, or the one that the user named.

    Raises:
        Unknown: nothing that is supported was recognised.
        Ambiguous: two languages are as likely in one folder; a flag decides.
    """
    asked = _asked(wishes)
    where = tree.at(wishes.app)
    if wishes.app and not where.files:
        raise Unknown(tree.name, len(tree.files), [f"there is no folder {wishes.app!r} in it"], tuple(_names()))
    found = tuple(_applications(where, asked, forced=bool(wishes.language)))
    if not found:
        raise Unknown(where.name, len(where.files), misses(where), tuple(_names()))
    return Detected(found)


def _applications(where: Tree, asked: Sequence[Language], *, forced: bool) -> Iterator[Application]:
    if (own := _recognised(where, asked)) and own.sign.members:
        for member in own.sign.members:
            if application := _recognised(where.at(member), asked):
                yield application
        return
    if own and not own.sign.library and (own.sign.confidence >= _SURE or forced):
        yield own
        return
    below = [found for folder in _folders(where) if (found := _recognised(where.at(folder), asked))]
    sure = [each for each in below if each.sign.confidence >= _SURE and not each.sign.library]
    yield from _outermost(sure) or ([own] if own else []) or _outermost(below)


def _outermost(found: Sequence[Application]) -> list[Application]:
    """Return those that lie in no other's folder: what is below an application belongs to it."""
    roots = {each.root for each in found}
    return [each for each in found if not any(str(above) in roots for above in PurePosixPath(each.root).parents)]


def _recognised(tree: Tree, asked: Sequence[Language]) -> Application | None:
    signs = [(sign, language) for language in asked if (sign := language.recognise(tree))]
    signs.sort(key=lambda pair: (pair[0].library, -pair[0].confidence))
    if not signs:
        return None
    (best, language), *others = signs
    equal = [(sign, other) for sign, other in others if best.confidence - sign.confidence < _TIE]
    if equal and best.confidence >= _SURE and not best.library and not any(sign.library for sign, _ in equal):
        choices = [
            Choice("language", each.name, f"--language {each.name}", f"{sign.file}: {sign.why}")
            for sign, each in [(best, language), *equal]
        ]
        raise Ambiguous("language", tree.prefix or tree.name, tuple(choices))
    return Application(tree, language, best)


def _folders(tree: Tree) -> list[str]:
    found = {
        str(path.parent)
        for path in map(PurePosixPath, tree.files)
        if (path.name in MANIFESTS or path.suffix in _PROJECT_FILES) and 1 < len(path.parts) <= _DEPTH + 1
        if not _BESIDE.intersection(path.parts) and not (path.name == "index.html" and _PAGES.intersection(path.parts))
    }
    return sorted(found)[:_MOST_FOLDERS]


def _asked(wishes: Wishes) -> Sequence[Language]:
    known = languages()
    if not wishes.language:
        return known
    chosen = [language for language in known if language.name == wishes.language]
    if not chosen:
        raise ValueError(f"there is no language {wishes.language!r}; there are {', '.join(_names())}")
    return chosen


def _names() -> Iterator[str]:
    yield from (language.name for language in languages())
