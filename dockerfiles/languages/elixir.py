"""Elixir: Phoenix and other applications of mix, run as a release."""

import re

from dockerfiles import manifests, native, routes, services, staging, storage, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    PackageManager,
    ServiceNeed,
    SystemPackages,
    Variable,
    Version,
)
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.recipe import Base, Env, Recipe, Run, Stage, Step, Workdir
from dockerfiles.sources import Hit, first, search, sources, without_comments
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

_NEWEST = "1.18"
_DEPENDENCY = r"\{\s*:(\w+)\s*,\s*(?:\"[~>=<\s]*([\d.]+)[^\"]*\")?(?![^}\n]*only:\s*(?::|\[\s*:)(?:dev|test))"
_WAYS = (
    Way(r"System\.get_env\(\s*\"(\w+)\"\s*\)\s*\|\|\s*raise\b", required=True),
    Way(r"System\.fetch_env!\(\s*\"(\w+)\"", required=True),
    Way(r"System\.get_env\(\s*\"(\w+)\"\s*,\s*\"([^\"]*)\""),
    Way(r"System\.get_env\(\s*\"(\w+)\"\s*\)\s*\|\|\s*\"([^\"]*)\""),
    Way(r"System\.(?:get_env|fetch_env)\(\s*\"(\w+)\""),
)
_PORTS = (
    r"System\.get_env\(\s*\"PORT\"\s*\)?\s*(?:,|\|\|)\s*\"(\d+)\"",
    r"\bport:\s*(\d{4,5})",
)
_RUNTIME = ("libstdc++6", "openssl", "libncurses6", "locales", "ca-certificates")
# Releases talk UTF-8 whatever the locale of the image is.
# Where a release keeps what it needs while it runs.
_WRITTEN = ("/app/tmp",)
_ENVIRONMENT = {"LANG": "C.UTF-8", "ELIXIR_ERL_OPTIONS": "+fnu", "MIX_ENV": "prod"}


class Elixir:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "elixir"

    def recognise(self, tree: Tree) -> Sign | None:
        mix = _mix(tree)
        if mix is None:
            return None
        if "phoenix" in _dependencies(mix):
            return Sign(0.98, "mix.exs", "a Phoenix application")
        runs = first((mix,), r"\bmod:\s*\{") or "releases:" in mix.content or tree.has("config/runtime.exs")
        return Sign(0.9 if runs else 0.7, "mix.exs", "a mix project", library=not runs)

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        mix = _mix(tree) or Text("mix.exs", "")
        needs = _dependencies(mix)
        name = _name(mix, tree)
        code = sources(tree, ".ex", style="hash", tests=r"(?:^|/)(?:test|priv)/")
        settings = [
            without_comments(text, "hash")
            for path in ("config/runtime.exs", "config/prod.exs", "config/releases.exs", "config/config.exs")
            if (text := tree.text(path)) is not None
        ]
        phoenix = needs.get("phoenix")
        hit = first(settings, *_PORTS) if phoenix else first((*settings, *code), *_PORTS)
        port = int(hit.groups[0]) if hit else 4000 if phoenix else None
        version, version_hit = _version(tree, mix, wishes)
        health, health_evidence = routes.health_of(code, port)
        release = _release(tree, name, needs)
        return Analysis(
            root=tree.prefix,
            language="elixir",
            name=name,
            version=hit_.groups[0] if (hit_ := first((mix,), r"\bversion:\s*\"([\d.]+)\"")) else "",
            language_version=version,
            framework="phoenix" if phoenix else "",
            framework_version=phoenix.groups[1] if phoenix else "",
            package_manager=PackageManager("mix"),
            kind="web" if port else "worker",
            dependency_files=("mix.exs",),
            lock_file=tree.first("mix.lock") or "",
            install_commands=("mix local.hex --force", "mix local.rebar --force", "mix deps.get --only prod"),
            build_commands=(
                *(("mix assets.deploy",) if first((mix,), r"\"?assets\.deploy\"?:") else ()),
                "mix compile",
                "mix release --path /out",
            ),
            artefacts=("/out/.",),
            run_command=Command((f"/app/bin/{name}", "start")),
            release_command=manifests.declared(tree).release or release,
            ports=staging.ports(port, hit.source if hit else ""),
            bind_env={"PHX_SERVER": "true"} if phoenix else {},
            env=variables.merged(_read(settings, code), variables.of_examples(tree)),
            system_packages=_packages(needs),
            services=_services(needs),
            volumes=storage.volumes(storage.folders(code)),
            healthcheck=health,
            base_images=BaseImages(f"elixir:{version.value}-slim", "debian:bookworm-slim"),
            warnings=() if tree.has("mix.lock") else (_unlocked(tree),),
            confidence={"language": 1.0, "run_command": 0.9, "ports": 0.9 if hit else 0.7},
            evidence=(
                Evidence("language", mix.path, 0, "", "mix.exs"),
                *((version_hit.speaks_for("language_version", "version-file"),) if version_hit else ()),
                *((phoenix.speaks_for("framework", "dependency"),) if phoenix else ()),
                *((found.speaks_for("run_command", "app"),) if (found := first((mix,), r"\bapp:\s*:(\w+)")) else ()),
                *((hit.speaks_for("ports", "endpoint"),) if hit else ()),
                *health_evidence,
            ),
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        version = analysis.language_version.value or _NEWEST
        base, installed = staging.toolchain(Base("elixir", f"{version}-slim"), ("elixir", "erlang-dev"), wishes)
        files = ("mix.exs", "mix.lock", "config/config.exs", "config/prod.exs")
        steps: list[Step] = [
            *installed,
            *staging.packages(analysis.system_packages.build, "Compilers that dependencies with C in them need"),
            Workdir(staging.BUILT_IN),
            Env({"MIX_ENV": "prod", "LANG": "C.UTF-8"}, "What is built is for production"),
            *staging.manifests(tree, files, "What names the dependencies: this layer lasts until they change"),
            Run((*analysis.install_commands, "mix deps.compile"), "The dependencies, compiled"),
            staging.everything(),
            Run(analysis.build_commands, "The release: the application with its Erlang"),
        ]
        run: tuple[Step, ...] = (
            *staging.packages(analysis.system_packages.runtime, "Libraries that Erlang uses"),
            Workdir(staging.RUNS_IN),
            *staging.contents(analysis.artefacts, "The release"),
        )
        stages = (
            Stage("build", base, tuple(steps), "Dependencies and the release"),
            Stage("run", rebased(staging.SLIM, wishes), run, "The image: the release, which brings its Erlang along"),
        )
        runtime = staging.runtime(analysis, writable=_WRITTEN, environment=_ENVIRONMENT)
        return Recipe(stages, runtime)


def _mix(tree: Tree) -> Text | None:
    text = tree.text("mix.exs")
    return without_comments(text, "hash") if text is not None else None


def _dependencies(mix: Text) -> dict[str, Hit]:
    start = mix.content.find("deps do")
    within = Text(mix.path, "\n" * mix.content.count("\n", 0, max(start, 0)) + mix.content[max(start, 0) :])
    return {hit.groups[0]: hit for hit in search((within,), _DEPENDENCY)}


def _name(mix: Text, tree: Tree) -> str:
    hit = first((mix,), r"\breleases:\s*\[\s*(\w+):", r"\bapp:\s*:(\w+)")
    return hit.groups[0] if hit else tree.name


def _version(tree: Tree, mix: Text, wishes: Wishes) -> tuple[Version, Hit | None]:
    if wishes.version:
        return Version(wishes.version, wishes.version, "--version"), None
    for path, pattern in ((".tool-versions", r"^elixir\s+(\d+\.\d+)"), (".elixir-version", r"(\d+\.\d+)")):
        if (text := tree.text(path)) is not None and (hit := first((text,), pattern)):
            return Version(hit.groups[0], hit.text, hit.source), hit
    hit = first((mix,), r"\belixir:\s*\"([^\"]+)\"")
    return Version(_NEWEST, hit.groups[0], hit.source) if hit else Version(_NEWEST), hit


def _release(tree: Tree, name: str, needs: dict[str, Hit]) -> Command | None:
    module = next((path for path in tree.files if re.fullmatch(r"lib/\w+/release\.ex", path)), None)
    text = tree.text(module) if module else None
    found = first((text,), r"defmodule\s+([\w.]+)") if text else None
    if found and "ecto_sql" in needs and text is not None and "def migrate" in text.content:
        return Command((f"/app/bin/{name}", "eval", f"{found.groups[0]}.migrate"))
    return None


def _read(settings: list[Text], code: tuple[Text, ...]) -> tuple[Variable, ...]:
    return variables.read_in((*settings, *code), _WAYS)


def _packages(needs: dict[str, Hit]) -> SystemPackages:
    found = native.packages("elixir", list(needs), "bookworm")
    build = {"build-essential": "dependencies with C in them", "git": "dependencies from git"}
    because = {**found.because, **build, **dict.fromkeys(_RUNTIME, "Erlang")}
    return SystemPackages(tuple(sorted({*found.build, *build})), tuple(sorted({*found.runtime, *_RUNTIME})), because)


def _services(needs: dict[str, Hit]) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for name, hit in needs.items():
        if service := services.of_driver("elixir", name):
            found.setdefault(service, ServiceNeed(service, source=hit.source))
    return tuple(found[service] for service in sorted(found))


def _unlocked(tree: Tree) -> Caution:
    text = "there is no mix.lock: the build takes whatever versions it finds; run `mix deps.get` and commit it"
    return Caution("no-lock", tree.whole("mix.exs"), 0, text)


LANGUAGE = Elixir()
