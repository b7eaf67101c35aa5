"""The `.dockerignore` of a build context: what belongs into no image, what the user said, what the build reads."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from dockerfiles.quoting import one_line
from dockerfiles.recipe import Copy, Recipe
from dockerfiles.tree import Tree

_OPENING = "# Added by `ergon dockerfile`:"
_KEEPS = "# What the build reads:"

ALWAYS = (
    *(".git", "**/.env", "**/.env.*", "!**/.env.example", "**/*.pem", "**/*.key", "**/*.p12", "**/id_rsa*"),
    *("**/node_modules", "**/.venv", "**/venv", "**/__pycache__", "**/*.pyc", "**/.pytest_cache", "**/.mypy_cache"),
    *("**/.ruff_cache", "**/.tox", "**/.gradle", "**/.next", "**/.nuxt", "**/.output", "**/.svelte-kit", "**/.turbo"),
    *("**/.nx", "**/.cache", "**/coverage", "**/dist", "**/build", "**/target", "**/out", "**/bin", "**/obj"),
    *("vendor/bundle", "tmp", "log", "**/*.log", "**/.DS_Store", ".idea", ".vscode", "**/*.sqlite3"),
    *("**/Dockerfile*", ".dockerignore", "**/compose*.y*ml", "**/docker-compose*.y*ml"),
)


def dockerignore(recipes: Sequence[Recipe], context: Tree) -> str:
    """Return the file for the context of these builds. The user's lines are all kept, after ours, so that they win.

    What a step of a recipe copies by name is kept whatever a pattern says: without it the build fails.
    """
    existing = context.text(".dockerignore")
    theirs = _theirs(existing.content if existing else "")
    ours = [line for line in ALWAYS if line not in theirs]
    lines = [_OPENING, *ours, *(["", *theirs] if theirs else [])]
    if kept := list(_kept(recipes, [*ours, *theirs], context)):
        lines += ["", _KEEPS, *kept]
    return "\n".join(lines) + "\n"


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Return whether a path is left out of the context, as Docker reads patterns: the last that fits decides."""
    out = False
    for pattern in patterns:
        text = pattern.strip()
        if text and not text.startswith("#") and _fits(text.removeprefix("!"), path):
            out = not text.startswith("!")
    return out


def _theirs(text: str) -> list[str]:
    """Return the lines of a file without what was generated into it before."""
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    if _OPENING in lines:
        start = lines.index(_OPENING)
        after = next((at for at in range(start, len(lines)) if not lines[at]), len(lines))
        lines = lines[:start] + lines[after + 1 :]
    if _KEEPS in lines:
        start = lines.index(_KEEPS)
        after = next((at for at in range(start, len(lines)) if not lines[at]), len(lines))
        lines = lines[:start] + lines[after + 1 :]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _kept(recipes: Sequence[Recipe], patterns: Sequence[str], context: Tree) -> Iterator[str]:
    named = [source for source in _sources(recipes) if source not in {".", "./"} and not re.search(r"[*?]", source)]
    for path in dict.fromkeys([*(path for recipe in recipes for path in recipe.keeps), *named]):
        clean = one_line(path.removeprefix("./").rstrip("/"))
        below = (file for file in context.files if file == clean or file.startswith(f"{clean}/"))
        if any(ignored(file, patterns) for file in below):
            yield f"!{clean}"


def _sources(recipes: Sequence[Recipe]) -> Iterable[str]:
    steps = (step for recipe in recipes for stage in recipe.stages for step in stage.steps)
    return [source for step in steps if isinstance(step, Copy) and not step.origin for source in step.sources]


def _fits(pattern: str, path: str) -> bool:
    compiled = _compiled(pattern.strip("/"))
    parts = PurePosixPath(path).parts
    return any(compiled.fullmatch("/".join(parts[:count])) for count in range(1, len(parts) + 1))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return Docker's reading of a pattern: `**` any number of folders, `*` and `?` none, in one name."""
    out, rest = "", pattern.removeprefix("./")
    while rest:
        if rest.startswith("**/"):
            out, rest = f"{out}(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            out, rest = f"{out}.*", rest[2:]
        elif rest[0] == "*":
            out, rest = f"{out}[^/]*", rest[1:]
        elif rest[0] == "?":
            out, rest = f"{out}[^/]", rest[1:]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return re.compile(out)
