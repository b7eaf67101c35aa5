"""The environment variables that a program reads: which it can't do without, what stands in for the others.

A variable is required when it is read and nothing takes its place: no default, no question whether it is there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dockerfiles import secrecy
from dockerfiles.analysis import Variable
from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import Token, end_of_group, entries, is_mark, is_name, split, text_of
from dockerfiles.tree import Tree

# What Node, its tools or the system set, whatever the application is.
AMBIENT = frozenset(
    {
        *("NODE_ENV", "CI", "HOME", "PATH", "PWD", "TMPDIR", "TEMP", "TMP", "USER", "SHELL", "TERM", "LANG", "TZ"),
        *("NODE_OPTIONS", "NODE_DEBUG", "HOSTNAME", "VITEST", "JEST_WORKER_ID", "npm_package_version", "APPDATA"),
        *("npm_package_name", "npm_lifecycle_event", "NEXT_RUNTIME", "NEXT_PHASE", "NODE_APP_INSTANCE", "USERPROFILE"),
        *("MODE", "DEV", "PROD", "SSR", "BASE_URL", "VERCEL", "VERCEL_URL", "VERCEL_ENV", "ANALYZE", "NO_COLOR"),
        *("LOCALAPPDATA", "PROGRAMFILES", "SYSTEMROOT", "COMSPEC", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DISPLAY"),
        *("PORT_FILE", "INIT_CWD", "FORCE_COLOR", "GITHUB_ACTIONS", "NETLIFY", "USERNAME", "EDITOR", "DYNO"),
    }
)
# What a bundler writes into what browsers get.
BAKED = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "GATSBY_", "EXPO_PUBLIC_", "VUE_APP_")

EXAMPLES = (
    *(".env.example", ".env.sample", ".env.template", ".env.dist", ".env-example", ".env.local.example"),
    *("env.example", "example.env", ".example.env", ".env.development.example", ".env.production.example"),
)

_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
_EXAMPLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
_PRISMA = re.compile(r"\benv\(\s*[\"'](\w+)[\"']\s*\)")
_ASKS = re.compile(r"(?:env|config)", re.IGNORECASE)
_INSISTS = re.compile(r"require|must|ensure|assert|throw|need|mandatory|strict", re.IGNORECASE)
_SCHEMAS = {"z", "zod", "Joi", "joi", "yup", "v", "t", "Type", "S", "s", "schema", "coerce"}
_ENVALID = {"str", "bool", "num", "port", "url", "email", "host", "json", "makeValidator", "str2"}
_OPTIONAL = {"optional", "default", "nullish", "nullable", "catch", "prefault", "fallback", "Optional", "notRequired"}
_COMPARED = ("===", "!==", "==", "!=", "?", "&&", ")", "in", "instanceof")
_QUESTIONS = {"if", "while", "Boolean"}


@dataclass(frozen=True, slots=True)
class Read:
    """One place at which a variable is read."""

    name: str
    file: str
    line: int
    required: bool
    default: str | None = None
    insists: bool = False


def variables(code: Code, files: Iterable[str], tree: Tree) -> tuple[Variable, ...]:
    """Return the variables that these files read, those of Prisma's schema, and the names of an example, by name."""
    reads: list[Read] = []
    for path in files:
        if re.search(r"\benv\b|[eE]nv\(|onfig\w*\.get|Joi\.|convict", code.content(path)):
            reads += _Reader(code, path).reads()
    reads += _prisma(tree)
    found = {name: _variable(name, [read for read in reads if read.name == name]) for name in _names(reads)}
    for variable in _examples(tree):
        found.setdefault(variable.name, variable)
    return tuple(found[name] for name in sorted(found))


def _names(reads: Iterable[Read]) -> list[str]:
    return list(dict.fromkeys(read.name for read in reads if _counts(read.name)))


def _counts(name: str) -> bool:
    written = bool(_NAME.match(name)) or name in {"port", "host"}
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


class _Reader:
    """Finds the reads of one file."""

    def __init__(self, code: Code, path: str) -> None:
        self.code, self.path = code, path
        self.tokens = code.tokens(path)
        self.file = code.tree.whole(path)
        self._blocks: list[tuple[int, int]] | None = None

    def reads(self) -> Iterator[Read]:
        yield from self._in(self.tokens)
        for token in self.tokens:
            if token.kind == "template" and "env." in token.text:
                for name in re.findall(r"(?:process|import\.meta|Bun)\.env\.(\w+)(?!\s*(?:\|\||\?))", token.text):
                    yield Read(name, self.file, token.line, required=True)
                for name in re.findall(r"(?:process|import\.meta|Bun)\.env\.(\w+)\s*(?:\|\||\?)", token.text):
                    yield Read(name, self.file, token.line, required=False)
        if self._checks_a_schema():
            yield from self._schemas()
        if self._checks_a_list():
            yield from self._listed()

    def _in(self, tokens: Sequence[Token]) -> Iterator[Read]:
        at = 0
        while at < len(tokens):
            if end := self._environment(at):
                yield from self._after(at, end)
                at = end
            elif tokens[at].kind == "name" and is_mark(tokens, at + 1, "(", "<"):
                yield from self._asked(at)
            at += 1

    def _environment(self, at: int) -> int:
        """The place after `process.env`, `import.meta.env` or `Bun.env` when that begins here, else 0."""
        if is_mark(self.tokens, at - 1, ".", "?."):
            return 0
        dot = (".", "?.")
        if is_name(self.tokens, at, "process", "Bun") and is_mark(self.tokens, at + 1, *dot):
            return at + 3 if is_name(self.tokens, at + 2, "env") else 0
        if is_name(self.tokens, at, "import") and is_name(self.tokens, at + 2, "meta"):
            return at + 5 if is_name(self.tokens, at + 4, "env") else 0
        return 0

    def _after(self, begin: int, at: int) -> Iterator[Read]:
        if is_mark(self.tokens, at, ".", "?.") and is_name(self.tokens, at + 1):
            yield from self._one(begin, at + 1, at + 2)
        elif is_mark(self.tokens, at, "[", "?.") and (key := self._key(at)):
            yield from self._one(begin, *key)
        elif is_mark(self.tokens, begin - 1, "=") and is_mark(self.tokens, begin - 2, "}"):
            yield from self._destructured(begin - 2)

    def _key(self, at: int) -> tuple[int, int] | None:
        opening = at if is_mark(self.tokens, at, "[") else at + 1
        if is_mark(self.tokens, opening + 2, "]") and text_of(self.tokens[opening + 1]) is not None:
            return opening + 1, opening + 3
        return None

    def _one(self, begin: int, name: int, after: int) -> Iterator[Read]:
        token = self.tokens[name]
        if is_mark(self.tokens, after, "=", "||=", "??=") or is_name(self.tokens, begin - 1, "delete"):
            return  # it is set here, not read
        default = self._default(after)
        if default is None:
            default = self._passed_with_a_default(begin, after)
        if default is not None:
            yield Read(token.text, self.file, token.line, required=False, default=default or None)
            return
        insists = self._missing_ends_it(begin, after)
        yield Read(token.text, self.file, token.line, not self._guarded(begin, after) or insists, insists=insists)

    def _default(self, after: int) -> str | None:
        """What stands in after `||` or `??`: a plain value, "" for one that is put together; None where none does."""
        while is_mark(self.tokens, after, ")"):
            after += 1
        if not is_mark(self.tokens, after, "||", "??"):
            return None
        value = after + 1
        if value >= len(self.tokens):
            return ""
        if is_mark(self.tokens, value + 1, ".", "(", "["):
            return ""
        return self._plain(value)

    def _plain(self, at: int) -> str:
        token = self.tokens[at]
        if token.kind == "number" or (token.kind == "name" and token.text in {"true", "false"}):
            return token.text
        return text_of(token) or ""

    def _passed_with_a_default(self, begin: int, after: int) -> str | None:
        """`number(process.env.X, 5)`: a helper of the project's gets what stands in along; Node's own do not."""
        if not (is_mark(self.tokens, begin - 1, "(") and is_mark(self.tokens, after, ",")):
            return None
        known = {"parseInt", "Number", "join", "resolve", "log", "connect", "listen", "createClient", "sign", "verify"}
        if not is_name(self.tokens, begin - 2) or self.tokens[begin - 2].text in known:
            return None
        value = after + 1
        plain = value < len(self.tokens) and self.tokens[value].kind in {"number", "text"}
        known_word = is_name(self.tokens, value, "true", "false", "null", "undefined")
        return self._plain(value) if (plain or known_word) and is_mark(self.tokens, value + 1, ")", ",") else None

    def _in_a_question(self, at: int) -> bool:
        """Whether it is read in a block that is entered only when a variable is set, or as one of several in a list."""
        if any(start < at < end for start, end in self._asked_blocks()):
            return True
        depth = 0
        for place in range(at - 1, max(at - 30, -1), -1):
            if is_mark(self.tokens, place, ")", "]", "}"):
                depth += 1
            elif is_mark(self.tokens, place, "(", "[", "{"):
                depth -= 1
                if depth < 0:
                    return is_mark(self.tokens, place, "[") and is_mark(self.tokens, place - 1, "(", "=", ",", ":")
        return False

    def _asked_blocks(self) -> list[tuple[int, int]]:
        if self._blocks is None:
            self._blocks = []
            for at in range(len(self.tokens) - 1):
                if is_name(self.tokens, at, "if") and is_mark(self.tokens, at + 1, "("):
                    closing = end_of_group(self.tokens, at + 1)
                    negated = is_mark(self.tokens, at + 2, "!")
                    reads = any(is_name(self.tokens, place, "env") for place in range(at + 2, closing))
                    if reads and not negated and is_mark(self.tokens, closing + 1, "{"):
                        self._blocks.append((closing, end_of_group(self.tokens, closing + 1)))
        return self._blocks

    def _guarded(self, begin: int, after: int) -> bool:
        """Whether the code asks if it is there, or only compares it with something."""
        if self._in_a_question(begin):
            return True
        if is_mark(self.tokens, begin - 1, "!", "===", "!==", "==", "!=", "&&", "||", "??") or is_mark(
            self.tokens, after, "===", "!==", "==", "!=", "?", "&&", "?."
        ):
            return True
        if is_mark(self.tokens, begin - 1, "(") and is_name(self.tokens, begin - 2, *_QUESTIONS):
            return True
        if is_name(self.tokens, begin - 2, "log", "info", "debug", "warn"):
            return True
        if is_mark(self.tokens, begin - 1, "="):
            return self._asked_later(begin - 2)
        return self._in_a_choice(begin)

    def _in_a_choice(self, begin: int) -> bool:
        """Whether it is one of the two values of `x ? a : b`."""
        if not is_mark(self.tokens, begin - 1, "?", ":"):
            return False
        for place in range(begin - 1, max(begin - 30, -1), -1):
            if is_mark(self.tokens, place, "?"):
                return True
            if is_mark(self.tokens, place, ",", "{", ";", "("):
                return False
        return False

    def _asked_later(self, name: int) -> bool:
        """Whether the constant that keeps it is asked for its presence further down."""
        if not is_name(self.tokens, name):
            return False
        kept = self.tokens[name].text
        for at in range(name + 1, len(self.tokens) - 1):
            if not is_name(self.tokens, at, kept) or is_mark(self.tokens, at - 1, ".", "?."):
                continue
            asked = is_mark(self.tokens, at - 1, "(") and is_name(self.tokens, at - 2, *_QUESTIONS)
            if asked or is_mark(self.tokens, at - 1, "!") or is_mark(self.tokens, at + 1, "?", "&&", "||", "??"):
                return not self._throws_after(at)
        return False

    def _missing_ends_it(self, begin: int, after: int) -> bool:
        """Whether the program refuses to go on without it: `if (!process.env.X) throw`, `assert(process.env.X)`."""
        if is_mark(self.tokens, begin - 1, "!") and not is_mark(self.tokens, begin - 2, "!"):
            return self._throws_after(after)
        if is_mark(self.tokens, begin - 1, "(") and is_name(self.tokens, begin - 2, "assert", "invariant", "ok"):
            return True
        if is_mark(self.tokens, after, "===", "==") and is_name(self.tokens, after + 1, "undefined", "null"):
            return self._throws_after(after)
        if is_mark(self.tokens, begin - 1, "=") and is_name(self.tokens, begin - 2):
            return self._kept_insists(begin - 2)
        return False

    def _kept_insists(self, name: int) -> bool:
        kept = self.tokens[name].text
        for at in range(name + 1, len(self.tokens) - 1):
            if is_name(self.tokens, at, kept) and is_mark(self.tokens, at - 1, "!"):
                return self._throws_after(at)
        return False

    def _throws_after(self, at: int) -> bool:
        """Whether the next statement or block throws or leaves the program."""
        for place in range(at, min(at + 40, len(self.tokens))):
            if is_name(self.tokens, place, "throw", "abort"):
                return True
            if is_name(self.tokens, place, "exit") and is_name(self.tokens, place - 2, "process"):
                return True
            if is_mark(self.tokens, place, "}"):
                return False
        return False

    def _destructured(self, closing: int) -> Iterator[Read]:
        opening = closing
        while opening > 0 and not is_mark(self.tokens, opening, "{"):
            opening -= 1
        for start, end in split(self.tokens, opening + 1, closing):
            token = self.tokens[start]
            if token.kind not in {"name", "text"}:
                continue
            equals = next((at for at in range(start, end) if is_mark(self.tokens, at, "=")), None)
            if equals is not None:
                yield Read(token.text, self.file, token.line, required=False, default=self._plain(equals + 1) or None)
                continue
            kept = end - 1
            insists = is_name(self.tokens, kept) and self._kept_insists(kept)
            yield Read(token.text, self.file, token.line, insists or not self._asked_later(kept), insists=insists)

    def _asked(self, at: int) -> Iterator[Read]:
        """`requireEnv("X")`, `config.get("X", "default")`, `env.get("X").required()`."""
        opening = next(
            (place for place in range(at + 1, min(at + 9, len(self.tokens))) if is_mark(self.tokens, place, "(")), 0
        )
        if not opening or (opening != at + 1 and not is_mark(self.tokens, at + 1, "<")):
            return
        key = text_of(self.tokens[opening + 1]) if opening + 1 < len(self.tokens) else None
        if key is None or not _NAME.match(key) or not self._is_question(at):
            return
        closing = end_of_group(self.tokens, opening)
        arguments = split(self.tokens, opening + 1, closing)
        name, line = self.tokens[at].text, self.tokens[at].line
        if len(arguments) > 1:
            yield Read(key, self.file, line, required=False, default=self._plain(arguments[1][0]) or None)
            return
        if (default := self._default(closing + 1)) is not None:
            yield Read(key, self.file, line, required=False, default=default or None)
            return
        chain = self._chain(closing)
        if "default" in chain:
            yield Read(key, self.file, line, required=False, default=self._plain(chain["default"] + 2) or None)
            return
        insists = bool(_INSISTS.search(name)) or "required" in chain or self._defined_to_throw(name)
        yield Read(key, self.file, line, insists, insists=insists)

    def _is_question(self, at: int) -> bool:
        name = self.tokens[at].text
        if name in {"describe", "it", "test", "setEnv", "process"} or is_name(self.tokens, at - 1, "function"):
            return False
        if is_mark(self.tokens, at - 1, "."):
            owner = self.tokens[at - 2].text
            return name in {"get", "getOrThrow", "required", "require", "env"} and bool(_ASKS.search(owner))
        return bool(re.search(r"env", name, re.IGNORECASE)) and not name.isupper()

    def _chain(self, closing: int) -> dict[str, int]:
        """The methods that are called on what a bracket closes, with their places."""
        found: dict[str, int] = {}
        at = closing + 1
        while is_mark(self.tokens, at, ".", "?.") and is_name(self.tokens, at + 1):
            found.setdefault(self.tokens[at + 1].text, at + 1)
            at += 2
            if is_mark(self.tokens, at, "("):
                at = end_of_group(self.tokens, at) + 1
        return found

    def _defined_to_throw(self, name: str) -> bool:
        """Whether a function of this project (here or where it was imported from) throws when it finds nothing."""
        for path in (
            self.path,
            *(filter(None, (self.code.resolve(self.path, one) for one in self.code.imports(self.path)))),
        ):
            found = self.code.tokens(path)
            for at in range(1, len(found)):
                if is_name(found, at, name) and (
                    is_name(found, at - 1, "function")
                    or (is_name(found, at - 1, "const") and is_mark(found, at + 1, "="))
                ):
                    body = next(
                        (place for place in range(at, min(at + 40, len(found))) if is_mark(found, place, "{")), None
                    )
                    if body is not None:
                        end = end_of_group(found, body)
                        return any(is_name(found, place, "throw", "exit") for place in range(body, end))
        return False

    def _checks_a_list(self) -> bool:
        """Whether names from a list are looked up, and one that is missing ends the program."""
        for at in range(len(self.tokens)):
            end = self._environment(at)
            by_name = end and is_mark(self.tokens, end, "[") and is_name(self.tokens, end + 1)
            if by_name and is_mark(self.tokens, end + 2, "]"):
                after = range(end, min(end + 80, len(self.tokens)))
                return any(is_name(self.tokens, place, "throw", "exit") for place in after)
        return False

    def _listed(self) -> Iterator[Read]:
        for at in range(len(self.tokens)):
            if not is_mark(self.tokens, at, "["):
                continue
            parts = split(self.tokens, at + 1, end_of_group(self.tokens, at))
            names = [text_of(self.tokens[start]) for start, end in parts if end == start + 1]
            if names and len(names) == len(parts) and all(name and _NAME.match(name) for name in names):
                for name, (start, _) in zip(names, parts, strict=True):
                    yield Read(name or "", self.file, self.tokens[start].line, required=True, insists=True)

    def _checks_a_schema(self) -> bool:
        content = self.code.content(self.path)
        return bool(
            re.search(r"process\.env|import\.meta\.env|Bun\.env|createEnv|validationSchema|convict|[eE]nv", content)
        )

    def _schemas(self) -> Iterator[Read]:
        for at in range(len(self.tokens) - 3):
            token = self.tokens[at]
            if token.kind not in {"name", "text"} or not is_mark(self.tokens, at + 1, ":"):
                continue
            if token.text == "env" and is_mark(self.tokens, at + 3, ",", "}"):
                yield from self._convict(at)
            elif _NAME.match(token.text) and is_name(self.tokens, at + 2):
                yield from self._member(at)

    def _convict(self, at: int) -> Iterator[Read]:
        name = text_of(self.tokens[at + 2])
        opening = at
        while opening > 0 and not is_mark(self.tokens, opening, "{"):
            opening -= 1
        keys = entries(self.tokens, opening)
        if name and _NAME.match(name) and "default" in keys and "format" in keys:
            default = self._plain(keys["default"][0])
            yield Read(name, self.file, self.tokens[at].line, required=False, default=default or None)

    def _member(self, at: int) -> Iterator[Read]:
        """One variable of a schema: `PORT: z.coerce.number().default(3000)`, `PORT: port({ default: 3000 })`."""
        kind, name, line = self.tokens[at + 2].text, self.tokens[at].text, self.tokens[at].line
        end = self._value_end(at + 2)
        if kind in _ENVALID and is_mark(self.tokens, at + 3, "("):
            keys = entries(self.tokens, at + 4) if is_mark(self.tokens, at + 4, "{") else {}
            default = self._plain(keys["default"][0]) if "default" in keys else None
            yield Read(name, self.file, line, default is None, default or None, insists=default is None)
        elif kind in _SCHEMAS and is_mark(self.tokens, at + 3, "."):
            calls = [place for place in range(at + 2, end) if is_name(self.tokens, place, *_OPTIONAL)]
            optional = bool(calls) or (kind in {"Joi", "joi", "yup"} and not self._names(at, end, "required"))
            given = next((place for place in calls if self.tokens[place].text in {"default", "prefault"}), None)
            default = self._plain(given + 2) if given is not None and given + 2 < len(self.tokens) else None
            yield Read(name, self.file, line, not optional, default or None, insists=not optional)

    def _names(self, start: int, end: int, name: str) -> bool:
        return any(is_name(self.tokens, place, name) for place in range(start, end))

    def _value_end(self, at: int) -> int:
        while at < len(self.tokens):
            if is_mark(self.tokens, at, "(", "[", "{"):
                at = end_of_group(self.tokens, at)
            elif is_mark(self.tokens, at, ",", ";", "}"):
                return at
            at += 1
        return at
