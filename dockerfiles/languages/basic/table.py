"""The languages that are known at their basics: what names them, which image has their tools, how a program is made.

In commands `{name}` is the program's name, `{file}` its file and `{stem}` that without its suffix, all quoted where a
shell reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockerfiles.recipe import Base
from dockerfiles.sources import Style

_SERVES = r"(?i)\blisten|\bserve\b|\bserver\b|\bport\b"


@dataclass(frozen=True, slots=True)
class Row:
    """One language.

    `manifests` are names or suffixes (".cabal") of files at the root; with `unless`, a file and a pattern, none of
    them counts.
    `names` are patterns that find the program's name, each in a file of that name or suffix; `entries` the files that
    are run, in the order in which they are believed, a suffix for the only one at the root. What `build` leaves as
    `/out/{name}` is the program; with `alone` the image that builds is the one that runs. `ports` finds a port in the
    code, `default` is the one of a server by custom, where `served` is found.
    """

    name: str
    manifests: tuple[str, ...]
    suffixes: tuple[str, ...]
    style: Style
    build: Base
    commands: tuple[str, ...]
    run: tuple[str, ...]
    manager: str = ""
    unless: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    entries: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    alone: bool = False
    run_base: Base = field(default_factory=lambda: Base("debian", "bookworm-slim"))
    ports: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    default: int | None = None
    served: str = _SERVES
    environment: Mapping[str, str] = field(default_factory=dict)
    running: Mapping[str, str] = field(default_factory=dict)
    lock: str = ""
    confidence: float = 0.65


_PLAIN_PORT = (r"(?i)\bport\w*\s*(?::\s*\w+\s*)?[:=]+\s*(\d{4,5})\b", r"(?i)\bport\s*\(?\s*(\d{4,5})\b")

ROWS = (
    Row(
        "haskell",
        ("stack.yaml", "package.yaml", ".cabal"),
        (".hs",),
        "c",
        Base("haskell", "9.8-slim"),
        ("cabal update", "cabal install exe:{name} --installdir=/out --install-method=copy --overwrite-policy=always"),
        ("/app/{name}",),
        "cabal",
        names=((".cabal", r"(?i)^executable\s+([\w-]+)"), ("package.yaml", r"^executables:\s*\n\s+([\w-]+):")),
        debian=("ghc", "cabal-install"),
        packages=("libgmp-dev", "zlib1g-dev"),
        libraries=("libgmp10", "zlib1g", "ca-certificates"),
        ports=(r"\b(?:run|scotty|runSettings)\s+\(?(\d{4,5})\b", *_PLAIN_PORT),
        variables=(r"\blookupEnv\s+\"(\w+)\"", r"\bgetEnv\s+\"(\w+)\""),
    ),
    Row(
        "zig",
        ("build.zig",),
        (".zig",),
        "c",
        Base("python", "3.12-slim-bookworm"),
        (
            "pip install --no-cache-dir --root-user-action=ignore --break-system-packages ziglang==0.13.0",
            "python3 -m ziglang build -Doptimize=ReleaseSafe --prefix /tmp/zig",
            "mkdir -p /out",
            "cp /tmp/zig/bin/{name} /out/{name}",
        ),
        ("/app/{name}",),
        "zig",
        names=(("build.zig", r"addExecutable\(\s*\.\{[^}]*?\.name\s*=\s*\"([\w-]+)\""),),
        debian=("python3", "python3-pip"),
        ports=(r"\bparseIp4?\([^,]+,\s*(\d{4,5})", *_PLAIN_PORT),
        variables=(r"getEnvVarOwned\([^,]+,\s*\"(\w+)\"", r"\bgetenv\(\"(\w+)\""),
    ),
    Row(
        "swift",
        ("Package.swift",),
        (".swift",),
        "c",
        Base("swift", "6.0-bookworm"),
        (
            "swift build -c release --static-swift-stdlib --product {name}",
            "mkdir -p /out",
            "cp .build/release/{name} /out/{name}",
        ),
        ("/app/{name}",),
        "swiftpm",
        names=(("Package.swift", r"\.executableTarget\(\s*name:\s*\"([\w-]+)\""),),
        debian=("swiftlang",),
        libraries=("ca-certificates", "libcurl4", "libxml2", "tzdata"),
        ports=_PLAIN_PORT,
        variables=(r"Environment\.get\(\"(\w+)\"", r"environment\[\"(\w+)\"\]"),
        default=8080,
        served=r"\bimport (?:Vapor|Hummingbird)",
        lock="Package.resolved",
    ),
    Row(
        "dart",
        ("pubspec.yaml",),
        (".dart",),
        "c",
        Base("dart", "3.5"),
        ("dart pub get", "mkdir -p /out", "dart compile exe {file} -o /out/{name}"),
        ("/app/{name}",),
        "pub",
        names=(("pubspec.yaml", r"^name:\s*[\"']?(\w+)"),),
        unless=("pubspec.yaml", r"sdk:\s*flutter"),
        entries=("bin/server.dart", "bin/main.dart", "bin/"),
        libraries=("ca-certificates",),
        ports=(r"\bserve\([^)]*?,\s*(\d{4,5})\s*[,)]", r"\[['\"]PORT['\"]\]\s*\?\?\s*['\"](\d+)", *_PLAIN_PORT),
        variables=(r"Platform\.environment\[['\"](\w+)['\"]\]",),
        lock="pubspec.lock",
    ),
    Row(
        "crystal",
        ("shard.yml",),
        (".cr",),
        "hash",
        Base("crystallang/crystal", "1.14.0"),
        ("shards build --production --release --no-debug {name}", "mkdir -p /out", "cp bin/{name} /out/{name}"),
        ("/app/{name}",),
        "shards",
        names=(("shard.yml", r"^targets:\s*\n\s+([\w-]+):"),),
        debian=("crystal", "shards"),
        libraries=(
            "ca-certificates",
            "libevent-2.1-7",
            "libgmp10",
            "libpcre2-8-0",
            "libssl3",
            "libyaml-0-2",
            "libxml2",
        ),
        ports=(r"\.(?:listen|bind_tcp)\(?[^\n]*?(\d{4,5})", *_PLAIN_PORT),
        variables=(r"\bENV\[\"(\w+)\"\]\??", r"\bENV\.fetch\(\"(\w+)\""),
        default=3000,
        served=r"require \"kemal\"",
        lock="shard.lock",
    ),
    Row(
        "gleam",
        ("gleam.toml",),
        (".gleam",),
        "c",
        Base("ghcr.io/gleam-lang/gleam", "v1.6.3-erlang-slim"),
        ("gleam export erlang-shipment", "mkdir -p /out", "cp -R build/erlang-shipment /out/{name}"),
        ("/app/{name}/entrypoint.sh", "run"),
        "gleam",
        names=(("gleam.toml", r"^name\s*=\s*\"(\w+)\""),),
        run_base=Base("erlang", "27-slim"),
        ports=(r"\bport\(\s*(\d{4,5})\s*\)", *_PLAIN_PORT),
        variables=(r"\benvoy\.get\(\"(\w+)\"",),
        lock="manifest.toml",
    ),
    Row(
        "nim",
        (".nimble",),
        (".nim",),
        "hash",
        Base("nimlang/nim", "2.0.8"),
        ("nimble build --accept -d:release", "mkdir -p /out", "cp {name} /out/{name}"),
        ("/app/{name}",),
        "nimble",
        names=((".nimble", r"^bin\s*=\s*@\[\s*\"([\w/-]+)\""),),
        debian=("nim", "gcc", "libc6-dev", "git"),
        libraries=("ca-certificates", "libssl3", "libpcre3"),
        ports=(r"\bPort\(?\s*(\d{4,5})", *_PLAIN_PORT),
        variables=(r"\bgetEnv\(\"(\w+)\"",),
        default=5000,
        served=r"\bimport\s+[^\n]*\bjester\b",
    ),
    Row(
        "ocaml",
        ("dune-project",),
        (".ml",),
        "c",
        Base("debian", "bookworm-slim"),
        (
            "opam init --yes --disable-sandboxing --compiler=5.2.1",
            "opam install --yes --deps-only . dune",
            "opam exec -- dune build --profile release ./{stem}.exe",
            "mkdir -p /out",
            "cp _build/default/{stem}.exe /out/{name}",
        ),
        ("/app/{name}",),
        "dune",
        names=(("dune", r"\(public_name\s+([\w-]+)\)"), ("dune", r"\(executable\s*\(name\s+(\w+)\)")),
        entries=("bin/main.ml", "main.ml", "src/main.ml", "bin/"),
        packages=("build-essential", "ca-certificates", "git", "libgmp-dev", "opam", "pkg-config", "unzip"),
        libraries=("ca-certificates", "libgmp10"),
        ports=_PLAIN_PORT,
        variables=(r"Sys\.getenv(?:_opt)?\s+\"(\w+)\"",),
        default=8080,
        served=r"\bDream\.run\b",
    ),
    Row(
        "erlang",
        ("rebar.config",),
        (".erl",),
        "c",
        Base("erlang", "27"),
        ("rebar3 as prod release -n {name} -o /out --include-erts true",),
        ("/app/{name}/bin/{name}", "foreground"),
        "rebar3",
        names=(("rebar.config", r"\{release,\s*\{\s*'?(\w+)'?"),),
        debian=("erlang", "rebar3"),
        libraries=("libncurses6", "libssl3", "libstdc++6"),
        ports=(r"\{port,\s*(\d{4,5})\}", *_PLAIN_PORT),
        variables=(r"os:getenv\(\"(\w+)\"",),
        lock="rebar.lock",
    ),
    Row(
        "elm",
        ("elm.json",),
        (".elm",),
        "c",
        Base("node", "22-bookworm-slim"),
        ("npm install -g elm@0.19.1-6", "elm make {file} --optimize --output=/out/index.html"),
        (),
        "elm",
        entries=("src/Main.elm", "Main.elm"),
        debian=("nodejs", "npm"),
        packages=("ca-certificates",),
    ),
    Row(
        "perl",
        ("cpanfile", "Makefile.PL", "app.psgi", ".pl"),
        (".pl", ".pm", ".psgi"),
        "hash",
        Base("perl", "5.40-bookworm"),
        ("cpanm --notest --installdeps .",),
        ("perl", "{file}"),
        "cpanm",
        entries=("app.psgi", "bin/app.psgi", "app.pl", "main.pl", "script/app.pl", "script/app", ".pl"),
        debian=("cpanminus", "make", "gcc", "libc6-dev"),
        alone=True,
        variables=(r"\$ENV\{\s*['\"]?(\w+)['\"]?\s*\}",),
        default=5000,
        served=r"\bPlack\b|\bDancer2?\b",
    ),
    Row(
        "r",
        ("renv.lock", "app.R", "plumber.R", "server.R", "DESCRIPTION", "main.R", ".R"),
        (".R", ".r"),
        "hash",
        Base("rocker/r-ver", "4.4.1", ""),
        ("Rscript -e 'install.packages(\"renv\")' -e 'renv::restore(library = .libPaths()[1], prompt = FALSE)'",),
        ("Rscript", "{file}"),
        "renv",
        entries=("app.R", "server.R", "plumber.R", "main.R", "run.R", ".R"),
        alone=True,
        variables=(r"Sys\.getenv\(\s*\"(\w+)\"",),
        lock="renv.lock",
    ),
    Row(
        "julia",
        ("Project.toml", "main.jl", ".jl"),
        (".jl",),
        "hash",
        Base("julia", "1.10-bookworm"),
        ("julia --project=. -e 'using Pkg; Pkg.instantiate(); Pkg.precompile()'",),
        ("julia", "--project=.", "{file}"),
        "pkg",
        entries=("main.jl", "src/main.jl", "app.jl", "server.jl", "bin/main.jl", "run.jl", ".jl"),
        debian=("julia",),
        alone=True,
        ports=(r"\bserve\([^)]*?(\d{4,5})", *_PLAIN_PORT),
        variables=(r"\bENV\[\"(\w+)\"\]", r"\bget\(ENV,\s*\"(\w+)\""),
        environment={"JULIA_DEPOT_PATH": "/opt/julia"},
        running={"JULIA_DEPOT_PATH": "/home/app/.julia:/opt/julia"},
        lock="Manifest.toml",
    ),
    Row(
        "shell",
        ("main.sh", "run.sh", "start.sh", ".sh"),
        (".sh",),
        "hash",
        Base("debian", "bookworm-slim"),
        (),
        ("bash", "{file}"),
        entries=("main.sh", "run.sh", "start.sh", ".sh"),
        alone=True,
        variables=(r"\$\{([A-Z_]\w*):?-([^}$]*)\}",),
        required=(r"\$\{([A-Z_]\w*):?\?",),
        confidence=0.35,
    ),
)
