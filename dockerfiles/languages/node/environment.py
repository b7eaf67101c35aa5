"""The environment variables that a program reads: which it can't do without, what stands in for the others.

A variable is required when it is read and nothing takes its place: no default, no question whether it is there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from dockerfiles import secrecy
from dockerfiles.analysis import Variable
from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.questions import Questions
from dockerfiles.languages.node.reads import NAME, Read, Reading
from dockerfiles.tree import Tree

# What Node, its tools or the system set, whatever the application is.
AMBIENT = frozenset(
    {
        *("NODE_ENV", "CI", "HOME", "PATH", "PWD", "TMPDIR", "TEMP", "TMP", "USER", "SHELL", "TERM", "LANG", "TZ"),
        *(
            "NODE_OPTIONS",
            "UV_THREADPOOL_SIZE",
            "NODE_DEBUG",
            "HOSTNAME",
            "VITEST",
            "JEST_WORKER_ID",
            "npm_package_version",
            "APPDATA",
        ),
        *("npm_package_name", "npm_lifecycle_event", "NEXT_RUNTIME", "NEXT_PHASE", "NODE_APP_INSTANCE", "USERPROFILE"),
        *("MODE", "DEV", "PROD", "SSR", "BASE_URL", "VERCEL", "VERCEL_URL", "VERCEL_ENV", "ANALYZE", "NO_COLOR"),
        *("LOCALAPPDATA", "PROGRAMFILES", "SYSTEMROOT", "COMSPEC", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DISPLAY"),
        *(
            "UV_THREADPOOL_SIZE",
            "PORT_FILE",
            "INIT_CWD",
            "FORCE_COLOR",
            "GITHUB_ACTIONS",
            "NETLIFY",
            "USERNAME",
            "EDITOR",
            "DYNO",
        ),
    }
)
# What a bundler writes into what browsers get.
BAKED = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "GATSBY_", "EXPO_PUBLIC_", "VUE_APP_")

EXAMPLES = (
    *(".env.example", ".env.sample", ".env.template", ".env.dist", ".env-example", ".env.local.example"),
    *("env.example", "example.env", ".example.env", ".env.development.example", ".env.production.example"),
)

_EXAMPLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
_PRISMA = re.compile(r"\benv\(\s*[\"'](\w+)[\"']\s*\)")


def variables(code: Code, files: Iterable[str], tree: Tree) -> tuple[Variable, ...]:
    """Return the variables that these files read, those of Prisma's schema, and the names of an example, by name."""
    reads: list[Read] = []
    for path in files:
        if re.search(r"\benv\b|[eE]nv\(|onfig\w*\.get|Joi\.|convict", code.content(path)):
            reads += [*Reading(code, path).reads(), *Questions(code, path).reads()]
    reads += _prisma(tree)
    found = {name: _variable(name, [read for read in reads if read.name == name]) for name in _names(reads)}
    for variable in _examples(tree):
        found.setdefault(variable.name, variable)
    return tuple(found[name] for name in sorted(found))


def _names(reads: Iterable[Read]) -> list[str]:
    return list(dict.fromkeys(read.name for read in reads if _counts(read.name)))


def _counts(name: str) -> bool:
    written = bool(NAME.match(name)) or name in {"port", "host"}
    return written and name not in AMBIENT and not name.startswith(("npm_", "VERCEL_GIT"))


def _variable(name: str, reads: Sequence[Read]) -> Variable:
    default = next((read.default for read in reads if read.default is not None), None)
    insists = next((read for read in reads if read.insists), None)
    guarded = default is not None or any(not read.required for read in reads)
    first = insists or next((read for read in reads if read.default is not None or read.required), reads[0])
    required = (insists is not None and default is None) or not guarded
    return Variable(
        name,
        required=required,
        secret=secrecy.is_secret(name, default or ""),
        default=secrecy.showable(name, default),
        build_time=name.startswith(BAKED),
        source=f"{first.file}:{first.line}",
    )


def _prisma(tree: Tree) -> Iterator[Read]:
    for path in tree.with_suffix(".prisma"):
        if text := tree.text(path):
            for number, line in text.lines():
                for name in _PRISMA.findall(line.partition("//")[0]):
                    # Only the address itself is needed: a shadow database is for developers.
                    needed = "shadow" not in line and "direct" not in line
                    yield Read(name, text.path, number, needed)


def _examples(tree: Tree) -> Iterator[Variable]:
    for path in EXAMPLES:
        if (text := tree.text(path)) is None:
            continue
        for number, line in text.lines():
            if (named := _EXAMPLE.match(line)) and _counts(named[1]):
                name = named[1]
                baked = name.startswith(BAKED)
                yield Variable(name, secret=secrecy.is_secret(name), build_time=baked, source=f"{text.path}:{number}")
