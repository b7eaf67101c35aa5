"""The lines of package.json's scripts, read as a shell would read them: which tools they run, in which order."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

MAX_DEPTH = 6

_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_REDIRECTED = re.compile(r"\s\d?>>?\s*(?:&\d|[\w./-]+)")
_JOINS = frozenset({"&&", "||", ";", "|", "&", "\n"})
_RUNNERS = {"npm", "pnpm", "yarn", "bun"}
_THROUGH = {"npx", "bunx", "pnpx", "cross-env-shell", "exec", "corepack", "dotenvx", "infisical", "doppler"}

# Words that follow a tool and make it a server for developers, "" for every way of calling it.
_DEV_SERVERS: Mapping[str, tuple[str, ...]] = {
    "react-scripts": ("start",),
    "react-app-rewired": ("start",),
    "craco": ("start",),
    "vite": ("", "dev", "serve", "preview"),
    "ng": ("serve", "s"),
    "vue-cli-service": ("serve",),
    "nuxt": ("", "dev", "preview"),
    "nuxi": ("dev", "preview"),
    "nitropack": ("dev", "preview"),
    "nitro": ("dev", "preview"),
    "vinxi": ("dev",),
    "solid-start": ("dev",),
    "next": ("", "dev"),
    "astro": ("dev", "preview"),
    "gatsby": ("develop", "serve"),
    "nest": ("start",),
    "nx": ("serve", "dev", "run-many"),
    "turbo": ("dev",),
    "expo": ("start",),
    "react-native": ("start",),
    "remix": ("dev", "vite:dev"),
    "react-router": ("dev",),
    "webpack": ("serve",),
    "webpack-dev-server": ("*",),
    "rsbuild": ("dev", "preview"),
    "rspack": ("serve", "dev"),
    "nodemon": ("*",),
    "node-dev": ("*",),
    "ts-node": ("*",),
    "ts-node-dev": ("*",),
    "tsnd": ("*",),
    "ts-node-esm": ("*",),
    "tsx": ("*",),
    "tsup": ("*",),
    "tsc-watch": ("*",),
    "babel-node": ("*",),
    "swc-node": ("*",),
    "parcel": ("*",),
    "docusaurus": ("start", "serve"),
    "storybook": ("dev",),
    "start-storybook": ("*",),
    "strapi": ("develop", "dev"),
    "directus": ("dev",),
    "keystone": ("dev",),
    "medusa": ("develop",),
    "payload": ("dev",),
    "ember": ("serve", "server", "s"),
    "eleventy": ("--serve", "--watch"),
    "@11ty/eleventy": ("--serve", "--watch"),
    "hexo": ("server", "s"),
    "hugo": ("server", "serve"),
    "vitepress": ("dev", "preview", "serve"),
    "vuepress": ("dev",),
    "wrangler": ("dev",),
    "vercel": ("dev",),
    "netlify": ("dev",),
    "live-server": ("*",),
    "browser-sync": ("*",),
    "ionic": ("serve",),
    "stencil": ("--serve", "--dev"),
    "poi": ("*",),
    "umi": ("dev",),
    "max": ("dev",),
    "rw": ("dev",),
    "redwood": ("dev",),
    "gridsome": ("develop",),
    "sanity": ("dev", "start"),
    "slidev": ("",),
    "meteor": ("", "run"),
    "adonis": ("serve",),
    "snowpack": ("dev",),
    "wmr": ("",),
    "preact": ("watch",),
    "aurelia": ("run",),
    "lerna": ("run",),
    "gulp": ("*",),
    "grunt": ("*",),
}
_OF_MANAGERS = {
    "run",
    "start",
    "install",
    "add",
    "workspace",
    "workspaces",
    "build",
    "test",
    "exec",
    "dlx",
    "cache",
    "set",
}
# They only take another command along.
_COMPANIONS = {"concurrently", "npm-run-all", "npm-run-all2", "run-p", "wait-on", "start-server-and-test"}


@dataclass(frozen=True, slots=True)
class Call:
    """One command of a line: its words, the environment it is given, and what joins it to the next (`&&`)."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    joined_after: str = ""

    @property
    def tool(self) -> str:
        """The tool's plain name, whatever path it is called by."""
        return PurePosixPath(self.words[0]).name if self.words else ""

    @property
    def needs_a_shell(self) -> bool:
        """Whether its words mean something else to a shell than they say."""
        return any(re.search(r"[$`*~<>]", word) for word in (*self.words, *self.environment.values()))

    @property
    def for_developers(self) -> bool:
        """Whether it is a server or a watcher that nobody should run in production."""
        known = _DEV_SERVERS.get(self.tool)
        watches = "--watch" in self.words and self.tool != "json-server"
        if self.tool in _COMPANIONS or watches or "--inspect-brk" in self.words:
            return True
        if known is None:
            return False
        first = next((word for word in self.words[1:] if word.startswith("--serve") or not word.startswith("-")), "")
        if "*" in known or first in known or any(word in known for word in self.words[1:] if word.startswith("--")):
            return True
        # `vite --host` serves; `vite build` does not. A folder after the tool is what it serves.
        return "" in known and first not in {"build", "start", "export", "generate", "prepare", "optimize"}

    def argument(self, *names: str) -> str:
        """Return what is given for an option (`-p 80`, `--port=80`), "" when it is not given."""
        for at, word in enumerate(self.words):
            for name in names:
                if word == name and at + 1 < len(self.words):
                    return self.words[at + 1]
                if word.startswith(f"{name}="):
                    return word.partition("=")[2]
        return ""


def calls(line: str) -> tuple[Call, ...]:
    """Return the commands of a line in order; none when a shell could not read it either."""
    # Where its output goes is the container's matter.
    lexer = shlex.shlex(_REDIRECTED.sub("", line), posix=True, punctuation_chars="&|;\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    try:
        words = list(lexer)
    except ValueError:
        return ()
    return tuple(_split(words))


def _split(words: Sequence[str]) -> Iterator[Call]:
    part: list[str] = []
    for word in [*words, ""]:
        if word and word not in _JOINS:
            part.append(word)
            continue
        if call := _call(part, word):
            yield call
        part = []


def _call(words: Sequence[str], joined_after: str) -> Call | None:
    environment: dict[str, str] = {}
    rest = list(words)
    while rest:
        if _ASSIGNMENT.match(rest[0]):
            name, _, value = rest.pop(0).partition("=")
            environment[name] = value
        elif rest[0] in {"cross-env", "env"} or rest[0] in _THROUGH:
            rest.pop(0)
            while rest and rest[0] in {"--yes", "-y", "--no-install", "--no", "run", "--bun"}:
                rest.pop(0)
        elif rest[0] in {"dotenv", "env-cmd"}:
            rest = _after_options(rest)
        elif rest[0] in _RUNNERS and len(rest) > 2 and rest[1] in {"exec", "dlx", "x"}:
            rest = rest[2:]
        elif rest[0] == "--":
            rest.pop(0)
        else:
            break
    return Call(tuple(rest), environment, joined_after) if rest else None


def _after_options(words: list[str]) -> list[str]:
    if "--" in words:
        return words[words.index("--") + 1 :]
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 1 if "=" in words[at] else 2
    return words[at:]


def script_named(call: Call, scripts: Mapping[str, str]) -> str:
    """Return the name of the script that a command runs (`npm run x`, `yarn x`, `npm start`), "" for none."""
    if call.tool in {"run-s", "npm-run-all"} and len(call.words) == 2:
        return call.words[1] if call.words[1] in scripts else ""
    if call.tool not in _RUNNERS:
        return ""
    words = [word for word in call.words[1:] if word not in {"--silent", "-s", "--", "--if-present"}]
    if words and words[0] in {"run", "run-script", "rum"}:
        words = words[1:]
    elif words and call.tool == "npm" and words[0] not in {"start", "test", "stop"}:
        return ""
    return words[0] if words and words[0] in scripts else ""


def _called_through(call: Call, scripts: Mapping[str, str]) -> Call:
    """`yarn node app.js` and `pnpm next start` run a dependency's tool: there is no script of that name."""
    if call.tool not in {"yarn", "pnpm"} or len(call.words) < 2 or call.words[1] in {*scripts, *_OF_MANAGERS}:
        return call
    return call if call.words[1].startswith("-") else replace(call, words=call.words[1:])


def expanded(scripts: Mapping[str, str], name: str, depth: int = 0) -> tuple[Call, ...]:
    """Return the commands of a script, those that only run another script replaced by what that one runs."""
    found: list[Call] = []
    for written in calls(scripts.get(name, "")):
        call = _called_through(written, scripts)
        inner = script_named(call, scripts)
        if inner and inner != name and depth < MAX_DEPTH:
            within = expanded(scripts, inner, depth + 1)
            found += [replace(one, environment={**call.environment, **one.environment}) for one in within]
        else:
            found.append(call)
    return tuple(found)
