"""MkDocs, Sphinx and Pelican: generators that pip installs, with the themes and extensions that a site names."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from dockerfiles import reading
from dockerfiles.analysis import Caution, Evidence, Version
from dockerfiles.language import Sign, Wishes
from dockerfiles.languages.python import requirements
from dockerfiles.languages.sites import plan as sites
from dockerfiles.languages.sites.packages import EXTENSIONS, MKDOCS_PLUGINS, MKDOCS_THEMES, PINS, SPHINX_THEMES
from dockerfiles.languages.sites.plan import OUT, Plan
from dockerfiles.recipe import Base
from dockerfiles.sources import at_line, first, without_comments
from dockerfiles.tree import Tree

_MKDOCS = ("mkdocs.yml", "mkdocs.yaml")
_CONF = ("conf.py", "source/conf.py", "docs/conf.py", "docs/source/conf.py", "doc/conf.py", "doc/source/conf.py")
_ABOUT_SPHINX = r"^(?:extensions|html_theme|master_doc|root_doc|source_suffix)\s*=|^\s*import sphinx|\bsphinx\b"
_REQUIREMENTS = (
    *("requirements-docs.txt", "docs-requirements.txt", "requirements_docs.txt", "requirements/docs.txt"),
    *("docs/requirements.txt", "doc/requirements.txt", "docs/source/requirements.txt", "requirements.txt"),
)
_READ_THE_DOCS = (".readthedocs.yaml", ".readthedocs.yml")
_PYTHON = "3.12"
# Less than a manifest with a program, more than a manifest alone: that may be what the documents are built with.
_BESIDE = 0.75
# A list that names one of these brings the generator, itself or as what they depend on.
_BRING = {"mkdocs": "mkdocs", "sphinx": "sphinx|furo|myst|pydata[-_]sphinx", "pelican": "pelican"}
_ASKS_GIT = ("git-revision-date", "git-revision-date-localized", "git-authors", "git-committers")


@dataclass(frozen=True, slots=True)
class _Installed:
    """How a generator is installed: by the project's own list, or by what its configuration names.

    `whole`: the list names folders of the project, so that all of it has to be there first.
    """

    manifests: tuple[str, ...]
    commands: tuple[str, ...]
    version: Version
    lock: str = ""
    whole: bool = False


def mkdocs(tree: Tree) -> Sign | None:
    """Return the sign of a site of MkDocs; one beside a program documents it."""
    return _sign(tree, tree.first(*_MKDOCS), "the configuration of MkDocs")


def sphinx(tree: Tree) -> Sign | None:
    """Return the sign of documents that Sphinx builds: many a project calls a module of its own conf.py."""
    for path in _CONF:
        text = tree.text(path)
        if text and first((text,), _ABOUT_SPHINX):
            folder = path.rpartition("/")[0]
            if any(tree.has(f"{folder}/index.{kind}".lstrip("/")) for kind in ("rst", "md", "txt")):
                return _sign(tree, path, "the configuration of Sphinx", 0.9 if folder in {"", "source"} else _BESIDE)
    return None


def pelican(tree: Tree) -> Sign | None:
    """Return the sign of a site of Pelican."""
    return Sign(0.95, "pelicanconf.py", "the configuration of Pelican") if tree.has("pelicanconf.py") else None


def _sign(tree: Tree, file: str | None, why: str, confidence: float = 0.9) -> Sign | None:
    if file is None:
        return None
    document = sites.documents_something(tree)
    return Sign(0.45 if document else confidence, file, why, library=document)


def mkdocs_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a site of MkDocs is built."""
    file = tree.first(*_MKDOCS) or _MKDOCS[0]
    settings = sites.settings(tree, file)
    said = settings.get("theme")
    theme = sites.text(said if isinstance(said, str) else sites.mapping(said).get("name"), "mkdocs")
    plugins = list(_names(settings.get("plugins")))
    needed, unknown = _packages(
        tree, file, [(theme, MKDOCS_THEMES, "theme"), *((name, MKDOCS_PLUGINS, "plugin") for name in plugins)]
    )
    installed = _installed(tree, "mkdocs", needed, wishes)
    output = sites.folder(settings.get("site_dir"), "site")
    git = [name for name in plugins if name in _ASKS_GIT]
    text = tree.text(file)
    return _plan(
        tree,
        "mkdocs",
        file,
        installed=installed,
        output=output,
        command=f"mkdocs build --config-file {file} --site-dir {OUT}",
        evidence=tuple(
            at_line(text, key).speaks_for(field, rule)
            for key, field, rule, there in (
                ("site_name", "framework", "site", True),
                ("site_dir", "static", "site-dir", output != "site"),
            )
            if text and there
        ),
        warnings=(
            *(() if installed.manifests else unknown),
            *(sites.without_history(tree.whole(file), at_line(text, name).line, name) for name in git if text),
        ),
    )


def sphinx_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how documents of Sphinx are built: as HTML, from the folder of its configuration."""
    sign = sphinx(tree)
    file = sign.file if sign else "conf.py"
    source = file.rpartition("/")[0] or "."
    values = _assigned(tree, file)
    theme = sites.text(values.get("html_theme"), "alabaster")
    extensions = [one for one in _list(values.get("extensions")) if not one.startswith("sphinx.ext.")]
    own = [one for one in extensions if any(tree.has(path) for path in _modules(tree, one))]
    needed, unknown = _packages(
        tree,
        file,
        [
            (theme, SPHINX_THEMES, "theme"),
            *((one, EXTENSIONS, "extension") for one in extensions if one not in own),
        ],
    )
    installed = _installed(tree, "sphinx", needed, wishes)
    above, _, last = source.rpartition("/")
    built = f"{above}/build/html" if last == "source" else f"{source}/_build/html"
    return _plan(
        tree,
        "sphinx",
        file,
        installed=installed,
        output=built.removeprefix("./").lstrip("/"),
        command=f"sphinx-build -b html {source} {OUT}",
        evidence=_evidence(tree, file, "html_theme", "extensions"),
        warnings=() if installed.manifests else unknown,
    )


def pelican_plan(tree: Tree, wishes: Wishes) -> Plan:
    """Return how a site of Pelican is built: with the settings for publishing where there are any."""
    settings = "publishconf.py" if tree.has("publishconf.py") else "pelicanconf.py"
    values = {**_assigned(tree, "pelicanconf.py"), **_assigned(tree, "publishconf.py")}
    content = sites.folder(values.get("PATH"), "content")
    output = sites.folder(values.get("OUTPUT_PATH"), "output")
    installed = _installed(tree, "pelican", ["pelican[markdown]"], wishes)
    theme = sites.text(values.get("THEME")).strip().removeprefix("./")
    text = tree.text("pelicanconf.py")
    words = f"its theme {quote(theme)} is not in the project: pelican fails unless a package brings it"
    missing = "/" in theme and not theme.startswith("/") and not tree.has_folder(theme)
    return _plan(
        tree,
        "pelican",
        "pelicanconf.py",
        installed=installed,
        output=output,
        command=f"pelican {quote(content)} --settings {settings} --output {OUT}",
        evidence=_evidence(tree, "pelicanconf.py", "SITENAME", "OUTPUT_PATH"),
        warnings=(
            *(
                (Caution("missing-theme", tree.whole("pelicanconf.py"), at_line(text, "THEME").line, words),)
                if missing and text
                else ()
            ),
        ),
    )


def _plan(
    tree: Tree,
    tool: str,
    file: str,
    *,
    installed: _Installed,
    output: str,
    command: str,
    evidence: tuple[Evidence, ...],
    warnings: tuple[Caution, ...],
) -> Plan:
    return Plan(
        tool=tool,
        version=installed.version,
        file=file,
        name=tree.name,
        output=output,
        base=Base("python", f"{_python(tree)}-slim-bookworm"),
        build=(*(installed.commands if installed.whole else ()), command),
        manifests=installed.manifests,
        lock=installed.lock,
        manager="uv" if installed.lock == "uv.lock" else "pip",
        install=() if installed.whole else installed.commands,
        debian=("python3", "python3-pip"),
        evidence=evidence,
        warnings=(*warnings, *_unread(tree, tool, installed)),
    )


def _unread(tree: Tree, tool: str, installed: _Installed) -> Iterator[Caution]:
    """Yield that packages of a manifest are left out, which only a manager without a lock here could install."""
    text = tree.text("pyproject.toml") or tree.text("Pipfile")
    if not installed.manifests and text and (line := text.line_of(tool)):
        words = "the packages named here are not installed: write them to requirements.txt, which is read"
        yield Caution("unread-packages", text.path, line, words)


def _installed(tree: Tree, tool: str, needed: Iterable[str], wishes: Wishes) -> _Installed:
    pip = "pip install --no-cache-dir --root-user-action=ignore"
    for path in dict.fromkeys((*_of_read_the_docs(tree), *_REQUIREMENTS)):
        text = tree.text(path)
        pinned = first((without_comments(text, "hash"),), rf"(?i)^(?:{_BRING[tool]})[^\n]*") if text else None
        if text and pinned:
            own = first((text,), rf"(?i)^{tool}(?:\[[\w,-]*\])?\s*==\s*(\d[\d.]*)")
            version = Version(own.groups[0], own.text, own.source) if own else Version("", pinned.text, pinned.source)
            asked = requirements.read(tree, path)
            command = f"{pip} -r {quote(path)}"
            return _Installed(tuple(asked.files), (command,), version, whole=bool(asked.local))
    if tree.has("uv.lock") and first(tuple(filter(None, (tree.text("pyproject.toml"),))), rf"[\"']{tool}"):
        locked = first(tuple(filter(None, (tree.text("uv.lock"),))), rf"^name = \"{tool}\"\nversion = \"([\d.]+)\"")
        version = Version(locked.groups[0], locked.text, locked.source) if locked else Version("")
        export = "uv export --frozen --no-emit-project --all-groups --output-file /tmp/requirements.txt"
        commands = (f"{pip} uv==0.9.5", export, f"{pip} -r /tmp/requirements.txt")
        return _Installed(("pyproject.toml", "uv.lock"), commands, version, "uv.lock")
    version = sites.wished(wishes.version, (), PINS[tool])
    names = dict.fromkeys((tool, *needed))
    if f"{tool}[markdown]" in names:
        del names[tool]
    words = [f"{name}=={version.value}" if name.split("[")[0] == tool else _pinned(name) for name in names]
    return _Installed((), (f"{pip} {' '.join(map(quote, words))}",), version)


def _pinned(name: str) -> str:
    return f"{name}=={PINS[name]}" if name in PINS else name


def _packages(
    tree: Tree, file: str, asked: Iterable[tuple[str, Mapping[str, str], str]]
) -> tuple[list[str], tuple[Caution, ...]]:
    """Return the packages that bring what a configuration names, and what nothing is known to bring."""
    text = tree.text(file)
    found: dict[str, None] = {}
    unknown = []
    for name, table, what in asked:
        if name not in table:
            words = f"nothing is known that brings the {what} {quote(name)}: name its package in requirements.txt"
            line = at_line(text, name).line if text else 0
            unknown.append(Caution(f"unknown-{what}", tree.whole(file), line, words))
        elif table[name]:
            found[table[name]] = None
    return list(found), tuple(unknown)


def _of_read_the_docs(tree: Tree) -> Iterator[str]:
    for path in _READ_THE_DOCS:
        for document in reading.yaml_documents(tree, path):
            steps = sites.mapping(document.get("python")).get("install")
            for step in steps if isinstance(steps, list) else ():
                if named := sites.word(sites.mapping(step).get("requirements")):
                    yield named


def _python(tree: Tree) -> str:
    for path in _READ_THE_DOCS:
        for document in reading.yaml_documents(tree, path):
            tools = sites.mapping(sites.mapping(document.get("build")).get("tools"))
            if re.fullmatch(r"3\.(?:9|1[0-3])", found := str(tools.get("python", ""))):
                return found
    written = sites.written(
        tree, (".python-version", r"^(3\.(?:9|1[0-3]))"), ("runtime.txt", r"^(?:python-)?(3\.(?:9|1[0-3]))")
    )
    return next((each.value for each in written), _PYTHON)


def _names(plugins: Any) -> Iterator[str]:
    """Yield the names of plugins, which are a list of names and of mappings by name, or one mapping."""
    for one in plugins if isinstance(plugins, (list, dict)) else ():
        name = next(iter(one), "") if isinstance(one, dict) else one
        if isinstance(name, str):
            yield name


def _assigned(tree: Tree, file: str) -> dict[str, Any]:
    """Return the plain values that a file of settings assigns; it is parsed and never run."""
    text = tree.text(file)
    try:
        statements = ast.parse(text.content).body if text else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Any] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name):
            try:
                found[target.id] = ast.literal_eval(statement.value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue
    return found


def _list(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, (list, tuple)) else []


def _modules(tree: Tree, name: str) -> list[str]:
    path = name.replace(".", "/")
    return [*tree.named(f"{path.rpartition('/')[2]}.py"), f"{path}/__init__.py"]


def _evidence(tree: Tree, file: str, *names: str) -> tuple[Evidence, ...]:
    text = tree.text(file)
    hits = [at_line(text, name) for name in names] if text else []
    return tuple(hit.speaks_for("framework", "settings") for hit in hits if hit.line)
