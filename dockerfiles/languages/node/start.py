"""What an application is started by: its platform files, framework, scripts, manifest and files, in that order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dockerfiles.analysis import Evidence
from dockerfiles.commands import shown
from dockerfiles.languages.node.building import builds
from dockerfiles.languages.node.code import SUFFIXES
from dockerfiles.languages.node.commands import Call, calls, expanded, script_named
from dockerfiles.languages.node.project import Project
from dockerfiles.languages.node.running import Start, file_of, of_calls, of_file

# In the order in which they are believed; `start` is one of them, as long as it is no server for developers.
PRODUCTION = (
    *("start:prod", "start:production", "serve:prod", "prod", "production", "start-prod", "start:prd"),
    *("start", "start:server", "start:api", "server", "serve", "run", "bot", "worker"),
)
DEVELOPMENT = ("dev", "develop", "start:dev", "dev:server", "watch", "debug", "start", "serve")
_FILES = (
    *("server", "app", "index", "main", "web", "bot", "worker", "src/server", "src/index", "src/main", "src/app"),
    *("src/bot", "src/worker", "server/index", "server/server", "server/app", "server/main", "api/index", "api/server"),
    *("backend/server", "backend/index", "app/index", "app/server", "lib/index", "lib/server", "src/bin/www", "run"),
)
_BUILT = ("dist/main.js", "dist/server.js", "dist/index.js", "dist/app.js", "build/server.js", "build/index.js")


def start(project: Project, framework: "Start | None" = None) -> Start | None:
    """Return what runs in production, None when nothing says so.

    Args:
        project: what is started.
        framework: what its framework says, which goes before scripts.
    """
    for found in _candidates(project, framework):
        return found
    return None


def _candidates(project: Project, framework: Start | None) -> Iterator[Start]:
    if found := _declared(project):
        yield found
    if framework:
        yield framework
    yield from _of_scripts(project)
    yield from _of_manifest(project)
    yield from _of_bins(project)
    yield from _of_files(project)


def _declared(project: Project) -> Start | None:
    declared = project.declared
    if declared.start is None:
        return None
    line = shown(declared.start)
    found = of_calls(project, _unwrapped(project, calls(line)))
    if found is None:
        return None
    evidence = tuple(each for each in declared.evidence if each.field == "run_command")
    return replace(found, rule="procfile", evidence=evidence, confidence=0.95)


def _unwrapped(project: Project, line: Sequence[Call]) -> tuple[Call, ...]:
    """Return the commands of a line with those that only run a script replaced by what that one runs."""
    found: list[Call] = []
    for call in line:
        name = script_named(call, project.manifest.scripts)
        found += expanded(project.manifest.scripts, name) if name else [call]
    return tuple(found)


def _of_scripts(project: Project) -> Iterator[Start]:
    manifest = project.manifest
    for name in PRODUCTION:
        if name not in manifest.scripts:
            continue
        if found := of_calls(project, expanded(manifest.scripts, name)):
            text = f'"{name}": "{manifest.scripts[name]}"'
            evidence = Evidence("run_command", manifest.path, manifest.line("scripts", name), text[:200], "script")
            sure = 0.95 if name.startswith("start") else 0.75
            prepared = _prepared(project, name)
            yield replace(
                found, evidence=(evidence,), confidence=min(sure, found.confidence), before=(*prepared, *found.before)
            )


def _prepared(project: Project, name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(call.words for call in expanded(project.manifest.scripts, f"pre{name}") if builds(call))


def _of_manifest(project: Project) -> Iterator[Start]:
    manifest = project.manifest
    for key, path in (("main", manifest.main), ("module", manifest.module)):
        if not path:
            continue
        written = path.removeprefix("./")
        source = project.source_of(written)
        if source is None or (key == "module" and not _runs_by_itself(project, source)):
            continue
        evidence = Evidence("run_command", manifest.path, manifest.line(key), f'"{key}": "{path}"', key)
        yield replace(of_file(project, written, source, key), evidence=(evidence,), confidence=0.8)


def _of_bins(project: Project) -> Iterator[Start]:
    manifest = project.manifest
    for name, path in manifest.bins.items():
        written = path.removeprefix("./")
        if source := project.source_of(written):
            evidence = Evidence("run_command", manifest.path, manifest.line("bin"), f'"{name}": "{path}"', "bin")
            yield replace(of_file(project, written, source, "bin"), evidence=(evidence,), confidence=0.6)


def _runs_by_itself(project: Project, source: str) -> bool:
    content = project.code.content(source)
    return bool(re.search(r"\.listen\(|createServer|Bun\.serve|\.login\(|\.launch\(|serve\(", content))


def _of_files(project: Project) -> Iterator[Start]:
    tree = project.tree
    if tree.has("bin/www"):
        yield _of_one(project, "bin/www", "conventional file", 0.85)
    yield from _of_development(project)
    for stem in _FILES:
        if path := tree.first(*(f"{stem}{suffix}" for suffix in SUFFIXES[:6])):
            yield _of_one(project, path, "conventional file", 0.7)
    for path in _BUILT:
        if tree.has(path):
            yield _of_one(project, path, "built file", 0.6)
    alone = [path for path in project.code.files if "/" not in path and path.endswith(SUFFIXES[:6])]
    if len(alone) == 1:
        yield _of_one(project, alone[0], "sole file", 0.6)


def _of_one(project: Project, path: str, rule: str, confidence: float) -> Start:
    evidence = Evidence("run_command", project.tree.whole(path), 0, path, rule)
    return replace(of_file(project, path, path, rule), evidence=(evidence,), confidence=confidence)


def _of_development(project: Project) -> Iterator[Start]:
    """The program that developers run under a watcher is the one to run without it."""
    manifest = project.manifest
    for name in DEVELOPMENT:
        for call in expanded(manifest.scripts, name):
            file = file_of(call)
            source = project.source_of(file) if file else None
            if source:
                text = f'"{name}": "{manifest.scripts[name]}"'[:200]
                found = of_file(project, file, source, "development script")
                evidence = Evidence("run_command", manifest.path, manifest.line("scripts", name), text, found.rule)
                yield replace(found, evidence=(evidence,), confidence=0.8)
