"""The command lines of the servers that run Python applications in production: one function each."""

from dockerfiles.analysis import Command
from dockerfiles.languages.python.manifests import Manifest

# What is installed where a project names no server: the last of each that runs on every Python that is supported.
ADDED = {
    "gunicorn": "gunicorn==23.0.0",
    "uvicorn": "uvicorn==0.33.0",
    "daphne": "daphne==4.1.2",
    "waitress": "waitress==3.0.0",
}
_UVICORN_WORKER = "uvicorn.workers.UvicornWorker"


def added(manifest: Manifest, *servers: str) -> tuple[str, ...]:
    """Return what has to be installed so that these servers are there."""
    brought = {"uvicorn": _brings_uvicorn(manifest)}
    return tuple(ADDED[name] for name in servers if not manifest.has(name) and not brought.get(name))


def gunicorn(reference: str, port: int, *, base: str = "", worker: str = "", options: tuple[str, ...] = ()) -> Command:
    """Return gunicorn for an application; `base` is the folder that its module is imported from."""
    where = ("--chdir", base) if base else ()
    kind = ("--worker-class", worker) if worker else ()
    return Command(("gunicorn", *where, "--bind", f"0.0.0.0:{port}", *kind, *options, reference))


def gunicorn_asgi(reference: str, port: int, *, base: str = "") -> Command:
    """Return gunicorn with uvicorn's workers, for projects that name both."""
    return gunicorn(reference, port, base=base, worker=_UVICORN_WORKER)


def uvicorn(reference: str, port: int, *, base: str = "") -> Command:
    """Return uvicorn for an application, or for a factory where the reference ends in `()`."""
    where = ("--app-dir", base) if base else ()
    made = ("--factory",) if reference.endswith("()") else ()
    reference = reference.removesuffix("()")
    return Command(("uvicorn", reference, *made, *where, "--host", "0.0.0.0", "--port", str(port)))  # noqa: S104


def hypercorn(reference: str, port: int) -> Command:
    """Return hypercorn for an application."""
    return Command(("hypercorn", reference, "--bind", f"0.0.0.0:{port}"))


def daphne(reference: str, port: int) -> Command:
    """Return daphne for an application of Django's."""
    return Command(("daphne", "-b", "0.0.0.0", "-p", str(port), reference))  # noqa: S104


def sanic(reference: str, port: int) -> Command:
    """Return Sanic's own server for an application or a factory."""
    made = ("--factory",) if reference.endswith("()") else ()
    return Command(("sanic", reference.removesuffix("()"), *made, "--host=0.0.0.0", f"--port={port}"))


def python(path: str, *words: str) -> Command:
    """Return Python with a file."""
    return Command(("python", path, *words))


def module(name: str) -> Command:
    """Return Python with a module."""
    return Command(("python", "-m", name))


def _brings_uvicorn(manifest: Manifest) -> bool:
    """Return whether FastAPI is asked for with what brings a server."""
    one = manifest.find("fastapi")
    return one is not None and bool({"standard", "all"} & set(one.extras))
