"""What one application of a project is, fact by fact, each with what speaks for it. The shape is that of the JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = "ergon/analysis/v1"

Kind = Literal["web", "worker", "static", "job", "library", "notebook"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the value of one `field` of an analysis: a line of a file (`line` 0: its presence)."""

    field: str
    file: str
    line: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it goes into a base image's tag, the range it was chosen from, and where that is written."""

    value: str
    constraint: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PackageManager:
    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: its words, or with `shell` one word, a line for `sh -c`."""

    argv: tuple[str, ...]
    shell: bool = False

    @classmethod
    def for_shell(cls, line: str) -> "Command":
        """Return the command that a shell reads from this line."""
        return cls((line,), True)


@dataclass(frozen=True, slots=True)
class Process:
    """One of the processes that the same image can run; `port` None for one that listens nowhere."""

    name: str
    command: Command
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Port:
    port: int
    protocol: str = "tcp"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that is read; `default` is never a secret's. `source` is file:line."""

    name: str
    required: bool = False
    secret: bool = False
    default: str | None = None
    build_time: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class SystemPackages:
    """Debian packages for building and for running, and the dependency for which each is there."""

    build: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    because: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """A service that the application talks to: its type (`postgres`, `redis`), a version where one is written."""

    type: str
    version: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How one sees that it works: `http` with a path that was found in its routes, `tcp`, or `none`."""

    kind: Literal["http", "tcp", "none"] = "none"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Static:
    """A folder of files to serve; with `spa_fallback` every unknown path is answered by its index."""

    root: str
    spa_fallback: bool = False


@dataclass(frozen=True, slots=True)
class BaseImages:
    build: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    ok: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Existing:
    """What of this kind the project has already; "" for none."""

    dockerfile: str = ""
    dockerignore: str = ""
    compose: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several candidates for a field that the evidence does not decide between, and the flag that does."""

    field: str
    value: str
    flag: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the user should know: a stable `code`, the place (`line` 0: the whole file), and a sentence."""

    code: str
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """One application. Every field is always there: None, "" or () mean that there is none.

    `root` is its folder in the project ("" for the project itself). `confidence` is between 0 and 1 per field.
    """

    root: str
    language: str
    name: str = ""
    version: str = ""
    language_version: Version = Version("")
    framework: str = ""
    framework_version: str = ""
    package_manager: PackageManager = PackageManager("")
    kind: Kind = "web"
    dependency_files: tuple[str, ...] = ()
    lock_file: str = ""
    install_commands: tuple[str, ...] = ()
    build_commands: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()
    run_command: Command | None = None
    release_command: Command | None = None
    processes: tuple[Process, ...] = ()
    ports: tuple[Port, ...] = ()
    bind_env: Mapping[str, str] = field(default_factory=dict)
    env: tuple[Variable, ...] = ()
    system_packages: SystemPackages = SystemPackages()
    services: tuple[ServiceNeed, ...] = ()
    volumes: tuple[str, ...] = ()
    healthcheck: Healthcheck = Healthcheck()
    static: Static | None = None
    base_images: BaseImages = BaseImages()
    platforms: tuple[Platform, ...] = (Platform("linux/amd64"), Platform("linux/arm64"))
    existing: Existing = Existing()
    choices: tuple[Choice, ...] = ()
    warnings: tuple[Caution, ...] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def needs_build(self) -> bool:
        """Whether anything is made before it can run."""
        return bool(self.build_commands)


def as_json(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis for machines: every key, in the order of the fields."""
    return {"schema": SCHEMA, **asdict(analysis), "needs_build": analysis.needs_build}
