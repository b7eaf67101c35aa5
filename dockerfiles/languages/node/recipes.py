"""How an application of Node is built: packages by what locks them, then the source, then an image without tools."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from dockerfiles import serving
from dockerfiles.analysis import Analysis, Command, Static, Variable
from dockerfiles.language import Wishes, rebased
from dockerfiles.languages.node import installing, versions
from dockerfiles.languages.node.analysing import runs_on_bun
from dockerfiles.languages.node.building import lifecycle
from dockerfiles.languages.node.code import SUFFIXES
from dockerfiles.languages.node.environment import BAKED
from dockerfiles.languages.node.project import Project, project_of
from dockerfiles.languages.node.shaping import Known, known
from dockerfiles.recipe import Arg, Copy, Env, Packages, Recipe, Run, Runtime, Stage, Step, Workdir
from dockerfiles.tree import Tree

HOME = "/app"
_TELEMETRY = {"next": "NEXT", "nuxt": "NUXT", "astro": "ASTRO", "gatsby": "GATSBY", "strapi": "STRAPI"}
# What .dockerignore leaves out by default, and what projects keep sources in all the same.
_DROPPED = {"bin", "build", "dist", "out", "target", "obj", "tmp", "log"}
_SHELL_WORDS = {"node", "bun", "sh", "bash", "env", "exec", "yarn", "npm", "npx"}


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how an application is built and run."""
    project = project_of(tree)
    found = known(project)
    on_bun = runs_on_bun(analysis.run_command)
    version = analysis.language_version.value
    base = rebased(versions.bun_image(version) if on_bun else versions.image(version), wishes)
    whole, keeps = project.workspace is not None, tuple(dict.fromkeys(_kept(project, analysis)))
    build = Stage("build", base, tuple(_build(analysis, project, found, wishes)), "What installs and builds")
    if analysis.static:
        stages, runtime = _site(analysis, analysis.static, project, build, wishes)
        return Recipe(stages, runtime, keeps, whole)
    runtime = _runtime(analysis, project, found, on_bun=on_bun)
    if not analysis.install_commands and not analysis.build_commands:
        steps = tuple(_plain(analysis, project, wishes))
        return Recipe((Stage("run", base, steps, "The image: nothing has to be installed"),), runtime, keeps, whole)
    steps = tuple(_run(analysis, project, found, wishes))
    return Recipe(
        (build, Stage("run", base, steps, "The image: what runs, without what built it")), runtime, keeps, whole
    )


def _site(
    analysis: Analysis, static: Static, project: Project, build: Stage, wishes: Wishes
) -> tuple[tuple[Stage, ...], Runtime]:
    if not analysis.build_commands:
        copied = Copy((static.root,), serving.ROOT, "The files that are served")
        stage, runtime = serving.server([copied], wishes, spa_fallback=static.spa_fallback)
        return (stage,), runtime
    at = str(PurePosixPath(HOME, project.below, static.root))
    copied = Copy((at,), serving.ROOT, "The files that were built", origin=build.name)
    stage, runtime = serving.server([copied], wishes, spa_fallback=static.spa_fallback)
    return (build, stage), runtime


def _plain(analysis: Analysis, project: Project, wishes: Wishes) -> Iterator[Step]:
    yield from _system(analysis, wishes, "runtime")
    yield Workdir(HOME)
    yield Copy((".",), ".", "The program")
    if below := project.below:
        yield Workdir(f"{HOME}/{below}")


def _system(analysis: Analysis, wishes: Wishes, kind: str) -> Iterator[Step]:
    names = analysis.system_packages.build if kind == "build" else analysis.system_packages.runtime
    debian = ("nodejs", "npm", "ca-certificates") if kind == "build" else ("nodejs",)
    if wishes.bases.get(""):
        yield Packages(debian, "Node, which the given base may not have")
    if names:
        yield Packages(names, _because(analysis, names))


def _because(analysis: Analysis, names: tuple[str, ...]) -> str:
    owners = dict.fromkeys(analysis.system_packages.because.get(name, "") for name in names)
    return f"System packages for {', '.join(filter(None, owners))}"


def _build(analysis: Analysis, project: Project, found: Known, wishes: Wishes) -> Iterator[Step]:
    yield from _system(analysis, wishes, "build")
    yield Workdir(HOME)
    if provided := installing.provided(project, whole=bool(wishes.bases.get(""))):
        on_bun_image = analysis.base_images.build.rpartition("/")[2].startswith("bun:")
        if not (project.manager.name == "bun" and on_bun_image):
            yield Run(provided, "The package manager, in the version that the project uses")
    yield from _installed(analysis, project)
    yield from _args(analysis, project)
    yield from _built(analysis, project, found)


def _installed(analysis: Analysis, project: Project) -> Iterator[Step]:
    """The manifests and the lock alone, then the packages: both are cached until one of them changes."""
    runs = lifecycle(project)
    if not analysis.install_commands:
        yield Copy((".",), ".", "The source")
        return
    settings: dict[str, str] = {}
    if project.manager.plug_and_play:
        settings["YARN_ENABLE_GLOBAL_CACHE"] = "false"
    if project.has("puppeteer", "puppeteer-core"):
        settings["PUPPETEER_SKIP_DOWNLOAD"] = "true"
    if runs.all_of_it:
        yield Copy((".",), ".", "The source: installing runs scripts of the project's own")
    else:
        yield from _manifests(project, runs.needs)
    private = _private_registry(project)
    yield Run(
        analysis.install_commands,
        "The packages"
        if project.manager.frozen
        else "The packages; without a lock that fits, in the newest versions allowed",
        caches=installing.caches(project),
        secrets={"npmrc": "/root/.npmrc"} if private else {},
        environment=settings,
    )
    if not runs.all_of_it:
        yield Copy((".",), ".", "The source, which changes most: what is above is built once")


def _manifests(project: Project, needs: tuple[str, ...]) -> Iterator[Step]:
    why = "What says which packages there are: while it stays the same, they are installed once"
    by_folder: dict[str, list[str]] = {}
    for path in installing.installed_files(project):
        if not (path == ".npmrc" and _private_registry(project)):
            by_folder.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, files in by_folder.items():
        yield Copy(tuple(files), f"./{folder}/" if folder else "./", why)
    folders = [
        name
        for name in (".yarn/releases", ".yarn/plugins", ".yarn/patches", ".yarn/cache", "patches")
        if project.home.has_folder(name)
    ]
    for path in dict.fromkeys((*folders, *needs, *installing.local_packages(project))):
        yield Copy((path,), f"./{path}", "What installing reads besides")


def _private_registry(project: Project) -> bool:
    text = project.home.text(".npmrc")
    return bool(text and re.search(r"_authToken|_password|:_auth\b", text.content))


def _args(analysis: Analysis, project: Project) -> Iterator[Step]:
    given = _given(project)
    for variable in analysis.env:
        if variable.build_time and variable.name not in given and not variable.secret:
            yield Arg(variable.name, variable.default or "", "Built into what browsers get; give it by --build-arg")


def _given(project: Project) -> set[str]:
    """The names that a committed file of public values gives to the build."""
    text = project.tree.text(".env.production")
    return set(re.findall(r"^\s*(\w+)\s*=", text.content, re.MULTILINE)) if text else set()


def _built(analysis: Analysis, project: Project, found: Known) -> Iterator[Step]:
    node = versions.major(analysis.language_version.value)
    slims = not analysis.static and not found.shape.alone
    slimmed = installing.slimmed(project, found, node) if slims else ()
    why = "The build; then only what is needed to run stays" if slimmed else "The build"
    if commands := (*analysis.build_commands, *slimmed):
        yield Run(commands, why, environment=_build_environment(analysis, project, found))


def _build_environment(analysis: Analysis, project: Project, found: Known) -> Mapping[str, str]:
    settings: dict[str, str] = {}
    if name := _TELEMETRY.get(found.shape.name):
        settings[f"{name}_TELEMETRY_DISABLED"] = "1"
    if versions.major(analysis.language_version.value) >= 17 and _hashes_with_md4(project):
        settings["NODE_OPTIONS"] = "--openssl-legacy-provider"
    return settings


def _hashes_with_md4(project: Project) -> bool:
    """webpack 4 hashes by what OpenSSL 3, which came with Node 17, allows no more."""
    newest_with_it = {"webpack": 4, "react-scripts": 4, "@vue/cli-service": 4, "gatsby": 2, "nuxt": 2, "next": 10}
    for package, major in newest_with_it.items():
        found = re.match(r"^[\^~>=v ]*(\d+)", project.manifest.range_of(package))
        if found and int(found[1]) <= major:
            return True
    return False


def _run(analysis: Analysis, project: Project, found: Known, wishes: Wishes) -> Iterator[Step]:
    yield from _system(analysis, wishes, "runtime")
    if project.has("puppeteer", "puppeteer-core", "playwright") and "chromium" in analysis.system_packages.runtime:
        yield Env(
            {"PUPPETEER_EXECUTABLE_PATH": "/usr/bin/chromium"}, "Debian's browser in place of one that is downloaded"
        )
    yield Workdir(HOME)
    below = project.below
    if found.shape.alone and analysis.artefacts == found.shape.alone:
        for path in found.shape.alone:
            yield from _artefact(path, below)
        return
    yield Copy((HOME,), HOME, "What was installed and built", origin="build")
    if below:
        yield Workdir(f"{HOME}/{below}")


def _artefact(path: str, below: str) -> Iterator[Step]:
    """Next's standalone server wants its files beside it; everything else keeps its place."""
    source = f"{HOME}/{below}/{path}" if below else f"{HOME}/{path}"
    target = "./" if path == ".next/standalone" else f"./{below}/{path}" if below else f"./{path}"
    yield Copy((f"{source}/." if target == "./" else source,), target, "What the build made", origin="build")


def _runtime(analysis: Analysis, project: Project, found: Known, *, on_bun: bool) -> Runtime:
    command = analysis.run_command or Command(("node",))
    below = project.below
    home = f"{HOME}/{below}" if below else HOME
    environment = {"NODE_ENV": "production", **analysis.bind_env}
    words = command.argv[0].split() if command.shell else list(command.argv)
    tool = next((word for word in words if word not in {"exec", "env"} and "=" not in word), "node")
    if tool not in _SHELL_WORDS and "/" not in tool:
        folders = dict.fromkeys((f"{home}/node_modules/.bin", f"{HOME}/node_modules/.bin"))
        environment["PATH"] = f"{':'.join(folders)}:$PATH"
    if project.manager.plug_and_play and analysis.install_commands:
        environment["NODE_OPTIONS"] = f"--require {HOME}/.pnp.cjs"
    writable = [f"{home}/{folder}" for folder in found.shape.writable]
    return Runtime(
        command=command,
        port=analysis.ports[0].port if analysis.ports else None,
        honours_port=_honours(analysis.env),
        healthcheck=analysis.healthcheck,
        probe="node" if not on_bun else "bash",
        writable=tuple(dict.fromkeys((*writable, *analysis.volumes))),
        environment=environment,
    )


def _honours(env: tuple[Variable, ...]) -> bool:
    return any(variable.name == "PORT" and not variable.required for variable in env)


def _kept(project: Project, analysis: Analysis) -> Iterator[str]:
    """Sources in folders with names that .dockerignore drops; not what a build makes anew."""
    made = {artefact.partition("/")[0] for artefact in analysis.artefacts} if analysis.build_commands else set()
    below = project.below
    for path in project.home.files:
        parts = PurePosixPath(path).parts
        at = next((number for number, part in enumerate(parts[:-1]) if part in _DROPPED), None)
        if at is None or not (path.endswith(SUFFIXES) or parts[at] == "bin"):
            continue
        inside = "/".join(parts[: at + 1])
        if inside.removeprefix(f"{below}/") not in made and not (
            parts[at] in {"dist", "out", "target"} and analysis.build_commands
        ):
            yield inside
    text = project.tree.text(".env.production")
    names = re.findall(r"^\s*(\w+)\s*=", text.content, re.MULTILINE) if text else []
    if names and all(
        name.startswith(BAKED) or name in {"GENERATE_SOURCEMAP", "PUBLIC_URL", "NODE_ENV"} for name in names
    ):
        yield f"{below}/.env.production" if below else ".env.production"
