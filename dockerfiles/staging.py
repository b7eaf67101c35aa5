"""What the stages of many languages share: their toolchain, their packages, how the image runs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from dockerfiles.analysis import Analysis, Command, Port
from dockerfiles.language import Wishes, rebased
from dockerfiles.recipe import Base, Copy, Packages, Runtime, Step, Workdir
from dockerfiles.tree import Tree

SLIM = Base("debian", "bookworm-slim")
BUILT_IN = "/src"
RUNS_IN = "/app"

Probe = Literal["python", "node", "php", "ruby", "bash", "wget", "none"]


def toolchain(base: Base, debian: Sequence[str], wishes: Wishes) -> tuple[Base, tuple[Step, ...]]:
    """Return the image that has a toolchain, as the user wants it; on a base of their own, by Debian's packages."""
    installed = packages(debian, "The toolchain, which the given base may not have") if wishes.bases.get("") else ()
    return rebased(base, wishes), installed


def packages(names: Iterable[str], why: str) -> tuple[Step, ...]:
    """Return the step that installs packages; none when there are none."""
    wanted = tuple(dict.fromkeys(names))
    return (Packages(wanted, why),) if wanted else ()


def manifests(tree: Tree, paths: Iterable[str], why: str) -> tuple[Copy, ...]:
    """Return the copies of those files that there are, each into the folder that it has in the project."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        if tree.has(path):
            folder, _, _ = path.rpartition("/")
            by_folder.setdefault(folder, []).append(path)
    return tuple(Copy(tuple(files), f"./{folder}/" if folder else "./", why) for folder, files in by_folder.items())


def everything(why: str = "The source, which changes most: what is above is built once") -> Copy:
    """Return the copy of all that .dockerignore lets through."""
    return Copy((".",), ".", why)


def placed(paths: Iterable[str], why: str, *, owned: bool = False, origin: str = "build") -> tuple[Step, ...]:
    """Return the copies of artefacts into the image: what lies in the source keeps its place, the rest its name."""
    steps: list[Step] = [Workdir(RUNS_IN)]
    for path in paths:
        source = path if path.startswith("/") else f"{BUILT_IN}/{path}"
        target = f"./{path.rpartition('/')[2]}" if path.startswith("/") else f"./{path}"
        steps.append(Copy((source,), target, why, origin=origin, owned=owned))
    return tuple(steps)


def contents(paths: Iterable[str], why: str) -> tuple[Copy, ...]:
    """Return the copies of artefacts of the build: of one that ends in `/.` the content, of others under their name."""
    return tuple(
        Copy(
            (path.removesuffix("."),),
            "./" if path.endswith("/.") else f"./{path.rpartition('/')[2]}",
            why,
            origin="build",
        )
        for path in paths
    )


def runtime(
    analysis: Analysis,
    *,
    probe: Probe = "bash",
    writable: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    stop_signal: str = "SIGTERM",
    user: str = "",
    honours_port: bool = False,
    command: Command | None = None,
) -> Runtime:
    """Return how the application runs, as its analysis says; what is given besides goes before it."""
    return Runtime(
        command=command or analysis.run_command or Command(("sh",)),
        port=analysis.ports[0].port if analysis.ports else None,
        honours_port=honours_port or any(variable.name == "PORT" for variable in analysis.env),
        healthcheck=analysis.healthcheck,
        probe=probe,
        stop_signal=stop_signal,
        writable=tuple(dict.fromkeys((*writable, *analysis.volumes))),
        user=user,
        environment={**(environment or {}), **analysis.bind_env},
    )


def ports(port: int | None, source: str = "") -> tuple[Port, ...]:
    """Return one port as the ports of an analysis; none for None."""
    return (Port(port, source=source),) if port is not None else ()
