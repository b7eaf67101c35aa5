"""How a Go program is built: modules first, then one binary, then an image with little else."""

from dockerfiles import staging, storage
from dockerfiles.analysis import Analysis
from dockerfiles.language import Wishes, rebased
from dockerfiles.languages.go import module, programs
from dockerfiles.recipe import Base, Recipe, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree

_CACHES = {"go-modules": "/go/pkg/mod", "go-build": "/root/.cache/go-build"}


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how a Go program is built and run."""
    stages = (_build(analysis, tree, wishes), _run(analysis, wishes))
    writable = storage.folders(programs.code(tree))
    return Recipe(stages, staging.runtime(analysis, writable=writable), _keeps(tree))


def _build(analysis: Analysis, tree: Tree, wishes: Wishes) -> Stage:
    version = analysis.language_version.value or module.NEWEST
    base, installed = staging.toolchain(Base("golang", f"{version}-bookworm"), ("golang-go", "ca-certificates"), wishes)
    whole = analysis.install_commands != ("go mod download",)
    steps: tuple[Step, ...] = (
        *installed,
        *staging.packages(analysis.system_packages.build, "Libraries and compilers that the build needs"),
        Workdir(staging.BUILT_IN),
        *(() if whole else _modules(analysis, tree)),
        staging.everything(),
    )
    commands = (*analysis.install_commands, *analysis.build_commands) if whole else analysis.build_commands
    built = (Run(commands, "The program, without a trace of where it was built", caches=_CACHES),) if commands else ()
    return Stage("build", base, (*steps, *built), "Modules and the program")


def _modules(analysis: Analysis, tree: Tree) -> tuple[Step, ...]:
    mod = module.read(tree)
    beside = (f"{folder.removeprefix('./')}/{name}" for folder in mod.beside for name in ("go.mod", "go.sum"))
    files = ("go.work", "go.work.sum", "go.mod", "go.sum", *beside)
    copied = staging.manifests(tree, files, "What names the modules: this layer lasts until they change")
    caches = {"go-modules": _CACHES["go-modules"]}
    return (*copied, Run(analysis.install_commands, "The modules, at the versions of go.sum", caches=caches))


def _run(analysis: Analysis, wishes: Wishes) -> Stage:
    needed = ("ca-certificates", "tzdata", *analysis.system_packages.runtime)
    steps = (
        *staging.packages(needed, "Certificates and time zones, which programs expect to find"),
        *staging.placed(analysis.artefacts, "The program, and the files it reads"),
    )
    return Stage("run", rebased(staging.SLIM, wishes), steps, "The image: the program and the files it reads")


def _keeps(tree: Tree) -> tuple[str, ...]:
    return ("vendor",) if tree.has("vendor/modules.txt") else ()
