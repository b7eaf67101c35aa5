"""What all the questions about one Python project are asked of: its tree, its manifest, its sources."""

from dataclasses import dataclass
from functools import cached_property

from dockerfiles.analysis import Caution, Command, Evidence, Healthcheck, Kind
from dockerfiles.language import Wishes
from dockerfiles.languages.python import manifests
from dockerfiles.languages.python.applications import Finder
from dockerfiles.languages.python.manifests import Manifest
from dockerfiles.languages.python.sources import Module, Sources
from dockerfiles.manifests import Declared, declared
from dockerfiles.tree import Tree


@dataclass
class Survey:
    """One project, looked at as far as the questions asked so far needed."""

    tree: Tree
    wishes: Wishes

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.tree)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The first parts of the names of all modules that the project imports."""
        texts = (self.tree.text(path) for path in self.sources.paths)
        return manifests.imported(text.content for text in texts if text)

    @cached_property
    def manifest(self) -> Manifest:
        return manifests.read(self.tree, self.imported)

    @cached_property
    def finder(self) -> Finder:
        return Finder(self.sources)

    @cached_property
    def declared(self) -> Declared:
        return declared(self.tree)

    def uses(self, package: str, imported_as: str = "") -> bool:
        """Return whether the project needs a package: named, locked, or imported with nothing that names it."""
        return self.manifest.has(package) or (imported_as or package) in self.imported


@dataclass(frozen=True, slots=True)
class Start:
    """How a project is started, and what speaks for it.

    `port` None: it listens nowhere. `installs` are packages that the command needs and the project does not name.
    `module` is the file it begins in, where that is known.
    """

    command: Command
    kind: Kind
    confidence: float
    evidence: tuple[Evidence, ...]
    framework: str = ""
    port: int | None = None
    port_evidence: Evidence | None = None
    honours_port: bool = True
    installs: tuple[str, ...] = ()
    bind_env: tuple[tuple[str, str], ...] = ()
    health: Healthcheck | None = None
    module: Module | None = None
    cautions: tuple[Caution, ...] = ()
