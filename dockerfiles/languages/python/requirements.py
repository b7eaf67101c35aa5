"""Requirements files, as pip reads them: lines that go on, files that name others, options, links to repositories."""

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from dockerfiles.analysis import Caution
from dockerfiles.languages.python import dependency
from dockerfiles.languages.python.dependency import Dependency
from dockerfiles.tree import Text, Tree

# In the order in which they are believed; what is for production goes before what all share.
FILES = (
    *("requirements.txt", "Requirements.txt", "requirements/production.txt", "requirements/prod.txt"),
    *("requirements-prod.txt", "requirements-production.txt", "requirements_prod.txt", "requirements.prod.txt"),
    *("requirements/requirements.txt", "requirements/base.txt", "requirements/default.txt", "requirements/common.txt"),
    *("requirements.in", "requirements/base.in", "reqs.txt", "requirements.pip", "pip-requirements.txt"),
    *("requirements/local.txt", "requirements-dev.txt"),
)
_MOST_FILES = 20
_OPTION = re.compile(r"^(--?[A-Za-z][\w-]*)(?:[=\s]+|(?<=^-[a-zA-Z]))?(.*)$")
_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "--requirements": "--requirement",
    "--constraints": "--constraint",
    "--pypi-url": "--index-url",
}
_VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")
_EGG = re.compile(r"[#&]egg=([\w.-]+)(?:\[([\w,.-]+)\])?")
_REPOSITORY = re.compile(r"^(?:git|hg|svn|bzr)\+")


@dataclass(slots=True)
class Requirements:
    """What one requirements file and those it names ask for.

    `files` are all of them, as the install reads them; `local` the files and folders of the project that it needs
    too ("." for all); `compiled` what may not come ready compiled; `variables` those that its lines name.
    """

    files: list[str] = field(default_factory=list)
    dependencies: list[Dependency] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    compiled: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    hashes: bool = False
    cautions: list[Caution] = field(default_factory=list)


def read(tree: Tree, path: str) -> Requirements:
    """Return what a requirements file asks for; what can't be followed is a caution, and the rest still counts."""
    found = Requirements()
    _read(tree, path, found, constraint=False)
    return found


def _read(tree: Tree, path: str, found: Requirements, *, constraint: bool) -> None:
    text = tree.text(path)
    if text is None or path in found.files or len(found.files) >= _MOST_FILES:
        return
    found.files.append(path)
    for number, line in _logical(text):
        for name in _VARIABLE.findall(line):
            found.variables.setdefault(name, f"{text.path}:{number}")
        if line.startswith("-"):
            _option(tree, path, line, found, text=text, number=number)
        elif not constraint:
            _requirement(tree, line, found, text=text, number=number)


def _logical(text: Text) -> Iterator[tuple[int, str]]:
    """Yield the lines as pip joins them, without comments and blanks, with the number each begins at."""
    begun, start = "", 0
    for number, line in text.lines():
        start = start or number
        if line.endswith("\\"):
            begun += line[:-1] + " "
            continue
        whole = re.sub(r"(^|\s)#.*$", "", begun + line).strip()
        if whole:
            yield start, whole
        begun, start = "", 0


def _option(tree: Tree, path: str, line: str, found: Requirements, *, text: Text, number: int) -> None:
    match = _OPTION.match(line)
    if match is None:
        return
    name, value = _LONG.get(match[1], match[1]), _plain(match[2])
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
    if name in {"--requirement", "--constraint"}:
        if tree.has(beside):
            _read(tree, beside, found, constraint=name == "--constraint")
        elif "://" not in value:
            why = f"it names {value}, which is not there: the install will fail"
            found.cautions.append(Caution("missing-file", text.path, number, why))
    elif name == "--editable":
        _requirement(tree, value, found, text=text, number=number)
    elif name in {"--index-url", "--extra-index-url"}:
        found.indexes.append(value)
    elif name == "--find-links" and "://" not in value:
        found.local.append(value.removeprefix("./").rstrip("/"))
    elif name == "--no-binary":
        found.compiled += [dependency.normal(each) for each in value.split(",")]


def _requirement(tree: Tree, line: str, found: Requirements, *, text: Text, number: int) -> None:
    bare = re.split(r"\s--(?:hash|global-option|config-settings)\b", line)[0].strip()
    found.hashes = found.hashes or "--hash" in line
    egg = _EGG.search(bare)
    if _REPOSITORY.match(bare) or (egg and "://" in bare):
        name = egg[1] if egg else bare.split("#")[0].rsplit("@", 1)[0].rsplit("/", 1)[-1].removesuffix(".git")
        extras = tuple(sorted((egg[2] or "").split(","))) if egg and egg[2] else ()
        found.dependencies.append(Dependency(dependency.normal(name), extras, "", bare, text.path, number, line))
        return
    if local := _local(tree, bare):
        found.local.append(local)
        return
    if one := dependency.parsed(bare, text.path, number):
        found.dependencies.append(one)
        if one.url.startswith("file:"):
            found.local.append(".")


def _local(tree: Tree, line: str) -> str:
    """Return the file or folder of the project that a requirement is; paths are seen from where pip runs."""
    where = line.split("[", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().removeprefix("file:")
    if where in {".", "./"}:
        return "."
    where = posixpath.normpath(where) if where else ""
    looks = line.startswith(("./", "../", "file:")) or where.endswith((".whl", ".tar.gz", ".zip"))
    if where.startswith(("..", "/")):
        return "." if looks else ""
    return where if looks or ("/" in where and tree.has_folder(where)) else ""


def _plain(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        return value.strip()
    return words[0] if words else ""
