"""A front end that is built beside a back end of another language: a stage of its own that makes the assets."""

from collections.abc import Sequence
from dataclasses import dataclass

from dockerfiles import reading, staging
from dockerfiles.analysis import Evidence
from dockerfiles.language import Wishes
from dockerfiles.recipe import Base, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree

_NODE = Base("node", "22-bookworm-slim")
# In the order in which they are preferred, each with what has to be installed for it and how it keeps to its lock.
_LOCKS = (
    ("pnpm-lock.yaml", "npm install -g pnpm@9.15.9", "pnpm install --frozen-lockfile", "pnpm run build"),
    ("yarn.lock", "npm install -g --force yarn@1.22.22", "yarn install --frozen-lockfile", "yarn run build"),
    ("package-lock.json", "", "npm ci", "npm run build"),
)
_WITHOUT = ("", "", "npm install", "npm run build")


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The package.json of a folder and how its assets are made. `lock` is "" where there is none."""

    folder: str
    lock: str
    before: str
    install: str
    build: str
    evidence: Evidence

    @property
    def path(self) -> str:
        return f"{staging.BUILT_IN}/{self.folder}".rstrip("/")


def found(tree: Tree, *folders: str) -> FrontEnd | None:
    """Return the front end in the first of these folders ("" is the root) whose package.json has a build script."""
    for folder in folders:
        inner = tree.at(folder)
        scripts = reading.json_object(inner, "package.json").get("scripts")
        text = inner.text("package.json")
        if isinstance(scripts, dict) and isinstance(scripts.get("build"), str) and text is not None:
            lock, before, install, build = next((one for one in _LOCKS if inner.has(one[0])), _WITHOUT)
            line = text.line_of('"build"')
            shown = f'"build": "{scripts["build"]}"'
            return FrontEnd(
                folder, lock, before, install, build, Evidence("build_commands", text.path, line, shown, "front-end")
            )
    return None


def stage(front: FrontEnd, tree: Tree, wishes: Wishes) -> Stage:
    """Return the stage, called `assets`, that builds a front end."""
    base, installed = staging.toolchain(_NODE, ("nodejs", "npm"), wishes)
    inner = tree.at(front.folder)
    files = [path for path in ("package.json", front.lock, ".npmrc") if path and inner.has(path)]
    where = f"{front.folder}/" if front.folder else ""
    copied = staging.manifests(tree, [f"{where}{path}" for path in files], "What names the packages of the front end")
    entered = () if not front.folder else (Workdir(front.path),)
    commands = tuple(filter(None, (front.before, front.install)))
    steps: Sequence[Step] = (
        *installed,
        Workdir(staging.BUILT_IN),
        *copied,
        *entered,
        Run(commands, "The packages of the front end", caches={"npm": "/root/.npm"}),
        *((Workdir(staging.BUILT_IN),) if front.folder else ()),
        staging.everything(),
        *entered,
        Run((front.build,), "The front end's assets"),
    )
    return Stage("assets", base, tuple(steps), "The front end")
