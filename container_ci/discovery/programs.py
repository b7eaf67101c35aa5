"""Which program a command line runs, once interpreters, shells and wrappers are looked through."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename

from container_ci.discovery.facts import Task

# They start something else and are nothing themselves.
WRAPPERS = frozenset(
    (
        *("tini", "docker-init", "dumb-init", "catatonit", "init", "su", "gosu", "su-exec", "setpriv", "runuser"),
        *("sudo", "env", "nice", "ionice", "timeout", "nohup", "stdbuf", "setsid", "chpst", "s6-setuidgid", "exec"),
        *("npm", "yarn", "pnpm", "npx", "poetry", "uv", "pipenv", "bundle", "dotenv", "doppler", "pdm", "hatch"),
        *("ddtrace-run", "opentelemetry-instrument", "newrelic-admin", "s6-supervise", "s6-linux-init", "runsv"),
        *("s6-linux-init-shutdownd", "s6-ipcserverd", "mysqld_safe", "mariadbd-safe", "systemd-cat", "xvfb-run"),
    )
)
SHELLS = frozenset(("sh", "bash", "dash", "ash", "busybox", "zsh", "ksh"))
_INTERPRETERS = (
    (re.compile(r"^(?:python|pypy)[\d.]*$"), "python"),
    (re.compile(r"^(?:node|nodejs|bun|deno)$"), "node"),
    (re.compile(r"^ruby[\d.]*$"), "ruby"),
    (re.compile(r"^perl[\d.]*$"), "perl"),
    (re.compile(r"^php[\d.]*$"), "php"),
    (re.compile(r"^php-fpm[\d.]*$"), "php"),
    (re.compile(r"^java$"), "java"),
    (re.compile(r"^dotnet$"), "dotnet"),
    (re.compile(r"^beam(?:\.smp)?$"), "erlang"),
    (re.compile(r"^lua(?:jit)?[\d.]*$"), "lua"),
)
_PYTHON_WITH_VALUE = frozenset(("-W", "-X", "--check-hash-based-pycs"))
_NODE_WITH_VALUE = frozenset(("-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"))
_JAVA_WITH_VALUE = frozenset(("-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules"))
_JAVA_PAIRS = frozenset(("--add-opens", "--add-exports", "--add-reads", "--patch-module", "--limit-modules"))
_SCRIPT_NAME = re.compile(r"\.(?:js|mjs|cjs|ts|mts|tsx|jsx|py|pyc|rb|pl|php|lua)$")


@dataclass(frozen=True, slots=True)
class Program:
    """What a task runs: the names it goes by, surest first, and the words after its name.

    `target` is the script, module, jar or class that an interpreter runs, "" for none.
    """

    names: tuple[str, ...]
    language: str = ""
    target: str = ""
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name it is told by."""
        return self.names[0] if self.names else ""


def program_of(task: Task) -> Program:
    """Return what a task runs."""
    words = parted(task.words)
    if not words:
        return Program((task.comm,) if task.comm else (), language=task.language)
    own = own_name(words[0])
    if own == "busybox" and len(words) > 1:
        own, words = words[1], words[1:]
    language = language_of(own) or language_of(basename(task.exe)) or task.language
    interpreted = _interpreted(own, words)
    if interpreted is not None:
        return interpreted
    return Program(_distinct(own, task.comm), language, "", words[1:])


def parted(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command line in words; one that was rewritten by its process is a single text."""
    filled = tuple(word for word in words if word)
    if len(filled) == 1 and " " in filled[0]:
        return tuple(filled[0].split())
    return filled


def own_name(word: str) -> str:
    """Return the name in a first word: `/usr/sbin/nginx`, `nginx:`, `-bash`, `[celeryd:`, `(squid-1)`."""
    return basename(word.strip("()[]").rstrip(":").lstrip("-"))


def language_of(name: str) -> str:
    """Return the language of an interpreter's name, "" when it is none."""
    return next((language for shape, language in _INTERPRETERS if shape.match(name)), "")


def is_wrapper(program: Program) -> bool:
    """Whether it only starts something else."""
    name = program.name
    return name in WRAPPERS or name in SHELLS or name.endswith("entrypoint.sh") or name.startswith("npm ")


def _interpreted(own: str, words: tuple[str, ...]) -> Program | None:
    """Return what an interpreter runs, None for what is no interpreter."""
    language = language_of(own)
    if language in ("python", "ruby", "perl"):
        return _script(own, language, words[1:], _PYTHON_WITH_VALUE)
    if language == "node":
        return _script(own, language, words[1:], _NODE_WITH_VALUE)
    if language == "java":
        return _java(words[1:])
    if language == "dotnet":
        target = next((word for word in words[1:] if word.endswith(".dll")), "")
        return Program((own,), language, target, words[1:])
    if own in ("sh", "bash", "dash", "ash") and len(words) > 1 and not words[1].startswith("-"):
        # A script in a file goes by the file's name.
        return Program((basename(words[1]), own), "shell", words[1], words[2:])
    return None


def _script(own: str, language: str, words: tuple[str, ...], with_value: frozenset[str]) -> Program:
    rest = list(words)
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag == "-m" and language == "python" and rest:
            module = rest.pop(0)
            return Program(_distinct(*_module_names(module), own), language, module, tuple(rest))
        if flag == "-c" and language == "python":
            return Program((own,), language, "", words)
        if flag in with_value and rest:
            rest.pop(0)
    if own in ("bun", "deno") and rest and rest[0] in ("run", "x", "serve"):
        rest.pop(0)
        while rest and rest[0].startswith("-"):
            rest.pop(0)
    if not rest:
        return Program((own,), language, "", words)
    script = rest.pop(0)
    name = basename(script)
    if _SCRIPT_NAME.search(name) and name != "manage.py":
        # A file of somebody's own says nothing by its name, unless it came with a package.
        packaged = (name,) if "node_modules/" in script or "site-packages/" in script else ()
        return Program(_distinct(*packaged, own), language, script, tuple(rest))
    return Program(
        _distinct(*(("bin/rails",) if script == "bin/rails" else ()), name, own), language, script, tuple(rest)
    )


def _module_names(module: str) -> tuple[str, ...]:
    """Return the names that a module goes by: itself, and without its entry point."""
    return (module, module.removesuffix(".__main__"), module.partition(".")[0]) if "." in module else (module,)


def _java(words: tuple[str, ...]) -> Program:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-jar" and rest:
            jar = rest.pop(0)
            return Program((basename(jar), "java"), "java", jar, tuple(rest))
        if word in ("-m", "--module") and rest:
            main = rest.pop(0).rpartition("/")[2]
            return Program((main, "java"), "java", main, tuple(rest))
        if word in _JAVA_WITH_VALUE or word in _JAVA_PAIRS:
            rest = rest[1:]
        elif not word.startswith(("-", "@")):
            return Program((word, "java"), "java", word, tuple(rest))
    return Program(("java",), "java", "", words)


def _distinct(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
