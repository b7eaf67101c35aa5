"""C and C++: programs that CMake, Meson or make builds."""

import re
from dataclasses import dataclass
from shlex import quote

from dockerfiles import routes, staging, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Choice,
    Command,
    Evidence,
    PackageManager,
    SystemPackages,
    Version,
)
from dockerfiles.failures import Ambiguous
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.recipe import Recipe, Run, Stage, Workdir
from dockerfiles.sources import Hit, first, search, sources, without_comments
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

# What finds a library by name in CMake, Meson, pkg-config or on the linker's line: what is built against, and run with.
_LIBRARIES = {
    "openssl": ("libssl-dev", "libssl3"),
    "ssl": ("libssl-dev", "libssl3"),
    "crypto": ("libssl-dev", "libssl3"),
    "curl": ("libcurl4-openssl-dev", "libcurl4"),
    "libcurl": ("libcurl4-openssl-dev", "libcurl4"),
    "zlib": ("zlib1g-dev", "zlib1g"),
    "z": ("zlib1g-dev", "zlib1g"),
    "sqlite3": ("libsqlite3-dev", "libsqlite3-0"),
    "postgresql": ("libpq-dev", "libpq5"),
    "libpq": ("libpq-dev", "libpq5"),
    "pq": ("libpq-dev", "libpq5"),
    "boost": ("libboost-all-dev", "libboost-system1.74.0"),
    "fmt": ("libfmt-dev", "libfmt9"),
    "spdlog": ("libspdlog-dev", "libspdlog1.10"),
    "libuv": ("libuv1-dev", "libuv1"),
    "uv": ("libuv1-dev", "libuv1"),
    "libevent": ("libevent-dev", "libevent-2.1-7"),
    "event": ("libevent-dev", "libevent-2.1-7"),
    "libmicrohttpd": ("libmicrohttpd-dev", "libmicrohttpd12"),
    "microhttpd": ("libmicrohttpd-dev", "libmicrohttpd12"),
    "jansson": ("libjansson-dev", "libjansson4"),
    "hiredis": ("libhiredis-dev", "libhiredis0.14"),
    "protobuf": ("libprotobuf-dev", "libprotobuf32"),
    "ncurses": ("libncurses-dev", "libncurses6"),
    "yaml-cpp": ("libyaml-cpp-dev", "libyaml-cpp0.7"),
    "nlohmann_json": ("nlohmann-json3-dev", ""),
    "gtest": ("libgtest-dev", ""),
}
_ASKED = (
    r"find_package\(\s*(\w[\w-]*)",
    r"pkg_(?:check|search)_modules\(\s*\w+\s+(?:REQUIRED\s+)?(?:IMPORTED_TARGET\s+)?([\w.+-]+)",
    r"\bdependency\(\s*'([\w.+-]+)'",
    r"pkg-config\s[^\n]*?--libs\s+([\w.+-]+)",
    r"(?<!\S)-l([\w.+-]+)",
)
_PORTS = (
    r"htons\(\s*(\d{2,5})\s*\)",
    r"#define\s+\w*PORT\w*\s+(\d{2,5})",
    r"\.listen\(\s*\"[\d.]+\"\s*,\s*(\d{2,5})",
    r"\bport\w*\s*=\s*(\d{4,5})",
)
_SERVES = r"\blisten\s*\(|\.listen\s*\(|async_accept|MHD_start_daemon"
_WAYS = (
    Way(r"\b(?:std::)?(?:secure_)?getenv\(\s*\"(\w+)\"\s*\)\s*\?:\s*\"([^\"]*)\""),
    Way(r"\b(?:std::)?(?:secure_)?getenv\(\s*\"(\w+)\""),
)


@dataclass(frozen=True, slots=True)
class _Built:
    """How it is built: by which tool, by which commands, and the program that comes of it (a path below the root)."""

    tool: str
    file: str
    commands: tuple[str, ...]
    program: str
    hit: Hit | None
    packages: tuple[str, ...]


class C:
    """The languages as `dockerfiles.language.Language` describes one."""

    name = "c"

    def recognise(self, tree: Tree) -> Sign | None:
        if next(tree.with_suffix(".c", ".cc", ".cpp", ".cxx"), None) is None:
            return None
        file = tree.first("CMakeLists.txt", "meson.build", "Makefile", "makefile", "GNUmakefile")
        if file is None:
            return None
        # A Makefile beside another language's manifest is a list of its commands.
        return Sign(0.85 if file in {"CMakeLists.txt", "meson.build"} else 0.6, file, "a program in C or C++")

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        built = _built(tree, wishes)
        texts = sources(tree, ".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", style="c")
        served = first(texts, _SERVES)
        hit = first(texts, *_PORTS) if served else None
        port = int(hit.groups[0]) if hit else None
        name = built.program.rpartition("/")[2]
        health, health_evidence = routes.health_of(texts, port)
        cpp = next(tree.with_suffix(".cc", ".cpp", ".cxx"), None) is not None
        return Analysis(
            root=tree.prefix,
            language="c++" if cpp else "c",
            name=name,
            language_version=Version(""),
            package_manager=PackageManager(built.tool),
            kind="web" if port else "worker" if served else "job",
            dependency_files=(built.file,),
            build_commands=(*built.commands, "mkdir -p /out", f"cp {quote(built.program)} /out/{quote(name)}"),
            artefacts=(f"/out/{name}",),
            run_command=Command((f"/app/{name}",)),
            ports=staging.ports(port, hit.source if hit else ""),
            env=variables.read_in(texts, _WAYS),
            system_packages=_packages(tree, built, cpp=cpp),
            healthcheck=health,
            base_images=BaseImages("debian:bookworm-slim", "debian:bookworm-slim"),
            confidence={"language": 0.9, "run_command": 0.8 if built.hit else 0.5, "ports": 0.8 if hit else 0.6},
            evidence=(
                Evidence("language", tree.whole(built.file), 0, "", built.tool),
                *((built.hit.speaks_for("run_command", "executable"),) if built.hit else ()),
                *((hit.speaks_for("ports", "listen"),) if hit else ()),
                *health_evidence,
            ),
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        base = rebased(staging.SLIM, wishes)
        build = (
            *staging.packages(analysis.system_packages.build, "Compilers, and libraries to build against"),
            Workdir(staging.BUILT_IN),
            staging.everything(),
            Run(analysis.build_commands, "The program"),
        )
        run = (
            *staging.packages(analysis.system_packages.runtime, "Libraries that the program uses"),
            *staging.placed(analysis.artefacts, "The program"),
        )
        stages = (Stage("build", base, build, "The program"), Stage("run", base, run, "The image: the program"))
        return Recipe(stages, staging.runtime(analysis), ("build",) if tree.has_folder("build") else ())


def _built(tree: Tree, wishes: Wishes) -> _Built:
    if (text := tree.text("CMakeLists.txt")) is not None:
        texts = [without_comments(one, "hash") for path in tree.named("CMakeLists.txt") if (one := tree.text(path))]
        project = first((text,), r"project\(\s*([\w.+-]+)")
        executables = list(search(texts, r"add_executable\(\s*(\$\{\w+\}|[\w.+-]+)(?!\s+(?:ALIAS|IMPORTED))"))
        hit = _only(tree, executables, wishes)
        name = hit.groups[0] if hit and "$" not in hit.groups[0] else project.groups[0] if project else tree.name
        folder = hit.file.removeprefix(tree.whole("")).rpartition("/")[0] if hit else ""
        commands = ("cmake -S . -B /tmp/build -G Ninja -DCMAKE_BUILD_TYPE=Release", "cmake --build /tmp/build")
        program = "/".join(filter(None, ("/tmp/build", folder, name)))  # noqa: S108 - a folder of the image that builds
        return _Built("cmake", "CMakeLists.txt", commands, program, hit, ("cmake", "ninja-build"))
    if (text := tree.text("meson.build")) is not None:
        hit = _only(tree, list(search([text], r"\bexecutable\(\s*'([\w.+-]+)'")), wishes)
        commands = ("meson setup /tmp/build --buildtype=release", "meson compile -C /tmp/build")
        name = hit.groups[0] if hit else tree.name
        return _Built("meson", "meson.build", commands, f"/tmp/build/{name}", hit, ("meson", "ninja-build"))  # noqa: S108
    file = tree.first("Makefile", "makefile", "GNUmakefile") or "Makefile"
    return _by_make(tree, file)


def _by_make(tree: Tree, file: str) -> _Built:
    text = tree.text(file) or Text(file, "")
    bare = without_comments(text, "hash")
    hit = first(
        (bare,), r"^(?:TARGET|PROGRAM|BIN|NAME|EXEC|PROG)\s*[:?]?=\s*([\w./-]+)\s*$", r"-o\s+([\w./-]+)(?=\s|$)"
    )
    target = first((bare,), r"^(?!\.)([\w./-]+)\s*:(?!=)")
    name = hit.groups[0] if hit else target.groups[0] if target else tree.name
    return _Built("make", file, ("make",), name, hit or target, ("make",))


def _only(tree: Tree, hits: list[Hit], wishes: Wishes) -> Hit | None:
    """Return the program that is meant: the named one, the only one, or the only one outside of tests."""
    wanted = wishes.chosen.get("main")
    candidates = [hit for hit in hits if not re.search(r"(?i)test|bench|example", hit.groups[0] + hit.file)] or hits
    for fits in (
        [hit for hit in hits if hit.groups[0] == wanted],
        candidates,
        [hit for hit in hits if hit.groups[0] == tree.name],
    ):
        if len(fits) == 1:
            return fits[0]
    if not hits:
        return None
    choices = tuple(Choice("main", hit.groups[0], f"--choose main={hit.groups[0]}", hit.source) for hit in candidates)
    raise Ambiguous("main", tree.prefix or tree.name, choices)


def _packages(tree: Tree, built: _Built, *, cpp: bool) -> SystemPackages:
    files = [
        without_comments(one, "hash") for path in (built.file, *tree.named(built.file)) if (one := tree.text(path))
    ]
    build = {
        **dict.fromkeys(("g++",) if cpp else ("gcc", "libc6-dev"), "the compiler"),
        **dict.fromkeys(built.packages, built.file),
    }
    run = {"libstdc++6": "C++"} if cpp else {}
    for pattern in _ASKED:
        for hit in search(files, pattern):
            for_build, for_run = _LIBRARIES.get(hit.groups[0].lower(), ("", ""))
            if for_build:
                build[for_build] = hit.groups[0]
                build["pkg-config"] = hit.groups[0]
            if for_run:
                run[for_run] = hit.groups[0]
    return SystemPackages(tuple(sorted(build)), tuple(sorted(run)), {**build, **run})


LANGUAGE = C()
