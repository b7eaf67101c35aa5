"""What in a folder comes nearest to a project that would be understood: misspelt names, halves of pairs."""

import difflib
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockerfiles.tree import Tree

_MOST = 5
_EXPECTED = (
    *("requirements.txt", "pyproject.toml", "Pipfile", "manage.py", "package.json", "go.mod", "Cargo.toml", "pom.xml"),
    *("build.gradle", "composer.json", "Gemfile", "mix.exs", "deno.json", "index.html", "Procfile", "Dockerfile"),
)
# The first is no use without one of the others.
_HALVES = {
    "Gemfile.lock": ("Gemfile",),
    "package-lock.json": ("package.json",),
    "yarn.lock": ("package.json",),
    "pnpm-lock.yaml": ("package.json",),
    "poetry.lock": ("pyproject.toml",),
    "uv.lock": ("pyproject.toml",),
    "Pipfile.lock": ("Pipfile",),
    "composer.lock": ("composer.json",),
    "go.sum": ("go.mod",),
    "Cargo.lock": ("Cargo.toml",),
    "mix.lock": ("mix.exs",),
}
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def misses(tree: Tree) -> list[str]:
    """Return up to five sentences, the most helpful first."""
    return list(dict.fromkeys(_all(tree)))[:_MOST]


def _all(tree: Tree) -> Iterator[str]:
    if not tree.files:
        yield "the folder is empty"
    if compose := tree.first(*_COMPOSE):
        yield f"{compose} is there: `ergon up {compose}` runs what it declares as it is"
    names = [PurePosixPath(file) for file in tree.files]
    top = [path.name for path in names if len(path.parts) == 1]
    for name in top:
        if (others := _HALVES.get(name)) and not tree.first(*others):
            yield f"{name} is there, but no {' or '.join(others)}"
        near = difflib.get_close_matches(name, _EXPECTED, 1, 0.85)
        if near and near[0] != name and not tree.has(near[0]):
            yield f"{name} looks like {near[0]}, which is the name that is read"
    for path in names:
        if len(path.parts) > 1 and path.name in _EXPECTED:
            yield f"{path} is there; `--app {path.parent}` looks at that folder alone"
