"""Deno: servers and scripts that name their permissions."""

import re
import shlex

from dockerfiles import reading, routes, staging, variables
from dockerfiles.analysis import Analysis, BaseImages, Command, Evidence, PackageManager, Version
from dockerfiles.language import Sign, Wishes
from dockerfiles.recipe import Base, Recipe, Run, Stage, Step, Workdir
from dockerfiles.sources import Hit, first, sources
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

_FILES = ("deno.json", "deno.jsonc")
_ENTRIES = (
    "main.ts",
    "main.tsx",
    "server.ts",
    "mod.ts",
    "app.ts",
    "index.ts",
    "src/main.ts",
    "src/server.ts",
    "main.js",
)
_NEWEST = "2.1.4"
_WAYS = (
    Way(r"Deno\.env\.get\(\s*[\"'](\w+)[\"']\s*\)\s*(?:\?\?|\|\|)\s*[\"']([^\"']*)[\"']"),
    Way(r"Deno\.env\.get\(\s*[\"'](\w+)[\"']\s*\)(?:!|\s*\?\?\s*throw)", required=True),
    Way(r"Deno\.env\.get\(\s*[\"'](\w+)[\"']"),
)
_PORTS = (
    r"Deno\.(?:serve|listen)\([^)]*?\bport:\s*(?:Number\()?[^\n]*?(\d{4,5})",
    r"get\([\"']PORT[\"']\)\s*(?:\?\?|\|\|)\s*[\"']?(\d{4,5})",
    r"\.listen\(\s*\{[^}]*\bport:\s*(\d{4,5})",
    r"(?i)\bport\s*=\s*(\d{4,5})",
)
# What a task does for developers, and an image does not.
_DEVELOPING = re.compile(r"^--watch|^--inspect|^-r$|^--reload")


class Deno:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "deno"

    def recognise(self, tree: Tree) -> Sign | None:
        # Many a project has folders with functions for Deno; only its own manifest at the root makes it one.
        if (file := tree.first(*_FILES)) is not None:
            entry = _entry(tree, _start(tree, file))
            return Sign(0.95 if entry else 0.7, file, "a Deno project", library=not entry)
        entry = tree.first(*_ENTRIES)
        text = tree.text(entry) if entry and not tree.has("package.json") else None
        if entry and text and first((text,), r"Deno\.(?:serve|listen|env)|from\s+[\"'](?:jsr:|https://deno\.land)"):
            return Sign(0.8, entry, "code for Deno")
        return None

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        file = tree.first(*_FILES)
        start = _start(tree, file)
        entry = _entry(tree, start) or "main.ts"
        texts = sources(tree, ".ts", ".tsx", ".js", ".jsx", style="js", tests=r"(?:_|\.)test\.[jt]sx?$")
        fresh = tree.first("fresh.gen.ts", "fresh.config.ts")
        serves = bool(fresh) or first(texts, r"Deno\.serve|\.listen\(|\bserve\(") is not None
        hit: Hit | None = first(texts, *_PORTS) if serves else None
        port = int(hit.groups[0]) if hit else 8000 if serves else None
        health, health_evidence = routes.health_of(texts, port)
        version = Version(wishes.version, wishes.version, "--version") if wishes.version else _version(tree)
        return Analysis(
            root=tree.prefix,
            language="deno",
            name=str(reading.json_object(tree, file).get("name", "")).rpartition("/")[2] or tree.name
            if file
            else tree.name,
            language_version=version,
            framework="fresh" if fresh else "",
            package_manager=PackageManager("deno"),
            kind="web" if port else "job",
            dependency_files=(file,) if file else (),
            lock_file=tree.first("deno.lock") or "",
            install_commands=(f"deno cache {shlex.quote(entry)}",),
            build_commands=("deno task build",) if fresh and "build" in _tasks(tree, file) else (),
            artefacts=(".",),
            run_command=Command(start or ("deno", "run", "--allow-net", "--allow-env", "--allow-read", entry)),
            ports=staging.ports(port, hit.source if hit else ""),
            env=variables.merged(variables.read_in(texts, _WAYS), variables.of_examples(tree)),
            healthcheck=health,
            base_images=BaseImages(f"denoland/deno:debian-{version.value}", f"denoland/deno:debian-{version.value}"),
            confidence={"language": 0.95, "run_command": 0.9 if start else 0.75, "ports": 0.9 if hit else 0.7},
            evidence=(
                Evidence("language", tree.whole(file or entry), 0, "", file or entry),
                Evidence("run_command", tree.whole(file if start and file else entry), 0, " ".join(start), "start"),
                *((hit.speaks_for("ports", "listen"),) if hit else ()),
                *health_evidence,
            ),
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        version = analysis.language_version.value or _NEWEST
        base, installed = staging.toolchain(Base("denoland/deno", f"debian-{version}"), ("deno",), wishes)
        steps: tuple[Step, ...] = (
            *installed,
            Workdir(staging.RUNS_IN),
            staging.everything("The source: Deno caches what it imports, by name, from there"),
            Run(
                (*analysis.install_commands, *analysis.build_commands), "What it imports, so that none is fetched later"
            ),
        )
        stage = Stage("run", base, steps, "The image: Deno with the code and what it imports")
        # What it has fetched and compiled lies there; it adds to it while it runs.
        runtime = staging.runtime(analysis, writable=("/deno-dir",), environment={"DENO_NO_UPDATE_CHECK": "1"})
        return Recipe((stage,), runtime, tuple(one for one in ("bin", "build", "out") if tree.has_folder(one)))


def _tasks(tree: Tree, file: str | None) -> dict[str, str]:
    tasks = reading.json_object(tree, file).get("tasks", {}) if file else {}
    found: dict[str, str] = {}
    for name, task in tasks.items() if isinstance(tasks, dict) else ():
        command = task.get("command") if isinstance(task, dict) else task
        if isinstance(command, str):
            found[str(name)] = command
    return found


def _start(tree: Tree, file: str | None) -> tuple[str, ...]:
    """Return the words of the task that starts it, without what is for developers; none where there is none."""
    tasks = _tasks(tree, file)
    for name in ("start", "serve", "preview", "prod"):
        try:
            words = shlex.split(tasks.get(name, ""))
        except ValueError:
            continue
        if words[:1] == ["deno"] and not any(mark in tasks[name] for mark in ("&&", "|", ";", "$")):
            return tuple(word for word in words if not _DEVELOPING.match(word))
    return ()


def _entry(tree: Tree, start: tuple[str, ...]) -> str | None:
    named = next((word.removeprefix("./") for word in start if word.endswith((".ts", ".tsx", ".js", ".mjs"))), None)
    return named if named and tree.has(named) else tree.first(*_ENTRIES)


def _version(tree: Tree) -> Version:
    for path, pattern in ((".dvmrc", r"v?(\d+\.\d+\.\d+)"), (".tool-versions", r"^deno\s+(\d+\.\d+\.\d+)")):
        text: Text | None = tree.text(path)
        if text is not None and (hit := first((text,), pattern)):
            return Version(hit.groups[0], hit.text, hit.source)
    return Version(_NEWEST)


LANGUAGE = Deno()
