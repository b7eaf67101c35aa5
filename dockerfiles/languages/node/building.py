"""What is built before an application can run: its build script, and what starting it would have built."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dockerfiles.languages.node.commands import Call, expanded
from dockerfiles.languages.node.project import Project

# In the order in which they are believed.
_SCRIPTS = (
    *("build", "build:prod", "build:production", "build:all", "build:app", "build:server", "build:ts", "compile"),
    *("bundle", "heroku-postbuild", "gcp-build", "render-build", "vercel-build", "tsc", "transpile", "webpack", "dist"),
)
_BUILDERS = frozenset(
    {
        *("tsc", "tsup", "swc", "babel", "webpack", "webpack-cli", "rollup", "esbuild", "vite", "next", "nuxt", "nuxi"),
        *("ncc", "unbuild", "rimraf", "del-cli", "copyfiles", "cpx", "cpy", "shx", "nest", "ng", "gulp", "grunt"),
        *("tsc-alias", "tsoa", "parcel", "react-scripts", "vue-cli-service", "sass", "node-sass", "tailwindcss"),
        *(
            "postcss",
            "lessc",
            "remix",
            "react-router",
            "astro",
            "svelte-kit",
            "rspack",
            "rsbuild",
            "pkgroll",
            "bunchee",
        ),
        *(
            "vinxi",
            "nitro",
            "nitropack",
            "turbo",
            "nx",
            "mkdir",
            "cp",
            "rm",
            "tspc",
            "ttsc",
            "ember",
            "gatsby",
            "tsdown",
        ),
    }
)
_MIGRATIONS = {
    "prisma": ("migrate", "db"),
    "sequelize": ("db:migrate",),
    "sequelize-cli": ("db:migrate",),
    "knex": ("migrate:latest", "migrate:up"),
    "typeorm": ("migration:run", "schema:sync"),
    "typeorm-ts-node-commonjs": ("migration:run",),
    "drizzle-kit": ("migrate", "push", "push:pg"),
    "mikro-orm": ("migration:up", "migration:fresh"),
    "node-pg-migrate": ("up",),
    "migrate-mongo": ("up",),
    "db-migrate": ("up",),
    "medusa": ("db:migrate", "migrations"),
    "directus": ("database", "bootstrap"),
    "payload": ("migrate",),
}
_MIGRATION_SCRIPTS = (
    *("migrate:deploy", "db:deploy", "prisma:deploy", "migrate:prod", "migration:run:prod", "db:migrate:prod"),
    *("db:migrate", "migration:run", "migrate:latest", "migrate:up", "migrate", "migrations:run", "db:migrations"),
)
_NOTHING = {"echo", "true", "exit", ":", "printf"}
_LIFECYCLE = ("preinstall", "install", "postinstall", "prepare")
_FOR_DEVELOPERS = {
    *("husky", "husky-run", "lefthook", "simple-git-hooks", "is-ci", "lint-staged", "pinst", "patch-husky", "ts-patch"),
    *("only-allow", "check-node-version", "opencollective", "opencollective-postinstall", "git", "skip-ci", "npx"),
    *("playwright", "cypress", "funding", "exit", "echo", "true", "is-ci-cli", "prek", "link-husky", "husky-init"),
}


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What installing runs. `needs` are files it reads besides manifests; `all_of_it`: nobody can tell which."""

    developers_only: bool = False
    needs: tuple[str, ...] = ()
    all_of_it: bool = False


def build_script(project: Project) -> str:
    """Return the name of the script that builds the application, "" when there is none that does anything."""
    for name in _SCRIPTS:
        if any(call.tool not in _NOTHING for call in expanded(project.manifest.scripts, name)):
            return name
    return ""


def builds(call: Call) -> bool:
    """Return whether a command of a start script belongs into the build instead."""
    return call.tool in _BUILDERS and not call.for_developers and "start" not in call.words[1:2]


def migrates(call: Call) -> bool:
    """Return whether a command brings a database up to date: a step of a release, not of every start."""
    if call.tool in _MIGRATIONS:
        return bool(set(call.words[1:]) & set(_MIGRATIONS[call.tool]))
    return call.tool == "node" and ("migration:run" in call.words or "migration:fresh" in call.words)


def migration(project: Project, run: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the command that brings the database up to date, () when the project has none that is known."""
    scripts = project.manifest.scripts
    for name in _MIGRATION_SCRIPTS:
        found = [call for call in expanded(scripts, name) if migrates(call)]
        words = found[0].words if found else ()
        if words and not found[0].needs_a_shell and "dev" not in words and "push" not in words:
            return words
    if project.has("prisma", "@prisma/client") and project.tree.has_folder("prisma/migrations"):
        return ("prisma", "migrate", "deploy")
    return tuple(run)


def lifecycle(project: Project) -> Lifecycle:
    """Return what the scripts that an installation runs need to be there before it."""
    scripts = project.root_manifest.scripts
    found = [call for name in _LIFECYCLE for call in expanded(scripts, name)]
    if not found:
        return Lifecycle()
    real = [call for call in found if call.tool not in _FOR_DEVELOPERS and "husky" not in " ".join(call.words)]
    if not real:
        return Lifecycle(developers_only=True)
    needs: list[str] = []
    for call in real:
        files = _needed(call, project)
        if files is None:
            return Lifecycle(all_of_it=True)
        needs += files
    return Lifecycle(needs=tuple(dict.fromkeys(needs)), developers_only=len(real) < len(found))


def _needed(call: Call, project: Project) -> Sequence[str] | None:
    tree = project.home
    match call.tool:
        case "patch-package":
            return ["patches"] if tree.has_folder("patches") else []
        case "prisma":
            folder = next((name for name in ("prisma", "db", "src/prisma") if tree.has_folder(name)), None)
            return [name for name in (folder, tree.first("prisma.config.ts")) if name]
        case "node-gyp" | "electron-builder" | "ngcc":
            return []
        case "nuxt" | "nuxi" if "prepare" in call.words:
            return None
        case "node":
            files = [word for word in call.words[1:] if tree.has(word.removeprefix("./"))]
            alone = len(files) == 1 and not any(name.startswith(".") for name in project.code.imports(files[0]))
            return [files[0].removeprefix("./")] if alone else None
        case _:
            return None
