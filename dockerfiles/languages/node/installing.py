"""The commands that install, build and slim down a project, in the words of its package manager."""

from collections.abc import Iterator, Mapping, Sequence
from shlex import join, quote

from dockerfiles.languages.node.building import build_script, lifecycle
from dockerfiles.languages.node.commands import expanded
from dockerfiles.languages.node.manifest import read
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.shaping import Known

_FILES = (
    *(
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
    ),
    *("package.json5", "pnpm-workspace.yaml", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "bunfig.toml"),
    *("lerna.json", ".pnp.cjs", ".pnp.loader.mjs", ".npmrc.docker"),
)
_LOCKS = {"npm": ("package-lock.json", "npm-shrinkwrap.json"), "yarn": ("yarn.lock",), "pnpm": ("pnpm-lock.yaml",)}
_CACHES = {
    "npm": {"npm": "/root/.npm"},
    "yarn": {"yarn": "/usr/local/share/.cache/yarn"},
    "pnpm": {"pnpm": "/root/.local/share/pnpm/store"},
    "bun": {"bun": "/root/.bun/install/cache"},
}


def installed_files(project: Project) -> tuple[str, ...]:
    """Return the files that say what is installed, in the folder that is installed in."""
    tree, manager = project.home, project.manager
    others = {lock for name, locks in _LOCKS.items() if name != manager.name for lock in locks}
    files = [name for name in _FILES if tree.has(name) and name not in others]
    members = project.workspace.members if project.workspace else ()
    return (*files, *(f"{member}/package.json" for member in members if tree.has(f"{member}/package.json")))


def local_packages(project: Project) -> tuple[str, ...]:
    """Return the folders and archives of the project that its manifest asks for as packages (`file:`, `link:`)."""
    manifest, tree = project.manifest, project.tree
    found: list[str] = []
    for wish in (*manifest.dependencies.values(), *manifest.development.values()):
        kind, _, path = wish.partition(":")
        if kind not in {"file", "link", "portal"} or path.startswith(("..", "/")):
            continue
        path = path.removeprefix("./").rstrip("/")
        if tree.has(path) or tree.has_folder(path):
            found.append(path)
    return tuple(dict.fromkeys(found))


def asks_for_packages(project: Project) -> bool:
    """Return whether anything is to be installed at all."""
    manifests = (project.manifest, project.root_manifest)
    return any(each.dependencies or each.development for each in manifests) or project.workspace is not None


def only_production(project: Project, known: Known) -> bool:
    """Return whether packages for developers can be left out from the start: nothing is built with them."""
    begun = known.start
    if known.shape.kind == "static" or build_commands(project, known) or (begun and begun.development):
        return False
    found = lifecycle(project)
    return not found.developers_only and not found.all_of_it and not found.needs and not project.has("prisma")


def install_commands(project: Project, known: Known) -> tuple[str, ...]:
    """Return what installs the packages, with those for developers where something is built."""
    if not asks_for_packages(project):
        return ()
    manager = project.manager
    production = only_production(project, known)
    match manager.name:
        case "npm":
            words = ["npm", "ci" if manager.frozen else "install", *(["--omit=dev"] if production else [])]
            return (join([*words, "--no-audit", "--no-fund"]),)
        case "pnpm":
            lock = "--frozen-lockfile" if manager.frozen else "--no-frozen-lockfile"
            return (join(["pnpm", "install", lock, *(["--prod"] if production else [])]),)
        case "bun":
            frozen = ["--frozen-lockfile"] if manager.frozen else []
            return (join(["bun", "install", *frozen, *(["--production"] if production else [])]),)
        case _:
            return (_yarn(project, production=production),)


def _yarn(project: Project, *, production: bool) -> str:
    manager = project.manager
    if manager.modern_yarn:
        if production and _can_focus(project):
            return "yarn workspaces focus --all --production"
        return "yarn install --immutable" if manager.frozen else "yarn install --no-immutable"
    lock = ["--frozen-lockfile"] if manager.frozen else []
    return join(["yarn", "install", *lock, *(["--production"] if production else []), "--non-interactive"])


def build_commands(project: Project, known: Known) -> tuple[str, ...]:
    """Return what makes the application, its libraries in the workspace first."""
    made = list(known.shape.prepare)
    script = build_script(project)
    if _generates_a_client(project, script):
        made.append(runner(project, ("prisma", "generate")))
    if script:
        made += _scripted(project, script)
    else:
        made += _libraries_built(project)
        if known.shape.build:
            made.append(runner(project, known.shape.build))
    begun = known.start
    if begun and known.shape.kind != "static":
        done = {call.words for call in expanded(project.manifest.scripts, script)} if script else set()
        made += [
            runner(project, words)
            for words in begun.before
            if words not in done and words[0] not in {"rimraf", "mkdir"}
        ]
    return tuple(dict.fromkeys(made))


def _generates_a_client(project: Project, script: str) -> bool:
    """Prisma's client is made from the schema; some scripts do that by themselves."""
    if not project.has("prisma", "@prisma/client") or not next(project.tree.with_suffix(".prisma"), None):
        return False
    scripts = project.manifest.scripts
    names = [name for name in (script, f"pre{script}", "postinstall") if name]
    return not any("generate" in call.words for name in names for call in expanded(scripts, name))


def _scripted(project: Project, script: str) -> Iterator[str]:
    workspace, manager = project.workspace, project.manager
    if workspace is None:
        yield f"{manager.name} run {quote(script)}"
        return
    root, name = project.root_manifest, project.manifest.name
    folder = project.below
    if project.home.has("turbo.json") and root.has("turbo") and name:
        yield _at_root(project, ("turbo", "run", script, f"--filter={name}"))
    elif project.home.has("nx.json") and root.has("nx") and name:
        yield _at_root(project, ("nx", "run", f"{name}:{script}"))
    elif manager.name == "pnpm":
        yield join(["pnpm", "--filter", f"{name or f'./{folder}'}...", "run", script])
    else:
        for member in (*_needed_members(project), folder):
            yield from _member_built(project, member, script if member == folder else "build")


def _libraries_built(project: Project) -> Iterator[str]:
    """What an application without a build of its own needs from its workspace all the same."""
    for member in _needed_members(project):
        yield from _member_built(project, member, "build")


def _member_built(project: Project, member: str, script: str) -> Iterator[str]:
    manifest = read(project.home.at(member))
    if script not in manifest.scripts:
        return
    match project.manager.name:
        case "npm":
            yield join(["npm", "run", script, f"--workspace={member}"])
        case "yarn":
            yield join(["yarn", "workspace", manifest.name or member, "run", script])
        case "pnpm":
            yield join(["pnpm", "--filter", manifest.name or f"./{member}", "run", script])
        case _:
            yield join(["bun", "run", "--filter", manifest.name or member, script])


def _needed_members(project: Project) -> Sequence[str]:
    """Return the folders of the libraries that an application needs, each after those that it needs itself."""
    if project.workspace is None:
        return ()
    named = project.workspace.named()
    order: dict[str, None] = {}

    def visit(wanted: Mapping[str, str], depth: int) -> None:
        for package in wanted:
            member = named.get(package)
            if member is None or member in order or depth > 20:
                continue
            manifest = read(project.home.at(member))
            visit(manifest.dependencies, depth + 1)
            order.setdefault(member)

    visit({**project.manifest.development, **project.manifest.dependencies}, 0)
    return tuple(order)


def runner(project: Project, words: Sequence[str]) -> str:
    """Return the command that runs a dependency's own tool, where the application is in its workspace."""
    if not project.below or words[0] == "node":
        return _at_root(project, words)
    name = project.manifest.name or project.below
    match project.manager.name:
        case "npm":
            return join(["npm", "exec", f"--workspace={project.below}", "--", *words])
        case "pnpm":
            return join(["pnpm", "--filter", name, "exec", *words])
        case "yarn":
            return join(["yarn", "workspace", name, *(["exec"] if project.manager.modern_yarn else []), *words])
        case _:
            return join(["bun", "run", "--filter", name, *words])


def _at_root(project: Project, words: Sequence[str]) -> str:
    if words[0] == "node":
        return join(words)
    match project.manager.name:
        case "npm":
            return join(["npx", *words])
        case "pnpm":
            return join(["pnpm", "exec", *words])
        case "yarn":
            return join(["yarn", *(["run"] if project.manager.modern_yarn else []), *words])
        case _:
            return join(["bunx", *words])


def provided(project: Project, *, whole: bool) -> tuple[str, ...]:
    """Return the command that installs the package manager itself, () when the image has it.

    Corepack is not used: it comes with Node no more from 25 on, and asks the network for what to run.
    """
    manager = project.manager
    match manager.name:
        case "pnpm":
            return (f"npm install -g {quote(f'pnpm@{manager.version}')}",)
        case "bun":
            return (f"npm install -g {quote(f'bun@{manager.version}')}",)
        case "yarn" if manager.modern_yarn and not manager.brings_itself:
            return (f"npm install -g --force {quote(f'@yarnpkg/cli-dist@{manager.version}')}",)
        case "yarn" if whole:
            return (f"npm install -g {quote('yarn@1.22.22')}",)
        case _:
            return ()


def slimmed(project: Project, known: Known, node: int) -> tuple[str, ...]:
    """Return what removes the packages that were only there to build, () when all of them stay."""
    begun = known.start
    if only_production(project, known) or not asks_for_packages(project) or (begun and begun.development):
        return ()
    if not project.manifest.development and not project.root_manifest.development:
        return ()
    frozen = ["--frozen-lockfile"] if project.manager.frozen else []
    match project.manager.name:
        case "npm":
            return ("npm prune --omit=dev" if node >= 16 else "npm prune --production",)
        case "pnpm":
            return (_slimmed_by_pnpm(project, frozen),)
        case "bun":
            again = join(["bun", "install", "--production", *frozen, "--ignore-scripts"])
            return ("rm -rf node_modules", again)
        case _:
            return _slimmed_by_yarn(project, frozen)


def _slimmed_by_pnpm(project: Project, frozen: Sequence[str]) -> str:
    if project.workspace is None:
        return "CI=true pnpm prune --prod --ignore-scripts"
    wanted = f"{project.manifest.name or f'./{project.tree.prefix}'}..."
    return f"CI=true {join(['pnpm', 'install', '--prod', *frozen, '--ignore-scripts', '--filter', wanted])}"


def _slimmed_by_yarn(project: Project, frozen: Sequence[str]) -> tuple[str, ...]:
    if project.manager.modern_yarn:
        return ("yarn workspaces focus --production",) if _can_focus(project) and not project.workspace else ()
    return (
        join(["yarn", "install", "--production", "--ignore-scripts", "--prefer-offline", *frozen, "--non-interactive"]),
        "yarn cache clean",
    )


def _can_focus(project: Project) -> bool:
    """Yarn 4 has the command, 2 and 3 by a plugin."""
    plugin = any("plugin-workspace-tools" in file for file in project.home.files if file.startswith(".yarn/plugins/"))
    return plugin or project.manager.version.startswith("4.")


def caches(project: Project) -> Mapping[str, str]:
    """Return the folders in which the package manager keeps what it fetched."""
    return _CACHES[project.manager.name]
