"""Who installs a project's dependencies, from which files, and which dependencies they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dockerfiles.analysis import Caution
from dockerfiles.languages.python import legacy, locks, pyproject, requirements
from dockerfiles.languages.python.dependency import Dependency, normal, version
from dockerfiles.languages.python.locks import Lock
from dockerfiles.languages.python.pyproject import Project
from dockerfiles.languages.python.requirements import Requirements
from dockerfiles.tree import Tree

_ABOUT = re.compile(r"(?:==|~=|\^|~|=)\s*(\d+(?:\.\d+)*)(?:\.\*)?")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+([A-Za-z_]\w*)", re.MULTILINE)
# Names to import that are not the names to install.
_INSTALLED_AS = {
    "PIL": "pillow",
    "yaml": "pyyaml",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "MySQLdb": "mysqlclient",
    "dateutil": "python-dateutil",
    "rest_framework": "djangorestframework",
    "environ": "django-environ",
    "decouple": "python-decouple",
    "discord": "discord-py",
    "telegram": "python-telegram-bot",
    "magic": "python-magic",
    "ldap": "python-ldap",
    "fasthtml": "python-fasthtml",
    "socketio": "python-socketio",
    "jose": "python-jose",
    "grpc": "grpcio",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """How one project is installed.

    `files` are those the install reads, `local` those of the project it needs besides ("." for all of it). `versions`
    holds what is pinned or locked, transitive packages too. `manager` is "" when nothing is to be installed.
    """

    manager: str = ""
    manager_version: str = ""
    files: tuple[str, ...] = ()
    lock: str = ""
    project: Project = field(default_factory=Project)
    dependencies: tuple[Dependency, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    locked: Lock | None = None
    local: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    hashes: bool = False
    cautions: tuple[Caution, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The dependencies that the project names itself."""
        return frozenset(one.name for one in self.dependencies)

    def has(self, *names: str) -> bool:
        """Return whether one of these is installed, named or locked."""
        return any(name in self.names or name in self.versions for name in names)

    def find(self, name: str) -> Dependency | None:
        return next((one for one in self.dependencies if one.name == name), None)

    def version_of(self, name: str) -> str:
        """Return the version that is installed, "" when that is only known at the install."""
        return self.versions.get(name, "")


def read(tree: Tree, imported: frozenset[str]) -> Manifest:
    """Return how a project is installed; of several managers, the one whose packages are those that are imported."""
    found = [one for one in _candidates(tree) if one.dependencies or one.manager]
    if not found:
        return Manifest(project=_described(tree))
    wanted = {_INSTALLED_AS.get(name, normal(name)) for name in imported}
    best = max(found, key=lambda one: len(wanted & (one.names | set(one.versions))))
    others = [one for one in found if one is not best and one.files and one.files != best.files]
    told = tuple(
        Caution("several-managers", tree.whole(one.files[0]), 0, f"not used: {best.files[0]} has what is imported")
        for one in others
        if one.manager != best.manager
    )
    return replace(best, cautions=(*best.cautions, *told))


def imported(texts: Iterator[str]) -> frozenset[str]:
    """Return the first parts of the names of all modules that these sources import."""
    return frozenset(name for text in texts for name in _IMPORT.findall(text))


def _candidates(tree: Tree) -> Iterator[Manifest]:
    """Yield the ways of installing that have files, in the order in which they are believed."""
    described = _described(tree)
    project, pipfile = pyproject.read(tree), pyproject.pipfile(tree)
    locked = {manager: lock for manager in locks.FILES if (lock := locks.read(tree, manager))}
    if project is not None:
        yield from (_of_project(project, lock) for name, lock in locked.items() if name in {"uv", "poetry", "pdm"})
    if "pipenv" in locked and pipfile is not None:
        yield _of_project(pipfile, locked["pipenv"], described)
    if (path := tree.first(*requirements.FILES)) is not None:
        yield _of_requirements(path, requirements.read(tree, path), described)
    if project is not None and project.declares and not {"uv", "poetry", "pdm"} & set(locked):
        yield _of_project(project, None)
    if "pipenv" not in locked and pipfile is not None:
        yield _of_project(pipfile, None, described)
    if environment := legacy.conda(tree):
        path, asked = environment
        yield replace(_of_project(asked, None, described), files=(path,))
    if (project is None or not project.declares) and (script := legacy.setup(tree)) and script.declares:
        yield _of_project(script, None)


def _described(tree: Tree) -> Project:
    """Return what says the project's name and its scripts, whoever installs it."""
    return pyproject.read(tree) or legacy.setup(tree) or Project(file="")


def _of_project(project: Project, lock: Lock | None, described: Project | None = None) -> Manifest:
    manager = lock.manager if lock else project.manager or "pip"
    files = (project.file, *((lock.file,) if lock else ()))
    return Manifest(
        manager,
        lock.manager_version if lock else "",
        files,
        lock.file if lock else "",
        _merged(project, described),
        tuple(project.dependencies),
        {**_pinned(project.dependencies), **(lock.versions if lock else {})},
        lock,
        local=tuple(project.sources),
        indexes=tuple(project.indexes),
        cautions=tuple(project.cautions),
    )


def _of_requirements(path: str, read: Requirements, described: Project) -> Manifest:
    return Manifest(
        "pip",
        "",
        (path, *(file for file in read.files if file != path)),
        path if _is_locked(read) else "",
        described,
        tuple(read.dependencies),
        _pinned(read.dependencies),
        None,
        tuple(dict.fromkeys(read.local)),
        tuple(read.indexes),
        tuple(read.compiled),
        dict(read.variables),
        read.hashes,
        (*described.cautions, *read.cautions),
    )


def _merged(project: Project, described: Project | None) -> Project:
    if described is None or described is project:
        return project
    project.name = project.name or described.name
    project.version = project.version or described.version
    project.scripts = {**described.scripts, **project.scripts} if project.manager != "pipenv" else described.scripts
    return project


def _is_locked(read: Requirements) -> bool:
    """Return whether every requirement is of one version: such a file was made, not written."""
    return bool(read.dependencies) and (read.hashes or all(one.pinned or one.url for one in read.dependencies))


def _pinned(dependencies: list[Dependency]) -> dict[str, str]:
    pinned = {one.name: str(one.pinned) for one in dependencies if one.pinned}
    # `==4.2.*` and `~=4.2` stand for a version well enough for what depends on the minor one.
    for one in dependencies:
        if one.name not in pinned and (found := _ABOUT.fullmatch(one.specifier)) and version(found[1]):
            pinned[one.name] = found[1]
    return pinned
