"""How an image is built, as values: the stages and their steps. Rendering them is the one template's matter.

A recipe says nothing about syntax. Everything that goes for every Dockerfile (order, quoting, the labels, the user,
the exec form, what a builder rejects) has its home where recipes are rendered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dockerfiles.analysis import Command, Healthcheck

# What the image runs as where its base has no user of its own; numeric, so that nothing has to look it up.
USER = "10001:10001"


@dataclass(frozen=True, slots=True)
class Base:
    """An image to build from: a repository with a pinned tag, and the Debian release it rests on ("" for none)."""

    repository: str
    tag: str
    debian: Literal["bookworm", "trixie", ""] = "bookworm"

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}" if self.tag else self.repository


@dataclass(frozen=True, slots=True)
class Packages:
    """Debian packages that a stage needs; rendered as one layer with its lists removed."""

    names: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Workdir:
    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Files of the build context, or of another stage (`origin`), copied; `owned` by the user that runs the image."""

    sources: tuple[str, ...]
    target: str
    why: str
    origin: str = ""
    owned: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Commands of one layer, joined by `&&`.

    `caches` are folders a BuildKit flavour keeps between builds (id to path); `secrets` are files it mounts for this
    step alone (id to path). `environment` is set for these commands only, and never reaches the image.
    """

    commands: tuple[str, ...]
    why: str
    caches: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Env:
    values: Mapping[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Arg:
    """A value that can be given at build time; never a secret."""

    name: str
    default: str
    why: str


Step = Packages | Workdir | Copy | Run | Env | Arg


@dataclass(frozen=True, slots=True)
class Stage:
    """One `FROM` and what follows it. The last stage of a recipe is the image. `why` says what the stage is for."""

    name: str
    base: Base
    steps: tuple[Step, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the image is when it runs.

    `probe` is what can ask for its health with nothing installed: the image's own language, or its shell.
    `writable` are folders the user may write. `port` is also the default of `PORT` where `honours_port`.
    `user` is "" for the one of Ergon's own.
    """

    command: Command
    port: int | None = None
    honours_port: bool = False
    healthcheck: Healthcheck = field(default_factory=Healthcheck)
    probe: Literal["python", "node", "php", "ruby", "bash", "wget", "none"] = "bash"
    stop_signal: str = "SIGTERM"
    writable: tuple[str, ...] = ()
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The whole of it: stages in order, what runs, and what `.dockerignore` must keep that it would drop by default.

    The build context is the application's folder, or with `whole_project` the project's, since it shares a workspace
    with others; what is copied and kept is named from there.
    """

    stages: tuple[Stage, ...]
    runtime: Runtime
    keeps: tuple[str, ...] = ()
    whole_project: bool = False
