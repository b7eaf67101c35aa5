"""Whether a folder holds a Python project, by few files: its manifests, and the names of its programs."""

import re

from dockerfiles.language import Sign
from dockerfiles.languages.python import pyproject, requirements
from dockerfiles.tree import Tree

# A dependency that is there to serve something.
_SERVES = re.compile(
    r"^[\s\"'-]*(?:django|flask|fastapi|starlette|litestar|starlite|quart|sanic|bottle|falcon|aiohttp|tornado|dash|"
    r"connexion|blacksheep|robyn|streamlit|gradio|chainlit|nicegui|panel|solara|shiny|marimo|reflex|python-fasthtml|"
    r"pyramid|cherrypy|celery|gunicorn|uvicorn|hypercorn|daphne|grpcio|apiflask|flask-appbuilder|fastmcp)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PROGRAMS = (
    *("main.py", "app.py", "start.py", "run.py", "bot.py", "hello.py", "server.py", "manage.py", "wsgi.py", "asgi.py"),
    *("streamlit_app.py", "application.py", "api.py", "worker.py", "index.py", "__main__.py", "serve.py"),
)
# What generators of sites read, and nobody runs.
_SETTINGS = frozenset({"conf.py", "pelicanconf.py", "publishconf.py"})
_MANIFESTS = ("pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml", "environment.yaml")


def recognise(tree: Tree) -> Sign | None:
    """Return the sign that the root of a tree is of Python, None when nothing says so."""
    manage = tree.text("manage.py")
    if manage and "django" in manage.content.lower():
        return Sign(0.95, "manage.py", "a Django project")
    names = [path for path in (tree.first(*requirements.FILES), *_MANIFESTS) if path and tree.has(path)]
    for name in names:
        text = tree.text(name)
        if text and (found := _SERVES.search(text.content)):
            if name == "setup.py" or (name == "pyproject.toml" and _is_library(tree)):
                return Sign(0.7, name, f"a package that uses {found[0].strip()}", library=not _has_program(tree))
            return Sign(0.95, name, f"it depends on {found[0].strip(chr(34) + chr(39) + ' -').lower()}")
    if names:
        return _by_manifest(tree, names[0])
    if program := tree.first(*_PROGRAMS):
        return Sign(0.5, program, "the name of a program")
    return _by_any_file(tree)


def _by_manifest(tree: Tree, name: str) -> Sign:
    if _has_program(tree):
        return Sign(0.8, name, "what a Python program depends on")
    if name in {"pyproject.toml", "setup.py", "setup.cfg"} and _is_library(tree):
        return Sign(0.7, name, "a package with nothing to run", library=True)
    project = pyproject.read(tree) if name == "pyproject.toml" else None
    if project is not None and not project.declares and not any(path.endswith(".py") for path in tree.files):
        return Sign(0.2, name, "settings of tools")
    return Sign(0.7, name, "what a Python project depends on")


def _is_library(tree: Tree) -> bool:
    """Return whether what is here is made to be imported: a package that offers no script and has no program."""
    project = pyproject.read(tree)
    scripts = bool(project and project.scripts)
    package = bool(project and project.package) or tree.has("setup.py")
    return package and not scripts and not _has_program(tree)


def _has_program(tree: Tree) -> bool:
    if tree.first(*_PROGRAMS, "Procfile"):
        return True
    inside = (path for path in tree.files if path.count("/") <= 2 and path.rpartition("/")[2] in _PROGRAMS)
    return any(not re.search(r"(^|/)(tests?|docs?|examples?)/", path) for path in inside)


def _by_any_file(tree: Tree) -> Sign | None:
    direct = [path for path in tree.files if "/" not in path]
    if sources := [path for path in direct if path.endswith(".py") and path not in _SETTINGS]:
        return Sign(0.4 if len(sources) == 1 else 0.3, sources[0], "a Python file")
    notebooks = [path for path in direct if path.endswith(".ipynb")]
    return Sign(0.4, notebooks[0], "a notebook") if notebooks else None
