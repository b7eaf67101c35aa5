"""What go.mod says: the module's path, the Go it needs, what it requires, what it takes from folders beside it."""

import re
from dataclasses import dataclass, field

from dockerfiles.analysis import Version
from dockerfiles.sources import Hit, search, without_comments
from dockerfiles.tree import Tree

# What is built with where a project says nothing, or asks for a Go whose images are gone.
NEWEST = "1.25"
_OLDEST = (1, 20)

_FRAMEWORKS = {
    "github.com/gin-gonic/gin": "gin",
    "github.com/gofiber/fiber": "fiber",
    "github.com/labstack/echo": "echo",
    "github.com/go-chi/chi": "chi",
    "github.com/gorilla/mux": "gorilla",
    "github.com/beego/beego": "beego",
    "github.com/kataras/iris": "iris",
    "github.com/gobuffalo/buffalo": "buffalo",
    "github.com/cloudwego/hertz": "hertz",
    "github.com/danielgtaylor/huma": "huma",
    "connectrpc.com/connect": "connect",
    "google.golang.org/grpc": "grpc",
}
_MAJOR = re.compile(r"/v\d+$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A module that is needed, by the path without its major version."""

    path: str
    version: str
    hit: Hit
    indirect: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """One go.mod; `path` is "" when there is none. `beside` are folders that it takes modules from."""

    path: str = ""
    go: Hit | None = None
    toolchain: Hit | None = None
    requires: tuple[Requirement, ...] = ()
    beside: tuple[str, ...] = field(default=())

    @property
    def program(self) -> str:
        """Return what `go build` would call the program of the module's root."""
        return _MAJOR.sub("", self.path).rpartition("/")[2]

    def requirement(self, path: str) -> Requirement | None:
        return next((one for one in self.requires if one.path == path), None)


def read(tree: Tree) -> Module:
    """Return what go.mod says; an empty module when there is none."""
    if (text := tree.text("go.mod")) is None:
        return Module()
    bare = (without_comments(text, "c"),)
    path = next(search(bare, r"^module\s+\"?([\w./~-]+)"), None)
    indirect = {hit.line for hit in search((text,), r"//\s*indirect")}
    requires = tuple(
        Requirement(_MAJOR.sub("", hit.groups[0]), hit.groups[1], hit, hit.line in indirect)
        for hit in search(bare, r"^(?:\s+|require\s+)([\w.-]+\.[\w.-]+(?:/[\w./~-]+)?)\s+(v[\w.+-]+)\s*$")
    )
    beside = search(bare, r"=>\s+(\.{1,2}/[\w./-]+)\s*$")
    return Module(
        path.groups[0] if path else "",
        next(search(bare, r"^go\s+(\d+\.\d+[\w.]*)"), None),
        next(search(bare, r"^toolchain\s+go(\d+\.\d+[\w.]*)"), None),
        requires,
        tuple(sorted({hit.groups[0].rstrip("/") for hit in beside})),
    )


def framework(module: Module) -> Requirement | None:
    """Return the server framework that a module requires directly; gRPC counts when there is no other."""
    return next((found for path in _FRAMEWORKS if (found := module.requirement(path)) and not found.indirect), None)


def framework_name(requirement: Requirement | None) -> str:
    """Return what a framework is called; "" for none."""
    return _FRAMEWORKS[requirement.path] if requirement else ""


def version(module: Module, wished: str) -> Version:
    """Return the Go to build with: the higher of the go and toolchain lines. Newer ones build what old ones built."""
    if wished:
        return Version(wished, wished, "--version")
    named = [hit for hit in (module.go, module.toolchain) if hit is not None]
    if not named:
        return Version(NEWEST)
    highest = max(named, key=lambda hit: _numbers(hit.groups[0]))
    numbers = _numbers(highest.groups[0])
    value = NEWEST if numbers < _OLDEST else f"{numbers[0]}.{numbers[1]}"
    return Version(value, highest.text, highest.source)


def _numbers(version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
