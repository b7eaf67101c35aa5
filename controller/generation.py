"""Dockerfiles for projects: the one way to them, in a worker thread, within bounds. Loaded when somebody asks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller import git
from controller.errors import ServiceError
from controller.project_files import write
from desired_state.build import Build
from desired_state.key import Key
from desired_state.project import DockerSettings, ProjectSpec
from desired_state.resource import API_VERSION
from desired_state.solution import SolutionSpec
from dockerfiles.analysis import Analysis, Variable, as_json
from dockerfiles.detection import analyses
from dockerfiles.existing import Declaration, declaration
from dockerfiles.failures import Undecided
from dockerfiles.generating import Generated, generate
from dockerfiles.keeping import Change, changes
from dockerfiles.language import Wishes
from dockerfiles.tree import scan
from engine.build_context import build_key
from engine.errors import Refused

Json = dict[str, Any]

_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Made:
    """What was made for a project. `kept` are files that somebody wrote by hand, and that were left alone."""

    generated: Generated
    written: tuple[str, ...]
    kept: tuple[Change, ...]
    solution: SolutionSpec


def wishes_of(settings: DockerSettings | None) -> Wishes:
    """Return what a project's settings say, as `ergon dockerfile` would be told it."""
    said = settings or DockerSettings()
    bases = {"": said.base} if said.base else {"*": said.mirror} if said.mirror else {}
    return Wishes(
        app=said.app or "",
        command=said.command or "",
        port=said.port,
        language=said.language or "",
        version=said.version or "",
        chosen=dict(said.chosen or {}),
        bases=bases,
    )


def make(folder: Path, key: Key, spec: ProjectSpec, *, save: bool, force: bool) -> Made:
    """Analyse a project, save its Dockerfile there, and say what solution that makes.

    Raises:
        ServiceError: there is no such folder, it is not clear what the project is, or it can't be written to.
    """
    if not folder.is_dir():
        raise ServiceError(f"{key}: there is no folder {folder}", "see `path` of the project", 409)
    settings = spec.docker or DockerSettings()
    tree = scan(folder)
    try:
        generated = generate(tree, wishes_of(settings), settings.flavour or "classic")
    except Undecided as why:
        hint = "say what the files do not, in the project's `docker` settings"
        raise ServiceError(str(why), hint, _UNPROCESSABLE, [why.as_json()]) from why
    except ValueError as why:
        raise ServiceError(str(why), "see the project's `docker` settings", _UNPROCESSABLE) from why
    planned = [change for change in changes([generated], tree) if save and change.differs]
    kept = tuple(change for change in planned if change.by_hand and not force)
    written = [change for change in planned if change not in kept]
    for change in written:
        write(folder, change.path, change.after)
    by_hand = declaration(tree.at(generated.analysis.root)) if kept else None
    solution = _solution(generated, folder, key.name, by_hand)
    return Made(generated, tuple(one.path for one in written), kept, solution)


def version_of(folder: Path) -> str:
    """Return the version that a project gives itself, "" when it says none, or is not understood."""
    try:
        [application] = analyses(scan(folder), Wishes()).applications
        return application.language.analyse(application.tree, Wishes()).version
    except (ValueError, OSError):
        return ""


def answer(made: Made, *, registered: bool) -> Json:
    """Return what is answered to whoever asked for a Dockerfile."""
    diffs = [{"path": one.path, "diff": one.diff} for one in made.kept]
    return {
        "dockerfile": made.generated.dockerfile,
        "analysis": as_json(made.generated.analysis),
        "ergon_registered": registered,
        "dockerignore": made.generated.dockerignore,
        "written": list(made.written),
        "kept": diffs,
    }


def document(key: Key, spec: SolutionSpec) -> Json:
    """Return a solution as it is declared."""
    metadata = {"name": key.name, "namespace": key.namespace}
    return {"apiVersion": API_VERSION, "kind": "Solution", "metadata": metadata, "spec": spec.declared()}


def _solution(made: Generated, folder: Path, project: str, by_hand: Declaration | None) -> SolutionSpec:
    analysis = made.analysis
    inside = analysis.root.removeprefix(made.context).strip("/")
    context, dockerfile = folder / made.context, f"{inside}/Dockerfile" if inside else "Dockerfile"
    provenance = {"project": project, "revision": git.revision(folder), "content": _content(context, dockerfile)}
    declared = {
        "context": str(context),
        "dockerfile_path": dockerfile,
        "version": analysis.version,
        "base_image": by_hand.bases[-1][0] if by_hand and by_hand.bases else analysis.base_images.run,
        "exposed_ports": [f"{one.port}/{one.protocol}" for one in analysis.ports],
        "environment": {one.name: one.default for one in analysis.env if _is_told(one)},
        "build_args": {one.name: one.default for one in analysis.env if one.build_time and one.default is not None},
        "volumes": list(analysis.volumes),
        "health": _health(analysis),
        "needs": [need.type for need in analysis.services],
        "container_ci": {"enabled": True},
        "provenance": {name: value for name, value in provenance.items() if value},
    }
    return SolutionSpec.from_declared({name: value for name, value in declared.items() if value})


def _is_told(variable: Variable) -> bool:
    """Return whether a variable is part of a solution: it has to be given, or has a value that is no secret."""
    return not variable.build_time and (variable.required or (variable.default is not None and not variable.secret))


def _health(analysis: Analysis) -> Json | None:
    if analysis.healthcheck.kind != "http" or not analysis.ports:
        return None
    return {"port": analysis.ports[0].port, "path": analysis.healthcheck.path or "/"}


def _content(context: Path, dockerfile: str) -> str:
    try:
        return build_key(Build(context=str(context), dockerfile=dockerfile))
    except Refused:
        return ""
