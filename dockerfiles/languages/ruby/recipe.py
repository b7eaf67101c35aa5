"""How a Ruby application is put together: gems first, assets, and an image without a compiler."""

from dockerfiles import frontend, staging, storage
from dockerfiles.analysis import Analysis
from dockerfiles.language import Wishes
from dockerfiles.languages.ruby import analysing, gems
from dockerfiles.recipe import Base, Copy, Env, Recipe, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree

_GEMS = "/usr/local/bundle"
_BUILDS = "app/assets/builds"
_RAILS = {
    "RAILS_ENV": "production",
    "RAILS_LOG_TO_STDOUT": "1",
    "RAILS_SERVE_STATIC_FILES": "1",
    "LD_PRELOAD": "libjemalloc.so.2",
}
_DEBIAN = ("ruby", "ruby-dev", "ruby-bundler")
_WRITTEN = ("tmp", "log", "storage")


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how the application is built and run."""
    front = frontend.found(tree, "")
    settings = _bundler(analysis, wishes)
    stages = (
        *((frontend.stage(front, tree, wishes),) if front else ()),
        _build(analysis, tree, front, settings, wishes),
        _run(analysis, wishes),
    )
    rails = analysis.framework == "rails"
    written = [f"{staging.RUNS_IN}/{folder}" for folder in _WRITTEN] if rails else []
    runtime = staging.runtime(
        analysis,
        probe="ruby",
        writable=(*written, *storage.folders(analysing.code(tree))),
        environment={**(_RAILS if rails else {"RACK_ENV": "production", "APP_ENV": "production"}), **settings},
    )
    return Recipe(stages, runtime, tuple(folder for folder in ("bin", "build", "dist") if tree.has_folder(folder)))


def _bundler(analysis: Analysis, wishes: Wishes) -> dict[str, str]:
    if not analysis.dependency_files:
        return {}
    if wishes.bases.get(""):
        # The base may have gems of its own, as Debian packages.
        return {"BUNDLE_PATH__SYSTEM": "true", "BUNDLE_WITHOUT": "development:test"}
    frozen = {"BUNDLE_DEPLOYMENT": "1"} if analysis.lock_file and len(analysis.install_commands) == 1 else {}
    return {**frozen, "BUNDLE_PATH": _GEMS, "BUNDLE_WITHOUT": "development:test"}


def _build(
    analysis: Analysis, tree: Tree, front: frontend.FrontEnd | None, settings: dict[str, str], wishes: Wishes
) -> Stage:
    base, installed = staging.toolchain(_ruby(analysis), _DEBIAN if analysis.dependency_files else _DEBIAN[:1], wishes)
    beside = [path for folder in gems.read(tree).beside for path in tree.files if path.startswith(f"{folder}/")]
    files = ("Gemfile", "Gemfile.lock", "gems.rb", "gems.locked", ".ruby-version", ".tool-versions", *beside)
    bare = not analysis.dependency_files
    clean = f"rm -rf {_GEMS}/cache {_GEMS}/ruby/*/cache"
    compiled = [command for command in analysis.build_commands if command.startswith(("bundle ", "SECRET_KEY_BASE"))]
    environment = {"RAILS_ENV": "production"} if analysis.framework == "rails" else {}
    steps: list[Step] = [
        *installed,
        *staging.packages(analysis.system_packages.build, "Compilers and libraries that gems are built with"),
        Workdir(staging.RUNS_IN),
        *(
            (Env({**environment, **settings}, "The gems of production, where the image looks for them"),)
            if settings
            else ()
        ),
    ]
    if analysis.install_commands and not (bare and wishes.bases.get("")):
        steps += staging.manifests(tree, files, "What names the gems: this layer lasts until they change")
        steps.append(Run((*analysis.install_commands, clean), "The gems"))
    steps.append(staging.everything())
    if front:
        steps.append(
            Copy((f"{front.path}/{_BUILDS}/",), f"./{_BUILDS}/", "What the front end was built to", origin="assets")
        )
    if compiled:
        steps.append(Run(tuple(compiled), "What is compiled before it can run"))
    return Stage("build", base, tuple(steps), "Gems and assets")


def _run(analysis: Analysis, wishes: Wishes) -> Stage:
    base, installed = staging.toolchain(
        _ruby(analysis), ("ruby", "ruby-bundler", *(() if analysis.dependency_files else ("puma",))), wishes
    )
    needed = staging.packages(analysis.system_packages.runtime, "Libraries that the gems use")
    own_gems = analysis.install_commands and not wishes.bases.get("")
    steps: tuple[Step, ...] = (
        *installed,
        *needed,
        Workdir(staging.RUNS_IN),
        *((Copy((f"{_GEMS}/",), f"{_GEMS}/", "The gems", origin="build"),) if own_gems else ()),
        Copy((f"{staging.RUNS_IN}/",), "./", "The application", origin="build"),
    )
    return Stage("run", base, steps, "The image: Ruby, the gems and the application")


def _ruby(analysis: Analysis) -> Base:
    return Base("ruby", analysing.image_tag(analysis.language_version.value or gems.NEWEST))
