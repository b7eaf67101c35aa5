"""The facts of a Go application."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dockerfiles import routes, services, storage, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Command,
    Evidence,
    Kind,
    PackageManager,
    Port,
    ServiceNeed,
    SystemPackages,
)
from dockerfiles.failures import Ambiguous
from dockerfiles.language import Wishes
from dockerfiles.languages.go import module, programs
from dockerfiles.sources import Hit, first, search
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

# Modules that are bindings to C, and what of Debian they are bound to (they bring the C code along where it is empty).
_BOUND = {
    "github.com/mattn/go-sqlite3": ((), ()),
    "github.com/confluentinc/confluent-kafka-go": ((), ()),
    "github.com/h2non/bimg": (("libvips-dev",), ("libvips42",)),
    "github.com/davidbyttow/govips": (("libvips-dev",), ("libvips42",)),
    "gopkg.in/gographics/imagick.v3": (("libmagickwand-dev",), ("libmagickwand-6.q16-6",)),
    "github.com/pebbe/zmq4": (("libzmq3-dev", "pkg-config"), ("libzmq5",)),
    "github.com/lib/go-odbc": (("unixodbc-dev",), ("unixodbc",)),
    "github.com/google/gopacket": (("libpcap-dev",), ("libpcap0.8",)),
}
_WAYS = (
    Way(r'\b(?:[mM]ust|[rR]equire)\w*\(\s*(?:&?[\w.]+\s*,\s*)?"([A-Z][A-Z0-9_]+)"\s*\)', required=True),
    Way(
        r'(?s)os\.Getenv\("(\w+)"\)(?=[^\n]*;?\s*(?:if\s+)?[^\n]*\n?[^\n]*==\s*""\s*\{\s*\n?'
        r"[^\n}]*(?:log\.(?:Fatal|Panic)|panic\(|os\.Exit|\.Fatal|return\s[^\n]*(?:rror|err)))",
        required=True,
    ),
    Way(
        r'os\.LookupEnv\("(\w+)"\)(?=[^\n]*\n?[^\n]*!\s*\w+\s*\{\s*\n?[^\n}]*'
        r"(?:log\.(?:Fatal|Panic)|panic\(|os\.Exit|\.Fatal|return\s[^\n]*(?:rror|err)))",
        required=True,
    ),
    Way(r'os\.Getenv\("(\w+)"\)(?=[^\n]*\n[^\n]*==\s*""\s*\{\s*\n\s*[\w.]+\s*:?=\s*"([^"\n]*)")'.replace("(?=", "(?:")),
    Way(r'\b\w*[eE]nv\w*\(\s*"([A-Z][A-Z0-9_]+)"\s*,\s*"?([^",()\n]*)"?\s*\)'),
    Way(r'`[^`]*\benv:"([A-Z][A-Z0-9_]+)"[^`]*\b(?:envDefault|default|env-default):"([^"]*)"[^`]*`'),
    Way(r'`[^`]*\benv:"([A-Z][A-Z0-9_]+),(?:required|notEmpty)[^"]*"', required=True),
    Way(r'`[^`]*\b(?:env|envconfig):"([A-Z][A-Z0-9_]+)"[^`]*\b(?:env-)?required:"true"', required=True),
    Way(r'`[^`]*\b(?:env|envconfig):"([A-Z][A-Z0-9_]+)'),
    Way(r'os\.(?:Getenv|LookupEnv)\("(\w+)"\)'),
    Way(r'\b\w*[gG]et_?[eE]nv\w*\(\s*"([A-Z][A-Z0-9_]+)"\s*\)'),
)
_ADDRESS = r'"(?:0\.0\.0\.0|\[::\])?:(\d{2,5})"'
_PORTS = (
    rf"(?:ListenAndServe(?:TLS)?|\.Run|\.Start|\.Listen|net\.Listen)\(\s*(?:\"tcp[46]?\"\s*,\s*)?{_ADDRESS}",
    rf"\bAddr:\s*{_ADDRESS}",
    r'\(\s*"(?:PORT|HTTP_PORT|SERVER_PORT|APP_PORT|LISTEN_ADDR|ADDR)"\s*,\s*"?[^":\n]*:?(\d{2,5})"?\s*\)',
    r'flag\.(?:Int|String)(?:Var)?\([^\n]*(?:port|addr|listen|http)[^\n]*?"?[^"\n,:]*:?\b(\d{2,5})"?\s*,',
    r'`[^`]*\b(?:env|envconfig):"(?:\w+_)?(?:PORT|ADDR)[^`]*(?:envDefault|default|env-default):":?(\d{2,5})"',
    r'(?i)\b\w*(?:port|addr|address|listen)\w*\s*(?:string|int)?\s*:?=\s*"?(?:0\.0\.0\.0)?:?(\d{2,5})"?\s*$',
)
_LOOPBACK = re.compile(
    r'(?:ListenAndServe(?:TLS)?|\.Run|\.Start|\.Listen|net\.Listen)\(\s*(?:"tcp4?"\s*,\s*)?"(?:localhost|127\.0\.0\.1):(\d+)"'
    r'|\bAddr:\s*"(?:localhost|127\.0\.0\.1):(\d+)"'
)
_LOOPBACK_FLAG = re.compile(
    r'flag\.String(?:Var)?\(\s*(?:&[\w.]+\s*,\s*)?"([\w-]+)"\s*,\s*"(?:localhost|127\.0\.0\.1):(\d+)"'
)
_GIN_RUN = re.compile(r"\.Run\(\s*\)")
_WAITS = re.compile(r"signal\.Notify|for\s*\{|time\.NewTicker|\.Consume\(|\.Subscribe\(|\.ReadMessage\(")
_LITERAL = re.compile(r'"(?:\./)?([A-Za-z0-9_][\w.-]*(?:/[\w.*{}-]+)*)/?"')
_EMBEDS = re.compile(r"^//go:embed\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Listening:
    port: int | None = None
    hit: Hit | None = None
    arguments: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()


def analyse(tree: Tree, wishes: Wishes) -> Analysis:
    """Return the facts of the module at the root of a tree.

    Raises:
        Ambiguous: it has several programs, and nothing says which is the application.
    """
    mod = module.read(tree)
    name = mod.program or tree.name or "app"
    program, choices = programs.chosen(tree, name, wishes)
    if choices:
        raise Ambiguous("main", tree.prefix or tree.name, choices)
    texts = programs.code(tree)
    read = variables.merged(variables.read_in(texts, _WAYS), variables.of_examples(tree))
    listening = _listening(_of(program, texts, tree), texts, module.framework(mod))
    framework = module.framework(mod)
    binary = PurePosixPath(program.folder).name if program and program.folder else name
    version = module.version(mod, wishes.version)
    bound, packages = _bound(mod, texts)
    health, health_evidence = routes.health_of(texts, listening.port)
    evidence = (
        *_module_evidence(tree, mod, framework),
        *((program.hit.speaks_for("run_command", "go-main"),) if program else ()),
        *((listening.hit.speaks_for("ports", "listen"),) if listening.hit else ()),
        *bound,
        *health_evidence,
    )
    return Analysis(
        root=tree.prefix,
        language="go",
        name=binary,
        language_version=version,
        framework=module.framework_name(framework),
        framework_version=framework.version.removeprefix("v") if framework else "",
        package_manager=PackageManager("go"),
        kind=_kind(program, listening, texts),
        dependency_files=tuple(path for path in ("go.work", "go.mod") if tree.has(path)),
        lock_file=tree.first("go.sum") or "",
        install_commands=_install(tree, mod),
        build_commands=_build(tree, mod, program, binary, bool(bound)),
        artefacts=(f"/out/{binary}", *(() if program is None else read_when_it_runs(tree, texts))),
        run_command=Command((f"/app/{binary}", *listening.arguments)) if program else None,
        ports=(Port(listening.port, source=listening.hit.source if listening.hit else ""),) if listening.port else (),
        env=read,
        system_packages=packages,
        services=_services(mod),
        volumes=storage.volumes(storage.folders(texts)),
        healthcheck=health,
        base_images=BaseImages(f"golang:{version.value}-bookworm", "debian:bookworm-slim"),
        warnings=(*listening.cautions, *_cautions(tree, mod, texts)),
        confidence={"language": 1.0, "run_command": 0.95 if program else 0.0, "ports": 0.9 if listening.hit else 0.8},
        evidence=evidence,
    )


def read_when_it_runs(tree: Tree, texts: Sequence[Text]) -> tuple[str, ...]:
    """Return the files and folders that the code names and that are no code: templates, static files, settings.

    What it embeds is in the binary already.
    """
    embedded = {
        word.strip('"').removeprefix("all:").split("/")[0]
        for text in texts
        for line in _EMBEDS.findall(_whole(tree, text))
        for word in line.split()
    }
    named: set[str] = set()
    for hit in search(texts, _LITERAL):
        path = hit.groups[0]
        top = path.split("/")[0]
        if top in embedded or hit.text.startswith(("import", "package")):
            continue
        if tree.has(path) and not path.endswith((".go", ".mod", ".sum")) and not top.startswith(".env"):
            named.add(path if "/" not in path else top)
        elif "/" not in path or not hit.text.endswith(f'{path}"'):
            named |= {top} if _holds_data(tree, top) else set()
    return tuple(sorted(named))


def _whole(tree: Tree, text: Text) -> str:
    found = tree.text(text.path.removeprefix(f"{tree.prefix}/") if tree.prefix else text.path)
    return found.content if found else ""


def _holds_data(tree: Tree, folder: str) -> bool:
    below = [file for file in tree.files if file.startswith(f"{folder}/")]
    return bool(below) and not any(file.endswith((".go", ".proto")) for file in below)


def _of(program: programs.Program | None, texts: Sequence[Text], tree: Tree) -> tuple[Text, ...]:
    # The program's own folder says more about it than what another one listens on.
    if program is None or not program.folder:
        return tuple(texts)
    start = tree.whole(program.folder) + "/"
    return tuple(text for text in texts if text.path.startswith(start))


def _listening(own: Sequence[Text], texts: Sequence[Text], framework: module.Requirement | None) -> _Listening:
    for where in (own, texts):
        if flagged := first(where, _LOOPBACK_FLAG):
            flag, port = flagged.groups
            return _Listening(int(port), flagged, (f"-{flag}=0.0.0.0:{port}",))
        if hit := first(where, *_PORTS):
            return _Listening(int(hit.groups[0]), hit)
        if hit := first(where, _LOOPBACK):
            port = hit.groups[0] or hit.groups[1]
            words = (
                "it listens on the loopback address only, which nothing outside of its container reaches; "
                f"let it listen on :{port}"
            )
            return _Listening(int(port), hit, cautions=(Caution("loopback", hit.file, hit.line, words),))
        if framework and framework.path.endswith("/gin") and (hit := first(where, _GIN_RUN)):
            return _Listening(8080, hit)
    # It listens on what PORT says and names no default: 8080 is what such programs are given elsewhere.
    if (hit := first(texts, r'os\.(?:Getenv|LookupEnv)\("(PORT)"\)')) and first(
        texts, r"ListenAndServe|\.Listen\(|\.Run\("
    ):
        return _Listening(8080, hit)
    return _Listening()


def _kind(program: programs.Program | None, listening: _Listening, texts: Sequence[Text]) -> Kind:
    if program is None:
        return "library"
    if listening.port is not None:
        return "web"
    return "worker" if first(texts, _WAITS) else "job"


def _install(tree: Tree, mod: module.Module) -> tuple[str, ...]:
    if not mod.path or not mod.requires or tree.has("vendor/modules.txt"):
        return ()
    return ("go mod download",) if tree.has("go.sum") else ("go mod tidy",)


def _build(
    tree: Tree, mod: module.Module, program: programs.Program | None, binary: str, bound: bool
) -> tuple[str, ...]:
    if program is None:
        return ()
    vendored = "-mod=vendor " if tree.has("vendor/modules.txt") else ""
    begun = () if mod.path else ("go mod init app", "go mod tidy")
    cgo = "1" if bound else "0"
    build = f'CGO_ENABLED={cgo} go build {vendored}-trimpath -ldflags="-s -w" -o /out/{binary} {program.package}'
    return (*begun, build)


def _bound(mod: module.Module, texts: Sequence[Text]) -> tuple[tuple[Evidence, ...], SystemPackages]:
    evidence: list[Evidence] = []
    build: dict[str, str] = {}
    run: dict[str, str] = {}
    for path, (for_build, for_run) in _BOUND.items():
        if requirement := mod.requirement(path):
            evidence.append(requirement.hit.speaks_for("build_commands", "cgo-module"))
            build |= dict.fromkeys(("gcc", "libc6-dev", *for_build), path)
            run |= dict.fromkeys(for_run, path)
    if hit := first(texts, r'^\s*(?:import\s+)?("C")\s*$'):
        evidence.append(hit.speaks_for("build_commands", "cgo"))
        build |= dict.fromkeys(("gcc", "libc6-dev"), 'import "C"')
    # golang's Debian images bring the C compiler along; naming it costs nothing and holds for every base.
    return tuple(evidence), SystemPackages(tuple(sorted(build)), tuple(sorted(run)), {**build, **run})


def _services(mod: module.Module) -> tuple[ServiceNeed, ...]:
    found: dict[str, ServiceNeed] = {}
    for one in mod.requires:
        if not one.indirect and (service := services.of_driver("go", one.path)):
            found.setdefault(service, ServiceNeed(service, source=one.hit.source))
    return tuple(found[service] for service in sorted(found))


def _cautions(tree: Tree, mod: module.Module, texts: Sequence[Text]) -> tuple[Caution, ...]:
    outside = [path for path in mod.beside if path.startswith("../")]
    cautions = [
        Caution(
            "outside",
            tree.whole("go.mod"),
            0,
            f"it takes a module from {path}, which is not in the folder that is built",
        )
        for path in outside
    ]
    if mod.path and mod.requires and not tree.has("go.sum") and not tree.has("vendor/modules.txt"):
        text = "there is no go.sum: the build takes whatever versions it finds; run `go mod tidy` and commit go.sum"
        cautions.append(Caution("no-lock", tree.whole("go.mod"), 0, text))
    if not mod.path and texts:
        text = "there is no go.mod: one is made in the build; run `go mod init` and commit it"
        cautions.append(Caution("no-manifest", "", 0, text))
    return tuple(cautions)


def _module_evidence(tree: Tree, mod: module.Module, framework: module.Requirement | None) -> tuple[Evidence, ...]:
    language = Evidence("language", tree.whole("go.mod"), 1, f"module {mod.path}", "go.mod") if mod.path else None
    if language is None:
        loose = next(tree.with_suffix(".go"), "")
        language = Evidence("language", tree.whole(loose), 0, "", "go-files")
    named = (mod.toolchain, mod.go)
    return (
        language,
        *(hit.speaks_for("language_version", "go-line") for hit in named if hit is not None),
        *((framework.hit.speaks_for("framework", "required-module"),) if framework else ()),
    )
