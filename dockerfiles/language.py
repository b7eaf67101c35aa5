"""What a language is to the rest: it recognises its projects, analyses them, and says how they are built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dockerfiles.analysis import Analysis
from dockerfiles.recipe import Base, Recipe
from dockerfiles.tree import Tree


@dataclass(frozen=True, slots=True)
class Sign:
    """That a folder holds an application of a language: how surely (0 to 1), and by which file.

    The surest sign of a folder wins, a tie is the user's to break. Usual values: 0.95 a server framework, 0.9 a
    manifest with what is to be run, 0.7 a manifest alone, 0.5 a file whose name says so, 0.3 any file of the language.
    `library`: nothing in it is to be run. `members`: it is a workspace, and these folders of it are its applications.
    """

    confidence: float
    file: str
    why: str
    library: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said: it goes before everything that is found. Empty means that nothing was said.

    `bases` gives other references for base images by repository (`python`: `mirror/python`); under "*" what goes
    before the repository of all (`--mirror`), or under "" one Debian-based image that everything is installed into
    (`--base`, where no registry is).
    """

    app: str = ""
    command: str = ""
    port: int | None = None
    language: str = ""
    version: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)


class Language(Protocol):
    """One language; its instances hold no state."""

    name: str

    def recognise(self, tree: Tree) -> Sign | None:
        """Return the sign that the root of this tree is an application of the language. Cheap: few files are read."""
        ...

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        """Return all that is known about the application at the root of this tree."""
        ...

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        """Return how it is built and run; from the analysis, in which a user or a model may have changed facts."""
        ...


def rebased(base: Base, wishes: Wishes) -> Base:
    """Return a base image as the user wants it: from a mirror, or replaced as a whole."""
    if whole := wishes.bases.get(""):
        return Base(whole, "", base.debian or "bookworm")
    if base.repository == "scratch":
        return base
    if other := wishes.bases.get(base.repository):
        return Base(other, base.tag, base.debian)
    mirror = wishes.bases.get("*")
    return Base(f"{mirror.rstrip('/')}/{_without_registry(base.repository)}", base.tag, base.debian) if mirror else base


def _without_registry(repository: str) -> str:
    first, slash, rest = repository.partition("/")
    return rest if slash and ("." in first or ":" in first) else repository
