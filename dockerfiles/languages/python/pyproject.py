"""pyproject.toml, Pipfile and their kin: what a project is called, needs, offers to run, and which Pythons it takes."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockerfiles.analysis import Caution
from dockerfiles.languages.python import dependency
from dockerfiles.languages.python.dependency import Dependency
from dockerfiles.tree import Text, Tree

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
# The builds of these ask git which version it is.
_ASKS_GIT = ("setuptools_scm", "setuptools-scm", "hatch-vcs", "versioneer", "versioningit", "poetry-dynamic-versioning")


@dataclass(slots=True)
class Project:
    """What one manifest says of the project; `manager` is "" where it does not tell who installs it.

    `package`: the project itself can be installed. `sources`: paths of the tree that some dependencies come from.
    """

    file: str = "pyproject.toml"
    manager: str = ""
    name: str = ""
    version: str = ""
    python: str = ""
    python_line: int = 0
    dependencies: list[Dependency] = field(default_factory=list)
    declares: bool = False
    dynamic: bool = False
    scripts: dict[str, str] = field(default_factory=dict)
    scripts_line: int = 0
    package: bool = False
    backend: str = ""
    asks_git: bool = False
    readme: str = ""
    licence_files: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)


def table(text: Text) -> tuple[Mapping[str, Any], list[Caution]]:
    """Return a TOML file as a mapping, empty and with a caution when it is broken."""
    try:
        return tomllib.loads(text.content), []
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line, column = (int(place[1]), place[2]) if place else (0, "")
        what = _PLACE.sub("", str(error)).strip()
        where = f"column {column}: " if column else ""
        return {}, [Caution("malformed", text.path, line, f"{where}{what}; what it says was not used")]


def read(tree: Tree) -> Project | None:
    """Return what pyproject.toml says, None where there is none. A broken one says nothing, with a caution."""
    text = tree.text("pyproject.toml")
    if text is None:
        return None
    whole, cautions = table(text)
    found = Project(cautions=cautions)
    _build_system(whole, found)
    tool = _at(whole, "tool")
    if project := _at(whole, "project"):
        _standard(project, text, found)
    if poetry := _at(tool, "poetry"):
        _poetry(poetry, text, found)
    _who_installs(tool, found)
    _uv(_at(tool, "uv"), found)
    found.asks_git = any(name in text.content for name in _ASKS_GIT)
    return found


def pipfile(tree: Tree) -> Project | None:
    """Return what a Pipfile says, None where there is none."""
    text = tree.text("Pipfile")
    if text is None:
        return None
    whole, cautions = table(text)
    requires = _at(whole, "requires")
    python = str(requires.get("python_full_version") or requires.get("python_version") or "")
    found = Project("Pipfile", "pipenv", python=python, declares="packages" in whole, cautions=cautions)
    found.python_line = text.line_of("python_") if python else 0
    found.dependencies = list(_of_table(_at(whole, "packages"), text))
    scripts = _at(whole, "scripts")
    found.scripts = {name: value for name, value in scripts.items() if isinstance(value, str)}
    sources = whole.get("source")
    listed = sources if isinstance(sources, list) else []
    found.indexes = [str(one.get("url")) for one in listed if isinstance(one, dict) and "//pypi." not in str(one)]
    return found


def _build_system(whole: Mapping[str, Any], found: Project) -> None:
    backend = str(_at(whole, "build-system").get("build-backend") or "")
    found.backend = backend or ("setuptools.build_meta" if "build-system" in whole else "")
    found.package = bool(backend)


def _standard(project: Mapping[str, Any], text: Text, found: Project) -> None:
    found.name, found.version = str(project.get("name") or ""), str(project.get("version") or "")
    found.python = str(project.get("requires-python") or "")
    found.python_line = text.line_of("requires-python")
    dynamic = project.get("dynamic") or ()
    found.dynamic = "dependencies" in dynamic
    found.declares = "dependencies" in project or found.dynamic
    for line in _texts(project.get("dependencies")):
        if one := dependency.parsed(line, text.path, text.line_of(line)):
            found.dependencies.append(one)
    found.scripts = {name: value for name, value in _at(project, "scripts").items() if isinstance(value, str)}
    found.scripts_line = text.line_of("[project.scripts]")
    readme = project.get("readme")
    found.readme = str(readme.get("file") or "") if isinstance(readme, dict) else str(readme or "")
    licence = project.get("license")
    if isinstance(licence, dict) and licence.get("file"):
        found.licence_files.append(str(licence["file"]))


def _poetry(poetry: Mapping[str, Any], text: Text, found: Project) -> None:
    found.manager = "poetry"
    found.name = found.name or str(poetry.get("name") or "")
    found.version = found.version or str(poetry.get("version") or "")
    needed = _at(poetry, "dependencies")
    if isinstance(python := needed.get("python"), str) and not found.python:
        found.python, found.python_line = python, text.line_of("python =")
    found.declares = found.declares or bool(needed)
    rest = {name: value for name, value in needed.items() if name != "python"}
    found.dependencies += _of_table(rest, text)
    main = _at(_at(_at(poetry, "group"), "main"), "dependencies")
    found.dependencies += _of_table(main, text)
    for name, value in _at(poetry, "scripts").items():
        target = value.get("callable") or value.get("reference") if isinstance(value, dict) else value
        if isinstance(target, str):
            found.scripts.setdefault(name, target)
    found.scripts_line = found.scripts_line or text.line_of("[tool.poetry.scripts]")
    found.package = poetry.get("package-mode") is not False and bool(found.name)
    found.readme = found.readme or next(iter(_texts(poetry.get("readme"))), "")
    found.sources += [one.url for one in found.dependencies if one.url and "://" not in one.url]
    listed = poetry.get("source")
    entries = listed if isinstance(listed, list) else []
    found.indexes += [str(one.get("url")) for one in entries if isinstance(one, dict) and one.get("url")]


def _who_installs(tool: Mapping[str, Any], found: Project) -> None:
    if found.manager:
        return
    found.manager = next((name for name in ("uv", "pdm") if name in tool), "")
    if found.manager == "pdm":
        distribution = _at(tool, "pdm").get("distribution")
        found.package = found.package if distribution is None else bool(distribution)


def _uv(uv: Mapping[str, Any], found: Project) -> None:
    if isinstance(uv.get("package"), bool):
        found.package = uv["package"]
    found.members = list(_texts(_at(uv, "workspace").get("members")))
    for one in _at(uv, "sources").values():
        if isinstance(one, dict) and isinstance(one.get("path"), str):
            found.sources.append(one["path"])
    listed = uv.get("index")
    entries = listed if isinstance(listed, list) else []
    found.indexes += [str(one.get("url")) for one in entries if isinstance(one, dict) and one.get("url")]


def _of_table(entries: Mapping[str, Any], text: Text) -> Iterator[Dependency]:
    for name, value in entries.items():
        # Poetry may list one dependency several times, for several Pythons.
        variants = value if isinstance(value, list) else [value]
        line = next((number for number, one in text.lines() if re.match(rf"\"?{re.escape(name)}\"?\s*=", one)), 0)
        line = line or text.line_of(f"dependencies.{name}]")
        for variant in reversed(variants):
            if one := dependency.from_table(name, variant, text.path, line):
                yield one
                break


def _at(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = whole.get(key)
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
