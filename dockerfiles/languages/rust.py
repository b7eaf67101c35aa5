"""Rust: crates and workspaces, their programs, and an image with one binary."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from dockerfiles import native, reading, routes, services, staging, storage, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Choice,
    Command,
    Evidence,
    Kind,
    PackageManager,
    ServiceNeed,
    SystemPackages,
    Version,
)
from dockerfiles.failures import Ambiguous
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.recipe import Base, Recipe, Run, Stage, Workdir
from dockerfiles.sources import Hit, at_line, first, sources
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

_NEWEST = "1.89"
# The first release that knows an edition.
_EDITIONS = {"2024": "1.85"}
_FRAMEWORKS = ("axum", "actix-web", "rocket", "warp", "poem", "salvo", "tide", "tonic", "hyper")
_ALL = "0.0.0.0"  # noqa: S104 - in its container a server has to listen on every address
_BINDS = {"rocket": {"ROCKET_ADDRESS": _ALL}}
_PORTS = (
    r"\.bind\(\s*\(\s*\"[\d.]+\"\s*,\s*(\d{2,5})",
    r"(?:\.bind|bind|serve|parse)[^\n]*?\"(?:0\.0\.0\.0|\[::\]|127\.0\.0\.1|localhost):(\d{2,5})\"",
    r"SocketAddr::from\(\s*\(\s*\[[\d,\s]+\]\s*,\s*(\d{2,5})",
    r"\"(?:0\.0\.0\.0|\[::1?\]|127\.0\.0\.1):(\d{2,5})\"",
    r"\"PORT\"[^\n]*?unwrap_or(?:_else)?\([^\n]*?\"?(\d{2,5})",
    r"\.run\(\s*\([^\n]*?,\s*(\d{2,5})\s*\)",
    r"(?i)\bport\w*(?:\s*:\s*\w+)?\s*=\s*(\d{2,5})\b",
)
_LOOPBACK = r"(?:bind|serve|parse)[^\n]*?\"((?:127\.0\.0\.1|localhost):\d+)\"|\.bind\(\s*\(\s*\"(127\.0\.0\.1)\""
_LOOPBACK_DEFAULT = (
    r"env::var\(\s*\"(ADDRESS|HOST|BIND|BIND_ADDR)\"\s*\)\s*\.\s*unwrap_or\w*\([^\n]*?\"(?:127\.0\.0\.1|localhost)\""
)
_WAYS = (
    Way(r"\benv::var\(\s*\"(\w+)\"\s*\)\s*\.\s*unwrap_or(?:_else)?\(\s*(?:\|_\|\s*)?\"([^\"]*)\""),
    Way(
        r"\benv::var\(\s*\"(\w+)\"\s*\)\s*(?:\.\s*map_err\([^\n]*\)\s*)?(?:\.\s*(?:unwrap|expect|context)\(|\?)",
        required=True,
    ),
    Way(r"\b(?:dotenv|dotenvy)::var\(\s*\"(\w+)\"\s*\)\s*\.\s*(?:unwrap|expect)\(", required=True),
    Way(r"#\[(?:arg|clap)\([^\]]*\benv\s*=\s*\"(\w+)\"[^\]]*default_value(?:_t)?\s*=\s*\"?([^\",)]*)"),
    Way(r"\benv::var(?:_os)?\(\s*\"(\w+)\""),
    Way(r"#\[(?:arg|clap)\([^\]]*\benv\s*=\s*\"(\w+)\""),
)
_TESTS = r"(?:^|/)(?:tests|benches|examples)/|(?:^|/)build\.rs$"
_LIBRARIES = frozenset({"bin"})
_DATA = ("templates", "static", "assets", "public", "migrations", "Rocket.toml", "config")


@dataclass(frozen=True, slots=True)
class _Program:
    """A binary: its name, the package that has it, and where its `main` is (a path from the root)."""

    name: str
    package: str
    path: str


class Rust:
    """The language as `dockerfiles.language.Language` describes it."""

    name = "rust"

    def recognise(self, tree: Tree) -> Sign | None:
        if not tree.has("Cargo.toml"):
            return None
        programs = list(_programs(tree))
        if not programs:
            return Sign(0.7, "Cargo.toml", "a crate without a program", library=True)
        served = next((name for name in _FRAMEWORKS if name in _dependencies(tree)), "")
        return Sign(
            0.95 if served else 0.9, "Cargo.toml", f"a crate with a program{f' and {served}' if served else ''}"
        )

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        return _analyse(tree, wishes)

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        return _recipe(analysis, tree, wishes)


def _analyse(tree: Tree, wishes: Wishes) -> Analysis:
    program = _chosen(tree, wishes)
    texts = sources(tree, ".rs", style="c", tests=_TESTS, within=_LIBRARIES)
    needs = _dependencies(tree)
    framework = next((name for name in _FRAMEWORKS if name in needs), "")
    version, version_hit = _version(tree, wishes)
    hit = first(texts, *_PORTS) if framework or first(texts, r"TcpListener") else None
    port = int(hit.groups[0]) if hit else {"rocket": 8000}.get(framework)
    loopback = first(texts, _LOOPBACK_DEFAULT)
    binds = {loopback.groups[0]: _ALL} if loopback else _BINDS.get(framework, {})
    health, health_evidence = routes.health_of(texts, port)
    locked = tree.has("Cargo.lock")
    name = program.name if program else tree.name
    of_package = f" -p {quote(program.package)}" if program and _members(tree) else ""
    build = f"cargo build --release{' --locked' if locked else ''}{of_package} --bin {quote(name)}"
    shown = needs.get(framework, ("", None))[1]
    package = reading.toml(tree, "Cargo.toml").get("package", {})
    return Analysis(
        root=tree.prefix,
        language="rust",
        name=name,
        version=str(package.get("version", "")) if isinstance(package.get("version"), str) else "",
        language_version=version,
        framework=framework,
        framework_version=needs.get(framework, ("", None))[0],
        package_manager=PackageManager("cargo"),
        kind=_kind(program, port, texts),
        dependency_files=("Cargo.toml",),
        lock_file="Cargo.lock" if locked else "",
        build_commands=(build, "mkdir -p /out", f"cp target/release/{quote(name)} /out/{quote(name)}")
        if program
        else (),
        artefacts=(f"/out/{name}", *(path for path in _DATA if tree.has(path) or tree.has_folder(path))),
        run_command=Command((f"/app/{name}",)) if program else None,
        ports=staging.ports(port, hit.source if hit else ""),
        bind_env=binds,
        env=variables.merged(variables.read_in(texts, _WAYS), variables.of_examples(tree)),
        system_packages=_packages(tree, needs),
        services=_services(needs),
        volumes=storage.volumes(storage.folders(texts)),
        healthcheck=health,
        base_images=BaseImages(f"rust:{version.value}-slim-bookworm", "debian:bookworm-slim"),
        warnings=tuple(_cautions(tree, texts, binds, locked=locked)),
        confidence={"language": 1.0, "run_command": 0.95 if program else 0.0, "ports": 0.9 if hit else 0.7},
        evidence=(
            Evidence("language", tree.whole("Cargo.toml"), 0, "", "Cargo.toml"),
            *((version_hit.speaks_for("language_version", "toolchain"),) if version_hit else ()),
            *((shown.speaks_for("framework", "dependency"),) if shown else ()),
            *((Evidence("run_command", tree.whole(program.path), 0, "", "binary"),) if program else ()),
            *((hit.speaks_for("ports", "listen"),) if hit else ()),
            *health_evidence,
        ),
    )


def _kind(program: _Program | None, port: int | None, texts: tuple[Text, ...]) -> Kind:
    if program is None:
        return "library"
    if port is not None:
        return "web"
    return "worker" if first(texts, r"\bloop\s*\{|ctrl_c\(|interval\(") else "job"


def _members(tree: Tree) -> list[str]:
    """Return the folders of a workspace's members; `*` stands for the folders there are."""
    workspace = reading.toml(tree, "Cargo.toml").get("workspace", {})
    patterns = workspace.get("members", []) if isinstance(workspace, dict) else []
    folders = {path.rpartition("/")[0] for path in tree.named("Cargo.toml")}
    return sorted(
        folder
        for pattern in patterns
        if isinstance(pattern, str)
        for folder in folders
        if re.fullmatch(re.escape(pattern.removeprefix("./").rstrip("/")).replace(r"\*", "[^/]+"), folder)
    )


def _programs(tree: Tree) -> Iterator[_Program]:
    """Yield the programs of the crate and of the members of its workspace."""
    for folder in ["", *_members(tree)]:
        inner = tree.at(folder)
        manifest = reading.toml(inner, "Cargo.toml")
        package = manifest.get("package")
        name = package.get("name") if isinstance(package, dict) else None
        if not isinstance(name, str):
            continue
        where = f"{folder}/" if folder else ""
        named = [one for one in manifest.get("bin", []) if isinstance(one, dict) and isinstance(one.get("name"), str)]
        paths = {str(one.get("path", "")) for one in named}
        for one in named:
            yield _Program(one["name"], name, where + str(one.get("path", f"src/bin/{one['name']}.rs")))
        if inner.has("src/main.rs") and "src/main.rs" not in paths:
            yield _Program(name, name, f"{where}src/main.rs")
        for path in inner.files:
            if (found := re.fullmatch(r"src/bin/([\w-]+)(?:\.rs|/main\.rs)", path)) and path not in paths:
                yield _Program(found[1], name, where + path)


def _chosen(tree: Tree, wishes: Wishes) -> _Program | None:
    programs = list(_programs(tree))
    package = reading.toml(tree, "Cargo.toml").get("package", {})
    wanted = wishes.chosen.get("main") or (package.get("default-run") if isinstance(package, dict) else None)
    for fits in (
        [one for one in programs if one.name == wanted],
        [one for one in programs if one.path == "src/main.rs"],
        programs,
        [one for one in programs if _serves(tree, one)],
    ):
        if len(fits) == 1:
            return fits[0]
    if not programs:
        return None
    choices = tuple(Choice("main", one.name, f"--choose main={one.name}", tree.whole(one.path)) for one in programs)
    raise Ambiguous("main", tree.prefix or tree.name, choices)


def _serves(tree: Tree, program: _Program) -> bool:
    text = tree.text(program.path)
    return text is not None and first((text,), r"TcpListener|HttpServer|rocket::|#\[launch\]|serve\(") is not None


def _dependencies(tree: Tree) -> dict[str, tuple[str, Hit | None]]:
    """Return what the crate and the members of its workspace depend on, with versions and places."""
    found: dict[str, tuple[str, Hit | None]] = {}
    for folder in ["", *_members(tree)]:
        inner = tree.at(folder)
        manifest, text = reading.toml(inner, "Cargo.toml"), inner.text("Cargo.toml")
        shared = manifest.get("workspace", {}) if isinstance(manifest.get("workspace"), dict) else {}
        for table in (manifest.get("dependencies"), shared.get("dependencies")):
            for name, value in table.items() if isinstance(table, Mapping) else ():
                real = value.get("package", name) if isinstance(value, dict) else name
                found.setdefault(str(real), (_plain_version(value), at_line(text, str(name)) if text else None))
    return found


def _plain_version(value: Any) -> str:
    version = value.get("version", "") if isinstance(value, dict) else value
    return version.lstrip("^~= ") if isinstance(version, str) else ""


def _version(tree: Tree, wishes: Wishes) -> tuple[Version, Hit | None]:
    """Return the Rust: the toolchain file's, else one that the crate's own minimum and edition allow."""
    if wishes.version:
        return Version(wishes.version, wishes.version, "--version"), None
    for path in ("rust-toolchain.toml", "rust-toolchain"):
        text = tree.text(path)
        hit = first((text,), r"^\s*(?:channel\s*=\s*)?[\"']?(\d+\.\d+(?:\.\d+)?)") if text else None
        if hit:
            return Version(hit.groups[0], hit.text, hit.source), hit
    text = tree.text("Cargo.toml")
    hit = first((text,), r"^\s*rust-version\s*=\s*\"(\d+\.\d+)", r"^\s*edition\s*=\s*\"(\d+)\"") if text else None
    if hit is None:
        return Version(_NEWEST), None
    least = _EDITIONS.get(hit.groups[0], hit.groups[0] if "." in hit.groups[0] else "1.0")
    newest = max((least, _NEWEST), key=lambda one: [int(part) for part in one.split(".")])
    return Version(newest, hit.text, hit.source), hit


def _packages(tree: Tree, needs: Mapping[str, object]) -> SystemPackages:
    lock = reading.toml(tree, "Cargo.lock").get("package", [])
    locked = [one["name"] for one in lock if isinstance(one, dict) and isinstance(one.get("name"), str)]
    # Only what is compiled tells: a crate that could use OpenSSL need not.
    return native.packages("rust", locked or list(needs), "bookworm")


def _services(needs: Mapping[str, tuple[str, Hit | None]]) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for name, (_, hit) in needs.items():
        if service := services.of_driver("rust", name):
            found.setdefault(service, ServiceNeed(service, source=hit.source if hit else ""))
    return tuple(found[service] for service in sorted(found))


def _cautions(tree: Tree, texts: tuple[Text, ...], binds: Mapping[str, str], *, locked: bool) -> Iterator[Caution]:
    if not locked:
        text = "there is no Cargo.lock: the build takes whatever versions it finds; run `cargo generate-lockfile`"
        yield Caution("no-lock", tree.whole("Cargo.toml"), 0, f"{text} and commit it")
    if not binds and (hit := first(texts, _LOOPBACK)):
        text = "it listens on the loopback address only, which nothing outside of its container reaches"
        yield Caution("loopback", hit.file, hit.line, f"{text}; let it listen on {_ALL}")


def _recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    version = analysis.language_version.value or _NEWEST
    base, installed = staging.toolchain(Base("rust", f"{version}-slim-bookworm"), ("cargo", "rustc"), wishes)
    folders = [folder for folder in ["", *_members(tree)] if tree.at(folder).has("Cargo.toml")]
    files = [f"{folder}/{name}".lstrip("/") for folder in folders for name in ("Cargo.toml",)]
    manifests = staging.manifests(
        tree, ["Cargo.lock", "rust-toolchain.toml", "rust-toolchain", *files], "What names the crates: this layer lasts"
    )
    caches = {"cargo": "/usr/local/cargo/registry"}
    # cargo wants the sources that the manifests name before it compiles anything: empty programs stand in for them.
    stubs = [
        line
        for folder in folders
        for path in _stubbed(tree.at(folder))
        for line in (
            f"mkdir -p {quote(f'{folder}/{path}'.lstrip('/').rpartition('/')[0])}",
            _stub(f"{folder}/{path}".lstrip("/")),
        )
    ]
    compiled = analysis.build_commands[:1]
    removed = f"rm -rf {' '.join(quote(f'{folder}/src'.lstrip('/')) for folder in folders)}"
    ahead = Run((*dict.fromkeys(stubs), *compiled, removed), "The crates, compiled for empty programs", caches=caches)
    # What was compiled for an empty program is newer than the sources, and would be taken for theirs.
    touched = "find . -name '*.rs' -not -path './target/*' -exec touch {} +"
    build = Stage(
        "build",
        base,
        (
            *installed,
            *staging.packages(analysis.system_packages.build, "Libraries that crates are built against"),
            Workdir(staging.BUILT_IN),
            *(manifests if stubs and analysis.lock_file else ()),
            *((ahead,) if compiled and stubs and analysis.lock_file else ()),
            staging.everything(),
            *((Run((touched, *analysis.build_commands), "The program", caches=caches),) if compiled else ()),
        ),
        "Crates and the program",
    )
    needed = ("ca-certificates", *analysis.system_packages.runtime)
    steps = (
        *staging.packages(needed, "Certificates, and the libraries that the program uses"),
        *staging.placed(analysis.artefacts, "The program, and the files it reads"),
    )
    run = Stage("run", rebased(staging.SLIM, wishes), steps, "The image: the program and the files it reads")
    texts = sources(tree, ".rs", style="c", tests=_TESTS, within=_LIBRARIES)
    runtime = staging.runtime(analysis, writable=storage.folders(texts))
    keeps = tuple(f"{folder}/src/bin".lstrip("/") for folder in folders if tree.at(folder).has_folder("src/bin"))
    return Recipe((build, run), runtime, keeps)


def _stubbed(tree: Tree) -> Iterator[str]:
    manifest = reading.toml(tree, "Cargo.toml")
    named = [str(one["path"]) for one in manifest.get("bin", []) if isinstance(one, dict) and "path" in one]
    for path in tree.files:
        if path in {"src/main.rs", "src/lib.rs", *named} or re.fullmatch(r"src/bin/[\w-]+(?:\.rs|/main\.rs)", path):
            yield path


def _stub(path: str) -> str:
    return f"touch {quote(path)}" if path.endswith("lib.rs") else f"echo 'fn main() {{}}' > {quote(path)}"


LANGUAGE = Rust()
