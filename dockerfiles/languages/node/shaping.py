"""What an application of Node is: a server, a worker, a site of files, a job; and what runs it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dockerfiles.analysis import Evidence, Kind
from dockerfiles.languages.node.frameworks import framework
from dockerfiles.languages.node.outputs import site
from dockerfiles.languages.node.ports import Listener, listeners
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.running import Start
from dockerfiles.languages.node.servers import SERVERS, WORKERS, used
from dockerfiles.languages.node.shape import Shape
from dockerfiles.languages.node.start import start

# Servers that bundlers bring, started by a file of the project's own (an ejected create-react-app).
_FOR_DEVELOPERS = ("webpack-dev-server", "react-dev-utils", "browser-sync")
_GOES_ON = re.compile(r"\bsetInterval\(|\bwhile \(true\)|process\.on\(['\"]SIG(?:TERM|INT)|\.consume\(|\.subscribe\(")


@dataclass(frozen=True, slots=True)
class Known:
    """The shape with what it was told by: the start, the files that it runs, and where those listen."""

    shape: Shape
    start: Start | None
    files: tuple[str, ...]
    listeners: tuple[Listener, ...]


@lru_cache(maxsize=2)
def known(project: Project) -> Known:
    """Return what an application is."""
    shape = framework(project)
    if shape and shape.kind == "static":
        return Known(shape, None, project.code.files, ())
    begun = _begun(project, shape)
    files = _files(project, begun)
    heard = tuple(listeners(project.code, files))
    if shape is None:
        return _without_framework(project, begun, files, heard)
    if not heard and not shape.needs_port:
        heard = tuple(listeners(project.code, project.code.files))
    return Known(shape, begun, files, heard)


def _begun(project: Project, shape: Shape | None) -> Start | None:
    begun = start(project, shape.start if shape else None)
    if begun and begun.entry and project.code.importer(*_FOR_DEVELOPERS, of=(begun.entry,)):
        return None
    return begun


def _files(project: Project, begun: Start | None) -> tuple[str, ...]:
    """The files that run: those that the entry leads to; all, when it is not known or loads them by itself."""
    if begun is None or not begun.entry:
        return project.code.files
    return project.code.reachable(begun.entry)


def _without_framework(
    project: Project, begun: Start | None, files: tuple[str, ...], heard: tuple[Listener, ...]
) -> Known:
    front = site(project)
    if begun and begun.serves is not None:
        return Known(_served(begun, front), begun, project.code.files, ())
    serving = used(project, files, SERVERS)
    if front and not serving and not heard and (begun is None or begun.rule != "procfile"):
        return Known(front, None, project.code.files, ())
    if serving is None and not heard and begun and begun.entry:
        # It may load its parts by their names (`readdirSync("routes")`), so all of them are looked through.
        files = tuple(dict.fromkeys((*files, *project.code.files)))
        heard = tuple(listeners(project.code, files))
        serving = used(project, files, SERVERS) if heard else None
    if serving:
        library = serving.library
        shape = Shape(library.name, serving.package, port=library.port, evidence=(serving.evidence,))
        return Known(shape, begun, files, heard)
    if heard:
        return Known(Shape("", ""), begun, files, heard)
    return Known(_quiet(project, begun, files), begun, files, ())


def _served(begun: Start, front: Shape | None) -> Shape:
    """The script serves files: the folder that it names, else the one that is built."""
    spa = begun.rule == "static server, one page" or (front is not None and front.spa)
    output = begun.serves or (front.output if front else ".")
    if front is None:
        return Shape("", "", "static", port=None, output=output, spa=spa, evidence=begun.evidence)
    return replace(front, output=output, spa=spa)


def _quiet(project: Project, begun: Start | None, files: Sequence[str]) -> Shape:
    """What listens nowhere: a worker when it goes on by itself, else a job; a library when nothing starts it."""
    if worker := used(project, files, WORKERS):
        kind: Kind = "web" if worker.library.port else "worker"
        return Shape(worker.library.name, worker.package, kind, port=worker.library.port, evidence=(worker.evidence,))
    if begun is None:
        return Shape("", "", "library", port=None)
    if unknown := _started_by_a_tool(project, begun):
        return unknown
    for path in files:
        if found := _GOES_ON.search(project.code.content(path)):
            line = project.code.content(path).count("\n", 0, found.start()) + 1
            evidence = Evidence("kind", project.tree.whole(path), line, found.group(), "goes on by itself")
            return Shape("", "", "worker", port=None, evidence=(evidence,))
    return Shape("", "", "job", port=None)


def _started_by_a_tool(project: Project, begun: Start) -> Shape | None:
    """A server that a dependency's own command starts: `fastify start`, `json-server`, `micro`."""
    for library in SERVERS:
        tools = {package.rpartition("/")[2].removesuffix("-cli") for package in library.packages}
        if not begun.entry and tools & set(begun.words[:2]) and project.has(*library.packages):
            package = next(one for one in library.packages if project.has(one))
            evidence = Evidence(
                "framework", project.manifest.path, project.manifest.line_of(package), package, "dependency"
            )
            bind = {"FASTIFY_ADDRESS": "0.0.0.0"} if library.name == "fastify" else {}  # noqa: S104
            return Shape(library.name, package, port=library.port, bind=bind, needs_port=True, evidence=(evidence,))
    return None
