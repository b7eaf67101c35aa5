"""What writing the generated files would change in a project, to be shown first, so that nothing is lost."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dockerfiles.advice import misfits
from dockerfiles.existing import declaration
from dockerfiles.generating import Generated
from dockerfiles.ignoring import dockerignore
from dockerfiles.signing import is_ours
from dockerfiles.tree import Tree

DOCKERFILE = "Dockerfile"
DOCKERIGNORE = ".dockerignore"


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a project and what it would be; `before` is None for a new one.

    `by_hand`: the file holds what somebody wrote, which would be lost. `private`: it holds secrets.
    """

    path: str
    before: str | None
    after: str
    by_hand: bool = False
    private: bool = False

    @property
    def differs(self) -> bool:
        return self.before != self.after

    @property
    def diff(self) -> str:
        """The change as a unified diff, "" for none."""
        old, new = (self.before or "").splitlines(keepends=True), self.after.splitlines(keepends=True)
        first = "/dev/null" if self.before is None else self.path
        return "".join(_ended(difflib.unified_diff(old, new, first, self.path)))


def changes(made: Sequence[Generated], project: Tree) -> list[Change]:
    """Return what writing the files of these applications would do; contexts they share have one `.dockerignore`."""
    found = [_change(project, _at(one.analysis.root, DOCKERFILE), one.dockerfile) for one in made]
    for context in dict.fromkeys(one.context for one in made):
        recipes = [one.recipe for one in made if one.context == context]
        found.append(_change(project, _at(context, DOCKERIGNORE), dockerignore(recipes, project.at(context))))
    return found


def reasons(one: Generated, application: Tree) -> list[str]:
    """Return why the Dockerfile of an application no longer fits it, [] when it does.

    One that was generated is compared with what would be generated now; of any other, the facts count.
    """
    declared = declaration(application)
    if declared is None:
        return ["there is no Dockerfile"]
    if is_ours(declared.text):
        change = Change(declared.path, declared.text, one.dockerfile)
        return ["the project has changed since it was generated"] if change.differs else []
    wrong = misfits(declared, one.analysis, application)
    return [f"{each.file}:{each.line}: {each.text}" for each in wrong]


def _change(project: Tree, path: str, after: str) -> Change:
    found = project.text(path)
    before = found.content if found else None
    return Change(path, before, after, by_hand=path.endswith(DOCKERFILE) and bool(before) and not is_ours(before or ""))


def _at(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _ended(lines: Iterator[str]) -> Iterator[str]:
    yield from (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
