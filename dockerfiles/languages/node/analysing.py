"""Everything that is known about one application of Node or Bun, put together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from shlex import join

from dockerfiles import native, services, storage
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    PackageManager,
    Port,
    Process,
    ServiceNeed,
    Static,
    SystemPackages,
    Variable,
)
from dockerfiles.language import Wishes, rebased
from dockerfiles.languages.node import versions
from dockerfiles.languages.node.building import build_script, migration
from dockerfiles.languages.node.commands import expanded
from dockerfiles.languages.node.environment import BAKED, variables
from dockerfiles.languages.node.installing import build_commands, install_commands, installed_files
from dockerfiles.languages.node.listening import Listening, listening
from dockerfiles.languages.node.project import Project, project_of
from dockerfiles.languages.node.routing import health
from dockerfiles.languages.node.running import of_calls
from dockerfiles.languages.node.shaping import Known, known
from dockerfiles.serving import COMMAND, NGINX
from dockerfiles.serving import PORT as SERVED_ON
from dockerfiles.tree import Tree

_MAPPERS = (
    *("knex", "sequelize", "sequelize-typescript", "typeorm", "@nestjs/typeorm", "@nestjs/sequelize", "objection"),
    *(
        "@mikro-orm/core",
        "@mikro-orm/nestjs",
        "drizzle-orm",
        "kysely",
        "keyv",
        "connect-redis",
        "bookshelf",
        "waterline",
    ),
    *("@keystone-6/core", "@strapi/strapi", "@nestjs/bull", "@nestjs/bullmq", "@nestjs/mongoose", "@adonisjs/lucid"),
)
_PROVIDERS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mongodb": "mongodb",
    "sqlserver": "mssql",
    "cockroachdb": "cockroachdb",
}
_WORKERS = ("worker", "start:worker", "worker:prod", "worker:start", "queue", "start:queue", "scheduler", "cron")
_ACCEPTS_UPLOADS = re.compile(r"\bdest:\s*['\"](?:\./)?([\w][\w./-]*)['\"]")


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return the analysis of the application at the root of a tree."""
    project = project_of(tree)
    found = known(project)
    heard = listening(project, found)
    on_bun = runs_on_bun(found.start.command if found.start else None)
    version = (versions.bun if on_bun else versions.node)(
        tree, project.root_manifest if on_bun else project.manifest, wishes
    )
    base = versions.bun_image(version.version.value) if on_bun else versions.image(version.version.value)
    static = found.shape.kind == "static"
    packages = SystemPackages() if static else _native(project, base.debian or "bookworm")
    check, asked = health(project.code, found.files, heard.ports[0].port if heard.ports else None)
    env = tuple(_variables(project, found, heard))
    manifest, manager = project.manifest, project.manager
    told = (*found.shape.evidence, *(found.start.evidence if found.start else ()), *heard.evidence, *asked)
    return Analysis(
        root=tree.prefix,
        language="node",
        name=manifest.name or tree.name,
        version=manifest.version,
        language_version=version.version,
        framework=found.shape.name,
        framework_version=_plain(manifest.range_of(found.shape.package)),
        package_manager=PackageManager(manager.name, manager.version),
        kind=found.shape.kind,
        dependency_files=tuple(project.home.whole(path) for path in installed_files(project)),
        lock_file=project.home.whole(manager.lock) if manager.lock else "",
        install_commands=install_commands(project, found),
        build_commands=build_commands(project, found),
        artefacts=_artefacts(project, found),
        run_command=COMMAND if static else found.start.command if found.start else None,
        release_command=_release(project, found),
        processes=tuple(_processes(project)),
        ports=(Port(SERVED_ON, source="nginx"),) if static else heard.ports,
        bind_env=heard.bind,
        env=env,
        system_packages=packages,
        services=() if static else tuple(_services(project, found)),
        volumes=() if static else _volumes(project, found),
        healthcheck=replace(check, kind="tcp") if static else check,
        static=Static(found.shape.output, found.shape.spa) if static else None,
        base_images=BaseImages(rebased(base, wishes).reference, rebased(NGINX if static else base, wishes).reference),
        warnings=tuple(_cautions(project, found, heard, env, version.cautions)),
        confidence=_confidence(project, found, heard, static=static),
        evidence=(*_manifest_evidence(project), *told, *version.evidence, *manager.evidence, *_build_evidence(project)),
    )


def runs_on_bun(command: Command | None) -> bool:
    """Return whether Bun runs the program, not only its package manager."""
    if command is None:
        return False
    words = command.argv[0].split() if command.shell else command.argv
    return "bun" in words[:6]


def _plain(wanted: str) -> str:
    found = re.search(r"\d+(?:\.\d+)*", wanted)
    return found[0] if found else ""


def _artefacts(project: Project, found: Known) -> tuple[str, ...]:
    shape = found.shape
    if shape.kind == "static":
        return (shape.output,)
    if shape.alone:
        return shape.alone
    begun = found.start
    path = next((word for word in begun.words if project.is_compiled(word)), "") if begun else ""
    return (path.removeprefix("./").partition("/")[0],) if path else ()


def _release(project: Project, found: Known) -> Command | None:
    if project.declared.release:
        return project.declared.release
    words = migration(project, found.start.release if found.start else ())
    return Command(words) if words and found.shape.kind != "static" else None


def _processes(project: Project) -> Iterator[Process]:
    """The processes of a Procfile, else the scripts that are named like a second one."""
    declared = project.declared.processes
    if len(declared) > 1:
        yield from declared
        return
    for name in _WORKERS if not declared else ():
        found = of_calls(project, expanded(project.manifest.scripts, name))
        if found and found.serves is None and name in project.manifest.scripts:
            yield Process(name.replace("start:", "").partition(":")[0], found.command)


def _native(project: Project, debian: str) -> SystemPackages:
    names = dict.fromkeys([*project.manifest.dependencies, *_locked(project)])
    return native.packages("node", names, "trixie" if debian == "trixie" else "bookworm")


def _locked(project: Project) -> Iterator[str]:
    """The packages that the lock of npm has for production, those that others bring included."""
    text = project.home.text(project.manager.lock) if project.manager.name == "npm" and project.manager.lock else None
    if text is None:
        return
    # A package's entry ends before the next begins; what is only for developers says so in it.
    parts = re.split(r'"node_modules/(?=[^"]+":)', text.content)
    for part in parts[1:]:
        name, _, entry = part.partition('"')
        if '"dev": true' not in entry.partition("\n    }")[0]:
            yield name.rpartition("node_modules/")[2]


def _services(project: Project, found: Known) -> Iterator[ServiceNeed]:
    """From drivers that the code imports; behind a mapper of objects, from the driver that it is given."""
    seen: dict[str, ServiceNeed] = {}
    files = tuple(dict.fromkeys((*found.files, *project.code.files)))
    mapped = project.code.importer(*_MAPPERS, of=files) or (project.has(*_MAPPERS) and not files)
    for package in project.manifest.dependencies:
        service = services.of_driver("node", package)
        if service is None or service in seen:
            continue
        file = project.code.importer(package, of=files)
        if file:
            at = project.code.where_imported(file, package)
            seen[service] = ServiceNeed(service, source=f"{project.tree.whole(file)}:{at}")
        elif mapped:
            seen[service] = ServiceNeed(service, source=f"{project.manifest.path}:{project.manifest.line_of(package)}")
    for path in project.tree.with_suffix(".prisma"):
        text = project.tree.text(path)
        for number, line in text.lines() if text else ():
            provider = re.match(r'\s*provider\s*=\s*"(\w+)"', line)
            kind = _PROVIDERS.get(provider[1]) if provider else None
            if text and kind:
                seen.setdefault(kind, ServiceNeed(kind, source=f"{text.path}:{number}"))
    yield from (seen[name] for name in sorted(seen))


def _volumes(project: Project, found: Known) -> tuple[str, ...]:
    home = f"/app/{project.below}".rstrip("/")
    texts = [text for path in found.files if (text := project.tree.text(path))]
    kept = list(storage.volumes(storage.folders(texts, home))) if project.has(*_OPENS_FILES) else []
    if project.has("multer"):
        for text in texts:
            kept += [f"{home}/{folder.strip('/')}" for folder in _ACCEPTS_UPLOADS.findall(text.content)]
    kept += [
        f"{home}/{folder}" for folder in found.shape.writable if folder in {"uploads", "content", "public/uploads"}
    ]
    return tuple(dict.fromkeys(kept))


_OPENS_FILES = (
    "sqlite3",
    "better-sqlite3",
    "sqlite",
    "nedb",
    "lowdb",
    "@libsql/client",
    "level",
    "typeorm",
    "sequelize",
    "knex",
)


def _variables(project: Project, found: Known, heard: Listening) -> Iterator[Variable]:
    tree = project.tree
    files = tuple(dict.fromkeys((*found.files, *project.code.files)))
    static = found.shape.kind == "static"
    given: Mapping[str, str] = {**(found.start.environment if found.start else {}), **heard.bind}
    port = str(heard.ports[0].port) if heard.ports else None
    seen = set()
    for variable in variables(project.code, files, tree):
        if static and not variable.name.startswith(BAKED) and not variable.source.startswith(tree.whole("src")):
            continue
        seen.add(variable.name)
        if variable.name == "PORT" and port and heard.honours:
            yield replace(variable, required=False, default=port)
        elif variable.name in given:
            yield replace(variable, required=False, default=variable.default or given[variable.name])
        else:
            yield replace(variable, build_time=static or variable.build_time)
    if heard.honours and "PORT" not in seen:
        yield Variable("PORT", default=port, source=heard.ports[0].source)


def _cautions(
    project: Project, found: Known, heard: Listening, env: Iterable[Variable], others: tuple[Caution, ...]
) -> Iterator[Caution]:
    manifest = project.manifest
    if manifest.broken:
        error = manifest.broken
        yield Caution("malformed", error.file, error.line, f"column {error.column}: {error.reason}; it is not used")
    yield from others
    yield from project.manager.cautions
    yield from project.declared.cautions
    yield from found.shape.cautions
    yield from heard.cautions
    for variable in env:
        if variable.build_time and variable.secret:
            file, _, line = variable.source.partition(":")
            text = f"{variable.name} is built into what browsers get, and its name says that it is a secret"
            yield Caution("baked-secret", file, int(line or 0), text)


def _manifest_evidence(project: Project) -> Iterator[Evidence]:
    manifest = project.manifest
    if manifest.path:
        yield Evidence("language", manifest.path, 0, manifest.name, "manifest")
    elif project.code.files:
        yield Evidence("language", project.tree.whole(project.code.files[0]), 0, "", "program")


def _build_evidence(project: Project) -> Iterator[Evidence]:
    if name := build_script(project):
        manifest = project.manifest
        yield Evidence(
            "build_commands",
            manifest.path,
            manifest.line("scripts", name),
            join([name, manifest.scripts[name]])[:200],
            "script",
        )


def _confidence(project: Project, found: Known, heard: Listening, *, static: bool) -> Mapping[str, float]:
    sure = {
        "language": 0.95 if project.manifest.path else 0.6,
        "package_manager": 0.95 if project.manager.evidence else 0.7,
    }
    sure["framework"] = 0.95 if found.shape.evidence or not found.shape.name else 0.4
    sure["run_command"] = 0.9 if static else found.start.confidence if found.start else 0.0
    sure["ports"] = 0.95 if static else heard.confidence if heard.ports else 0.8
    return sure
