"""How one command or program is started in production: which tool runs it, and what that needs first."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from shlex import quote
from typing import Any

from dockerfiles.analysis import Command, Evidence
from dockerfiles.languages.node.building import build_script, builds, migrates
from dockerfiles.languages.node.commands import Call, calls, expanded
from dockerfiles.languages.node.project import Project

# They start a file, and may watch it.
_RUNNERS = {
    *("node", "nodejs", "nodemon", "node-dev", "supervisor", "forever", "pm2", "pm2-runtime", "pm2-docker", "ts-node"),
    *(
        "ts-node-dev",
        "tsnd",
        "ts-node-esm",
        "tsx",
        "babel-node",
        "bun",
        "esno",
        "swc-node",
        "vite-node",
        "jiti",
        "electron",
    ),
}
_LOADERS = re.compile(r"ts-node|tsx|tsconfig-paths|@swc|esbuild-register|source-map-support|babel|sucrase|jiti")
_STATIC_SERVERS = {
    "serve",
    "http-server",
    "sirv",
    "superstatic",
    "ws",
    "local-web-server",
    "light-server",
    "lite-server",
}
_TAKES_A_VALUE = {
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-w",
    "--watch-path",
    "-P",
    "-e",
    "--exec",
}
_VALUES_OF_WATCHERS = {
    *_TAKES_A_VALUE,
    "--ext",
    "--ignore",
    "-i",
    "--name",
    "-n",
    "-d",
    "--delay",
    "--project",
    "--watch",
}
_DROPPED = re.compile(r"^--(?:watch|hot|inspect|env-file|debug|respawn|transpile-only|files)(?:-\w+)*(?:=|$)")
_COMPILERS = re.compile(r"ts-node|tsx|@swc|esbuild-register")
_USES_BUN = re.compile(r"\bBun\.|from ['\"]bun[:'\"]")
_ONLY_START_OTHERS = {"npm", "yarn", "pnpm", "lerna", "concurrently", "npm-run-all", "run-p", "open", "open-cli"}
_WITH_VARIABLES = re.compile(r"(?:[\w@%+=:,./-]|\$\w+|\$\{\w+(?::?[-=][\w./-]*)?\})+")


@dataclass(frozen=True, slots=True)
class Start:
    """What runs. `entry` is the source that it begins with ("" unknown), `serves` the folder of a static server.

    `before` are builds that the script would do first, `release` what it would migrate; `development`: what runs it is
    no dependency of production's, so those stay in the image.
    """

    command: Command
    rule: str
    entry: str = ""
    serves: str | None = None
    confidence: float = 0.9
    evidence: tuple[Evidence, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    release: tuple[str, ...] = ()
    development: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        return self.command.argv


def of_calls(project: Project, found: Sequence[Call]) -> Start | None:
    """Return the start that the commands of a script amount to, None when they are for developers only."""
    running = [call for call in found if not builds(call) and not migrates(call) and call.tool not in {"echo", "sleep"}]
    if not running:
        return None
    before = tuple(call.words for call in found if builds(call))
    release = next((call.words for call in found if migrates(call)), ())
    last = running[-1]
    one = _of_call(project, last)
    if one is None:
        return None
    if len(running) > 1 and one.serves is None:
        one = _several(running, one)
    return replace(one, before=(*before, *one.before), release=release)


def _several(running: Sequence[Call], last: Start) -> Start:
    """Several commands need a shell; the last one replaces it, so that signals reach it."""
    parts: list[str] = []
    for call in running[:-1]:
        parts += [_typed(call.words), call.joined_after if call.joined_after in {"||", "|", "&", ";"} else "&&"]
    line = last.command.argv[0].removeprefix("exec ") if last.command.shell else _typed(last.command.argv)
    return replace(last, command=Command.for_shell(f"{' '.join(parts)} exec {line}"))


def _typed(words: Sequence[str]) -> str:
    """Return words as a shell reads them, with nothing filled in but variables."""
    return " ".join(word if _WITH_VARIABLES.fullmatch(word) else quote(word) for word in words)


def _of_call(project: Project, call: Call) -> Start | None:
    if call.tool in _STATIC_SERVERS:
        return _static_server(call)
    if call.tool in _ONLY_START_OTHERS:
        return None
    if file := _described(project, file_of(call)):
        return _of_program(project, call, file)
    if call.tool in _RUNNERS:
        return _without_file(call)
    if call.for_developers:
        return None
    if call.tool == "json-server" and not call.argument("--host", "-H"):
        call = replace(call, words=(*call.words, "--host", "0.0.0.0"))  # noqa: S104 - it listens on localhost else
    own = call.words[0].removeprefix("./")
    entry = own if project.tree.has(own) and not own.endswith(".sh") else ""
    sure = 0.9 if entry else 0.8
    return Start(_command(call, call.words), "script", entry, confidence=sure, environment=_environment(call))


def _described(project: Project, file: str) -> str:
    """The program itself, where what is named is a file of pm2's that tells of it."""
    if not re.search(r"(?:^|/)(?:ecosystem|pm2|process)[\w.]*\.(?:[cm]?js|json)$|\.config\.[cm]?js$", file):
        return file
    found = re.search(r"['\"]?\bscript['\"]?\s*:\s*['\"]([^'\"]+)['\"]", project.code.content(file.removeprefix("./")))
    return found[1].removeprefix("./") if found else file


def _of_program(project: Project, call: Call, file: str) -> Start | None:
    """None when there is no such program, and nothing that would make it."""
    source = project.source_of(file)
    if source is None and not (project.is_compiled(file) and (build_script(project) or _typescript(project))):
        return None
    return replace(of_file(project, file, source or "", "script", call), environment=_environment(call))


def _without_file(call: Call) -> Start | None:
    if call.tool == "node" and call.words[1:2] == (".",):
        return Start(Command(("node", ".")), "script")
    if call.tool in {"node", "nodejs"} and "-e" in call.words:
        return Start(_command(call, call.words), "script", confidence=0.6)
    return None


def _static_server(call: Call) -> Start:
    words = iter(call.words[1:])
    folder = ""
    for word in words:
        if word in {"-l", "-p", "--listen", "--port", "-c", "-a", "--config", "-P", "--proxy", "-d"}:
            folder = next(words, "") if word == "-d" else (next(words, "") and folder)
        elif not word.startswith("-") and not folder:
            folder = word
    single = any(word in {"-s", "--single", "--spa"} for word in call.words)
    rule = "static server, one page" if single else "static server"
    return Start(Command(call.words), rule, serves=folder.removeprefix("./").strip("/"))


def file_of(call: Call) -> str:
    """Return the program that a command starts, "" when it starts none."""
    if call.tool not in _RUNNERS:
        return ""
    words = list(call.words[1:])
    values = _VALUES_OF_WATCHERS if call.tool not in {"node", "nodejs", "bun", "tsx"} else _TAKES_A_VALUE
    while words:
        word = words.pop(0)
        if word in {"--exec", "-x", "-e"} and call.tool == "nodemon" and words:
            inner = calls(words.pop(0))
            if inner and (file := file_of(inner[0])):
                return file
        elif word in values:
            words = words[1:]
        elif not word.startswith("-") and word not in {"start", "run", "watch"} and _is_program(word):
            return word
    return ""


def _is_program(word: str) -> bool:
    return bool(re.fullmatch(r"[\w@./\[\]-]+", word)) and not word.isdigit()


@dataclass(frozen=True, slots=True)
class _Program:
    """One program that is to be started: where it lies, what it is made from, and the command that names it."""

    project: Project
    path: str
    source: str
    rule: str
    call: Call

    def started(self, *words: str, confidence: float = 0.9, **more: Any) -> Start:
        """Return the start by these words, before the program's own arguments."""
        command = _command(self.call, (*words, *_arguments(self.call, self.path)))
        return Start(command, self.rule, self.source, confidence=confidence, **more)

    def started_by(self, runner: str, confidence: float = 0.9) -> Start:
        """Return the start by a dependency; one for developers keeps those in the image."""
        outside = runner not in self.project.manifest.dependencies
        return self.started(runner, self.path, confidence=confidence, development=outside)


def of_file(project: Project, path: str, source: str, rule: str, call: Call | None = None) -> Start:
    """Return how one program is started: compiled when it is TypeScript, by Bun when it runs the project."""
    program = _Program(project, path, source, rule, call or Call(("node", path)))
    tool = program.call.tool
    if tool == "bun" or (_on_bun(project) and tool not in {"node", "tsx", "ts-node"}):
        return program.started("bun", *(["run"] if program.call.words[1:2] == ("run",) else []), path)
    if tool == "babel-node":
        return Start(_command(program.call, program.call.words), rule, source, development=True, confidence=0.6)
    if path.endswith((".ts", ".mts", ".cts", ".tsx")):
        return _typed_program(program)
    if tool == "tsx":
        return program.started_by("tsx")
    before: tuple[tuple[str, ...], ...] = ()
    if project.is_compiled(path) and not project.tree.has(path) and not build_script(project) and _typescript(project):
        before = (("tsc",),)
    return program.started("node", *_options(program.call, path), path, before=before)


def _typed_program(program: _Program) -> Start:
    """A program in TypeScript: the file it is compiled to, else what runs it as it is."""
    project, path, tool = program.project, program.path, program.call.tool
    script = build_script(project)
    made = {one.tool for one in expanded(project.manifest.scripts, script)} if script else set()
    main = project.manifest.main.removeprefix("./")
    runner = next((one for one in ("tsx", "ts-node") if project.has(one)), None)
    if tool == "tsx" and not script:
        return program.started_by("tsx")
    if compiled := _made_by(project, path, made):
        return program.started("node", compiled)
    if script and main and project.is_compiled(main):
        return Start(Command(("node", main)), "main", program.source, confidence=0.7)
    if tool in {"node", "nodejs"} and program.rule == "script" and not any(map(_LOADERS.search, program.call.words)):
        return program.started("node", *_options(program.call, path), path)
    if _typescript(project) and not project.compiler_options.keys() & {"noEmit", "paths"}:
        out = () if project.compiled_to else ("--outDir", "dist")
        return program.started("node", project.compiled(path), before=(("tsc", *out),), confidence=0.8)
    return program.started_by(runner, 0.7) if runner else program.started("node", path, confidence=0.6)


def _made_by(project: Project, path: str, tools: AbstractSet[str]) -> str:
    """The file that a build makes of a source: in the place of the source, or (tsup) flat; "" when it makes none."""
    if tools & {"tsc", "nest", "swc", "ttsc", "tspc"}:
        return project.compiled(path)
    if tools & {"tsup", "tsdown", "unbuild"}:
        return f"{project.compiled_to or 'dist'}/{path.rpartition('/')[2].rpartition('.')[0]}.js"
    return ""


def _typescript(project: Project) -> bool:
    settings = project.tree.first("tsconfig.json", "tsconfig.build.json")
    return settings is not None and project.has("typescript", "ts-node", "ts-node-dev")


def _on_bun(project: Project) -> bool:
    """Whether the programs need Bun itself to run, not only its package manager."""
    if project.manager.name != "bun":
        return False
    if any(_USES_BUN.search(project.code.content(path)) for path in project.code.files[:40]):
        return True
    bundled = project.has("next", "nuxt", "vite", "@sveltejs/kit", "astro")
    return project.has("elysia", "bun-types", "@types/bun") and not bundled


def _arguments(call: Call, path: str) -> tuple[str, ...]:
    """The words that are for the program itself."""
    if call.tool in {"pm2", "pm2-runtime", "pm2-docker", "forever", "nodemon"} or path not in call.words:
        return ()
    after = call.words[call.words.index(path) + 1 :]
    return tuple(word for word in after if not _DROPPED.match(word) and word != "--")


def _options(call: Call, path: str) -> tuple[str, ...]:
    """Node's own options that production keeps; loaders of compilers and files of environments are not among them."""
    if call.tool not in {"node", "nodejs"} or path not in call.words:
        return ()
    kept: list[str] = []
    words = list(call.words[1 : call.words.index(path)])
    compiled = path.endswith((".js", ".cjs", ".mjs"))
    while words:
        word = words.pop(0)
        taken = (word, words.pop(0)) if word in _TAKES_A_VALUE and words else (word,)
        if _DROPPED.match(word) or (compiled and any(map(_COMPILERS.search, taken))):
            continue
        kept += taken
    return tuple(kept)


def _command(call: Call, words: Sequence[str]) -> Command:
    """Return the words as they are, or with their environment; for a shell when one has to fill something in."""
    # The image sets these two, so that they can be overridden when it runs.
    given = [f"{name}={value}" for name, value in call.environment.items() if not _is_set_by_the_image(name, value)]
    whole = [*(["env", *given] if given else []), *words]
    if any("$" in word for word in whole):
        return Command.for_shell(f"exec {_typed(whole)}")
    return Command(tuple(whole))


def _is_set_by_the_image(name: str, value: str) -> bool:
    return name == "NODE_ENV" or (name == "PORT" and value.isdigit())


def _environment(call: Call) -> Mapping[str, str]:
    return {name: value for name, value in call.environment.items() if "$" not in value}
