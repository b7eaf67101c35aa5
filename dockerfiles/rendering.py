"""A recipe written as a Dockerfile, with the reason and the evidence of every line.

The default flavour is read by the classic builder and by BuildKit alike: no syntax line, no mounts, no `--platform`,
no `--chmod`, and no stage that is not needed. Every rule that goes for all Dockerfiles is kept here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from shlex import quote
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from dockerfiles.analysis import Analysis, Command, Evidence
from dockerfiles.commands import shown
from dockerfiles.health import healthcheck
from dockerfiles.quoting import command, exec_form, one_line, paths, value
from dockerfiles.recipe import USER, Arg, Copy, Env, Packages, Recipe, Run, Runtime, Stage, Step, Workdir
from dockerfiles.signing import signed
from dockerfiles.writable import has_shell, with_folders

Flavour = Literal["classic", "buildkit"]

HOME = "/home/app"
_NEXT = " \\\n    && "
_MORE = " \\\n    "
# What keeps caches out of a layer, and would empty those that are mounted.
_CLEANING = ("npm cache clean --force", "yarn cache clean", "yarn cache clean --all", "pnpm store prune")
_WITHOUT_CACHE = " --no-cache-dir"
_UNSURE = 0.6
_STAGE = re.compile(r"[a-z][a-z0-9._-]*")
_BAD_IN_REFERENCE = re.compile(r"[^\w./:@-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an instruction is there. `line` is where it begins, from 1; `evidence` is of the project's files."""

    line: int
    instruction: str
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    explanation: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """One instruction as it is written; `fields` of the analysis are what it follows from."""

    text: str
    why: str
    fields: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    why: str
    blocks: tuple[_Block, ...]


def dockerfile(recipe: Recipe, analysis: Analysis, flavour: Flavour = "classic") -> Rendered:
    """Return the Dockerfile of an application.

    Raises:
        ValueError: the recipe can't be written down: a command of several lines, a base that is no reference.
    """
    recipe = with_folders(recipe)
    runtime, (*before, last) = recipe.runtime, recipe.stages
    parts = [_part(stage, flavour) for stage in before]
    parts.append(_image(last, runtime, flavour))
    parts.append(_Part("", tuple(_running(last, runtime, analysis))))
    text = signed(_template().render(header=_header(analysis, recipe, flavour), parts=parts))
    return Rendered(text, tuple(_explained(text, parts, analysis)))


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dockerfiles"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML; every value is quoted for its place in a Dockerfile
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("Dockerfile.j2")


def _header(analysis: Analysis, recipe: Recipe, flavour: Flavour) -> Iterator[str]:
    yield one_line(f"{analysis.name or 'application'}: {_described(analysis)}")
    if needed := [variable for variable in analysis.env if variable.required and not variable.build_time]:
        names = (one_line(f"{each.name} (a secret)" if each.secret else each.name) for each in needed)
        yield f"Has to be set when it runs: {', '.join(names)}"
    if analysis.release_command:
        yield f"Before a new version runs: {one_line(shown(analysis.release_command))}"
    if unsure := sorted(field for field, value in analysis.confidence.items() if value < _UNSURE):
        yield f"Not sure about: {', '.join(map(one_line, unsure))}"
    if flavour == "classic" and (hidden := sorted(_build_secrets(recipe))):
        yield f"The build needs secrets ({', '.join(map(one_line, hidden))}), which BuildKit's flavour mounts"


def _described(analysis: Analysis) -> str:
    version = analysis.language_version.value
    words = [f"{analysis.language} {version}".strip(), f"{analysis.framework} {analysis.framework_version}".strip()]
    if analysis.package_manager.name:
        words.append(f"installed by {analysis.package_manager.name}")
    return ", ".join(filter(None, words))


def _build_secrets(recipe: Recipe) -> set[str]:
    steps = (step for stage in recipe.stages for step in stage.steps)
    return {name for step in steps if isinstance(step, Run) for name in step.secrets}


def _part(stage: Stage, flavour: Flavour) -> _Part:
    return _Part(one_line(stage.why), (_from(stage), *(_step(step, stage, flavour, "") for step in stage.steps)))


def _image(stage: Stage, runtime: Runtime, flavour: Flavour) -> _Part:
    """Return the last stage: its own steps, after the user it runs as and the packages, which change least."""
    count = next(
        (number for number, step in enumerate(stage.steps) if not isinstance(step, Packages)), len(stage.steps)
    )
    steps = [_step(step, stage, flavour, runtime.user) for step in stage.steps]
    made = [_user_made()] if _makes_user(stage, runtime) else []
    return _Part(one_line(stage.why), (_from(stage), *steps[:count], *made, *steps[count:]))


def _running(stage: Stage, runtime: Runtime, analysis: Analysis) -> Iterator[_Block]:
    """Yield what the image is when it runs: what every Dockerfile ends with."""
    yield from _environment(runtime, HOME if _makes_user(stage, runtime) else "")
    for port in sorted({port for port in (runtime.port, *(each.port for each in analysis.ports)) if port}):
        yield _Block(f"EXPOSE {port}", "The port it listens on", ("ports",))
    if asked := healthcheck(runtime):
        options, words = asked
        why = "Its health, asked with what the image already has"
        yield _Block(f"HEALTHCHECK {options}{_MORE}CMD {exec_form(words)}", why, ("healthcheck", "ports"))
    yield from _labels(analysis)
    yield _Block(f"STOPSIGNAL {runtime.stop_signal}", "The signal on which it ends in good order")
    yield _Block(
        f"USER {runtime.user or USER}", "Never root; a number needs no look-up, so Kubernetes can check it too"
    )
    yield _Block(f"CMD {exec_form(_words(runtime.command))}", "What runs, without a shell above it", ("run_command",))


def _makes_user(stage: Stage, runtime: Runtime) -> bool:
    return not runtime.user and has_shell(stage)


def _from(stage: Stage) -> _Block:
    if not _STAGE.fullmatch(stage.name):
        raise ValueError(f"a stage can't be named {stage.name!r}")
    reference = stage.base.reference
    if not reference or reference.startswith("-") or _BAD_IN_REFERENCE.search(reference):
        raise ValueError(f"{reference!r} is no image reference; a base image is written like debian:bookworm-slim")
    return _Block(f"FROM {reference} AS {stage.name}", stage.why, ("base_images", "language_version"))


def _labels(analysis: Analysis) -> Iterator[_Block]:
    labels = {"title": analysis.name, "version": analysis.version}
    pairs = [f"org.opencontainers.image.{key}={value(text)}" for key, text in labels.items() if one_line(text)]
    if pairs:
        yield _Block(f"LABEL {_MORE.join(pairs)}", "Says what the image holds, as OCI names it", ("name", "version"))


def _user_made() -> _Block:
    number, group = USER.split(":")
    lines = (
        f"echo 'app:x:{number}:{group}::{HOME}:/usr/sbin/nologin' >> /etc/passwd",
        f"echo 'app:x:{group}:' >> /etc/group",
        f"mkdir -p {HOME}",
        f"chown {USER} {HOME}",
    )
    return _Block(f"RUN {_NEXT.join(lines)}", "The user it runs as, with a home; needs no tool of the base image")


def _environment(runtime: Runtime, home: str) -> Iterator[_Block]:
    values = {**({"HOME": home} if home else {}), **runtime.environment}
    if runtime.honours_port and runtime.port:
        values = {"PORT": str(runtime.port), **values}
    if values:
        yield _Block(_env(values), "What it reads when it runs; every value can be overridden", ("bind_env", "ports"))


def _step(step: Step, stage: Stage, flavour: Flavour, user: str) -> _Block:
    match step:
        case Packages():
            return _packages(step, stage)
        case Workdir():
            if not step.path.startswith("/"):
                raise ValueError(f"a working folder is absolute, unlike {step.path!r}")
            return _Block(f"WORKDIR {value(step.path) if ' ' in step.path else step.path}", "Where the rest happens")
        case Copy():
            origin = f"--from={step.origin} " if step.origin else ""
            owner = f"--chown={user or USER} " if step.owned else ""
            fields = () if step.origin else ("dependency_files", "lock_file")
            return _Block(f"COPY {origin}{owner}{paths(step.sources, step.target)}", step.why, fields)
        case Run():
            return _Block(_run(step, flavour), step.why, ("install_commands", "build_commands"))
        case Env():
            return _Block(_env(step.values), step.why)
        case Arg():
            # Without a default it stays unset: an empty value would hide what a file of the project gives.
            default = f"={value(step.default)}" if step.default else ""
            return _Block(f"ARG {step.name}{default}", step.why, ("env",))


def _packages(step: Packages, stage: Stage) -> _Block:
    names = sorted(set(step.names))
    if stage.base.debian:
        # The release that the base image is pinned to holds the versions still; a version of a point release vanishes.
        comments = (one_line(step.why), "hadolint ignore=DL3008")
        installed = _MORE.join(["apt-get install -y --no-install-recommends", *(f"    {name}" for name in names)])
        lines = ["apt-get update", installed, "rm -rf /var/lib/apt/lists/*"]
    else:
        comments = (one_line(step.why), "hadolint ignore=DL3018")
        lines = [f"apk add --no-cache {' '.join(names)}"]
    return _Block(f"RUN {_NEXT.join(lines)}", step.why, ("system_packages",), comments)


def _run(step: Run, flavour: Flavour) -> str:
    mounts = []
    if flavour == "buildkit":
        mounts += [f"--mount=type=cache,id={key},target={path}" for key, path in step.caches.items()]
        mounts += [f"--mount=type=secret,id={key},target={path}" for key, path in step.secrets.items()]
    exported = " ".join(f"{name}={quote(one_line(text))}" for name, text in step.environment.items())
    commands = [command(line) for line in step.commands if not (mounts and step.caches and line in _CLEANING)]
    if step.caches and mounts:
        commands = [line.replace(_WITHOUT_CACHE, "") for line in commands]
    lines = [*([f"export {exported}"] if exported else []), *commands]
    return f"RUN {''.join(f'{mount}{_MORE}' for mount in mounts)}{_NEXT.join(lines)}"


def _env(values: Mapping[str, str]) -> str:
    return f"ENV {_MORE.join(f'{name}={value(text)}' for name, text in values.items())}"


def _words(what: Command) -> Sequence[str]:
    return ("sh", "-c", what.argv[0]) if what.shell else what.argv


def _explained(text: str, parts: Iterable[_Part], analysis: Analysis) -> Iterator[Explained]:
    by_field: dict[str, list[Evidence]] = {}
    for each in analysis.evidence:
        by_field.setdefault(each.field.partition(".")[0].partition("[")[0], []).append(each)
    position, line = 0, 1
    for part in parts:
        for block in part.blocks:
            found = text.index(f"\n{block.text}\n", position) + 1
            line += text.count("\n", position, found)
            position = found
            evidence = tuple(each for field in block.fields for each in by_field.get(field, ()))
            yield Explained(line, block.text, one_line(block.why), evidence)
