"""Whether a folder holds an application of Node, how surely, and by what; few files are read."""

import re

from dockerfiles.language import Sign
from dockerfiles.languages.node.commands import expanded
from dockerfiles.languages.node.manifest import Manifest, read
from dockerfiles.languages.node.nx import FILE, nx_project
from dockerfiles.languages.node.outputs import BUILDERS
from dockerfiles.languages.node.servers import SERVERS, WORKERS
from dockerfiles.languages.node.start import PRODUCTION
from dockerfiles.tree import Tree
from dockerfiles.workspaces import declared

_META = (
    *("next", "nuxt", "nuxt3", "@sveltejs/kit", "astro", "@remix-run/dev", "@remix-run/node", "@react-router/dev"),
    *("@nestjs/core", "@angular/core", "@strapi/strapi", "strapi", "directus", "@medusajs/medusa", "@adonisjs/core"),
    *("@keystone-6/core", "payload", "nitropack", "@tanstack/react-start", "@solidjs/start", "vinxi", "ghost"),
    *("@redwoodjs/core", "gatsby", "@docusaurus/core", "vitepress"),
)
_FILES = ("server.js", "app.js", "index.js", "index.mjs", "server.mjs", "main.js", "server.ts", "index.ts", "bin/www")
_PROGRAM = re.compile(r"\brequire\(|^\s*import\s.*['\"]|module\.exports|createServer|process\.", re.MULTILINE)
# Packages that only check, format or release what somebody else's program is.
_TOOLS = re.compile(
    r"^(?:@types/|@commitlint/|@semantic-release/|eslint|@eslint/|@typescript-eslint/|prettier|husky|lint-staged|"
    r"commitlint|commitizen|cz-|standard|stylelint|markdownlint|semantic-release|lefthook|jest$|mocha$|vitest$|chai$|"
    r"nyc$|c8$|typescript$|cspell|release-it|np$|conventional-|@biomejs/|turbo$|nx$|@nx/|lerna$|@changesets/|"
    r"@playwright/|playwright$|cypress|tailwindcss|postcss|autoprefixer|sass$|netlify-cli|vercel$|npm-run-all|rimraf$|"
    r"@tailwindcss/|daisyui|concurrently$|syncpack|knip|serverless|pa11y|@lhci/)"
)


def recognise(tree: Tree) -> Sign | None:
    """Return the sign of an application, of a library, or of a workspace with its applications."""
    manifest = read(tree)
    if manifest.path:
        return _of_manifest(tree, manifest)
    return _of_files(tree)


def _of_manifest(tree: Tree, manifest: Manifest) -> Sign | None:
    file = manifest.path.rpartition("/")[2]
    if manifest.broken:
        return Sign(0.5, file, "a manifest that can't be read")
    if members := _applications(tree):
        return Sign(0.9, file, "the root of a workspace", members=members)
    names = (*manifest.dependencies, *manifest.development)
    if any(name in _META for name in names):
        return Sign(0.95, file, "a framework")
    sure, why = 0.0, ""
    if any(name in library.packages for library in (*SERVERS, *WORKERS) for name in manifest.dependencies):
        sure, why = 0.95, "a library of servers"
    elif _is_built(manifest):
        sure, why = 0.9, "a front end that is built"
    elif _starts(tree, manifest):
        sure, why = 0.9, "a script that starts it"
    return Sign(sure, file, why, _is_library(tree, manifest)) if sure else _bare(tree, manifest, file, names)


def _bare(tree: Tree, manifest: Manifest, file: str, names: tuple[str, ...]) -> Sign | None:
    """A manifest that starts nothing: tools for something else, a library, or a program that just says little."""
    named = (manifest.main, *manifest.bins.values())
    program = tree.first(*_FILES, *(path.removeprefix("./") for path in named))
    if _is_library(tree, manifest):
        return Sign(0.5, file, "a package for others", library=True)
    if program:
        return Sign(0.7, file, f"a manifest and {program}")
    if all(_TOOLS.match(name) for name in names):
        return None
    return Sign(0.3, file, "a manifest that starts nothing", library=True)


def _applications(tree: Tree) -> tuple[str, ...]:
    """Return the members of a workspace that are applications, in the order of their folders."""
    workspace = declared(tree)
    if workspace is None:
        return ()
    found = []
    for member in workspace.members:
        sign = recognise(tree.at(member))
        if sign and not sign.library and sign.confidence >= 0.7 and not sign.members:
            found.append(member)
    return tuple(found)


def _is_built(manifest: Manifest) -> bool:
    for script in ("build", "build:prod", "dev", "start", "serve"):
        for call in expanded(manifest.scripts, script):
            if any(call.tool in builder.tools and manifest.has(*builder.packages) for builder in BUILDERS[:21]):
                return True
    return False


def _starts(tree: Tree, manifest: Manifest) -> bool:
    for name in (*PRODUCTION, "dev"):
        for call in expanded(manifest.scripts, name):
            if call.tool in {"node", "bun", "tsx", "ts-node", "nodemon", "ts-node-dev", "pm2", "babel-node"}:
                return True
            if (
                not call.for_developers
                and name == "start"
                and call.tool not in {"echo", "npm", "yarn", "pnpm", "cd", "docker", "docker-compose"}
            ):
                return True
    return tree.has("Procfile")


def _is_library(tree: Tree, manifest: Manifest) -> bool:
    """A package that is there to be imported: it says what it exports, and starts nothing."""
    if (
        manifest.scripts.get("start")
        or tree.has("Procfile")
        or any(name.startswith("start") for name in manifest.scripts)
    ):
        return False
    exports = manifest.field("exports") is not None or manifest.field("types") is not None or bool(manifest.module)
    published = manifest.field("files") is not None or manifest.field("publishConfig") is not None
    page = tree.first("index.html", "public/index.html")
    return (exports or published or manifest.field("peerDependencies") is not None) and page is None


def _is_within_a_package(tree: Tree) -> bool:
    """Whether a folder above has a manifest: the files of this one belong to that."""
    folder = tree.prefix
    while folder:
        folder = folder.rpartition("/")[0]
        if tree.project.at(folder).has("package.json"):
            return True
    return False


def _of_files(tree: Tree) -> Sign | None:
    if nx := nx_project(tree):
        return Sign(0.9, FILE, "a project of Nx", library=nx.library)
    if tree.first("deno.json", "deno.jsonc") or _is_within_a_package(tree):
        return None
    for path in _FILES:
        text = tree.text(path)
        if text and _PROGRAM.search(text.content) and not tree.has("index.html"):
            return Sign(0.5, path, "a program of Node, without a manifest")
    return None
