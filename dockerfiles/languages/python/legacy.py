"""setup.py, setup.cfg and environment.yml, read and never run."""

import ast
import configparser
import re
import warnings
from collections.abc import Iterator
from typing import Any

import yaml

from dockerfiles.analysis import Caution
from dockerfiles.languages.python import dependency
from dockerfiles.languages.python.dependency import Dependency
from dockerfiles.languages.python.pyproject import Project
from dockerfiles.tree import Text, Tree

_PIN = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*(?:([=<>!~]+)\s*([\w.*]+))?")


def setup(tree: Tree) -> Project | None:
    """Return what setup.py and setup.cfg say, None where there is neither. Only what is written out is understood."""
    script, configuration = tree.text("setup.py"), tree.text("setup.cfg")
    found = Project("setup.py" if script else "setup.cfg", package=True, backend="setuptools.build_meta")
    known = False
    if configuration is not None:
        known = _configuration(configuration, found)
    if script is not None:
        known = True
        _script(script, found)
    return found if known else None


def conda(tree: Tree) -> tuple[str, Project] | None:
    """Return the file of a conda environment and what it asks for, None where there is none."""
    path = tree.first("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
    text = tree.text(path) if path else None
    if text is None or path is None:
        return None
    found = Project(path, "conda")
    try:
        whole = yaml.safe_load(text.content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        found.cautions.append(Caution("malformed", text.path, line, "it is no YAML; what it says was not used"))
        return path, found
    listed = whole.get("dependencies") if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        return None
    found.declares, found.name = True, ""
    for entry in listed:
        _conda_entry(entry, text, found)
    return path, found


def _conda_entry(entry: Any, text: Text, found: Project) -> None:
    if isinstance(entry, dict):
        for line in entry.get("pip") or ():
            if isinstance(line, str) and (one := dependency.parsed(line, text.path, text.line_of(line))):
                found.dependencies.append(one)
        return
    match = _PIN.match(str(entry).rpartition("::")[2])
    if match is None:
        return
    name, relation, version = match[1], match[2] or "", match[3] or ""
    if name == "python":
        found.python = version if relation in {"=", "=="} else f"{relation}{version}"
        found.python_line = text.line_of(str(entry))
    elif name != "pip":
        specifier = f"=={version}" if relation in {"=", "=="} else f"{relation}{version}"
        line = text.line_of(str(entry))
        found.dependencies.append(Dependency(dependency.normal(name), (), specifier, "", text.path, line, str(entry)))


def _configuration(text: Text, found: Project) -> bool:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text.content)
    except configparser.Error as error:
        found.cautions.append(Caution("malformed", text.path, getattr(error, "lineno", 0) or 0, "it can't be read"))
        return False
    found.name = parser.get("metadata", "name", fallback="")
    found.version = parser.get("metadata", "version", fallback="")
    found.python = parser.get("options", "python_requires", fallback="")
    found.python_line = text.line_of("python_requires") if found.python else 0
    required = parser.get("options", "install_requires", fallback="")
    found.declares = bool(required.strip())
    for line in filter(None, (each.split(" #")[0].strip() for each in required.splitlines())):
        if one := dependency.parsed(line, text.path, text.line_of(line)):
            found.dependencies.append(one)
    scripts = parser.get("options.entry_points", "console_scripts", fallback="")
    found.scripts |= dict(_scripts(scripts.splitlines()))
    found.scripts_line = text.line_of("console_scripts") if scripts else 0
    return bool(found.name or found.declares)


def _script(text: Text, found: Project) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the project's own texts
            tree = ast.parse(text.content)
    except (SyntaxError, ValueError, RecursionError) as error:
        found.cautions.append(Caution("malformed", text.path, getattr(error, "lineno", 0) or 0, "it can't be parsed"))
        return
    values = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node.func)), None)
    for given in call.keywords if call else ():
        node = values.get(given.value.id) if isinstance(given.value, ast.Name) else given.value
        _setup_argument(given.arg, _literal(node), text, found)


def _setup_argument(name: str | None, value: Any, text: Text, found: Project) -> None:
    match name, value:
        case "name", str():
            found.name = value
        case "version", str():
            found.version = value
        case "python_requires", str():
            found.python, found.python_line = value, text.line_of("python_requires")
        case "install_requires", list() | tuple():
            found.declares = True
            for line in (each for each in value if isinstance(each, str)):
                if one := dependency.parsed(line, text.path, text.line_of(line)):
                    found.dependencies.append(one)
        case "entry_points", dict():
            lines = value.get("console_scripts", ())
            found.scripts |= dict(_scripts([lines] if isinstance(lines, str) else lines))
            found.scripts_line = text.line_of("console_scripts")


def _scripts(lines: Any) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, sign, target = str(line).partition("=")
        if sign and name.strip():
            yield name.strip(), target.strip()


def _is_setup(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "setup") or (
        isinstance(node, ast.Attribute) and node.attr == "setup"
    )


def _literal(node: ast.expr | None) -> Any:
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return None
