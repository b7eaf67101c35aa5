"""On which ports a program listens, read from its calls: what `listen` is given, wherever that was defined."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import Token, end_of_group, entries, is_mark, is_name, split, text_of

MAX_STEPS = 6

# Servers that are made with their port: the word before the bracket, and the port when none is given.
_MADE_WITH_A_PORT = {
    "serve": 3000,
    "Server": None,
    "server": None,
    "WebSocketServer": None,
    "startStandaloneServer": 4000,
    "createYoga": None,
    "Hapi": None,
}
_SPEAKS_OF_IT = re.compile(
    r"\.listen\s*\(|\b(?:serve|[sS]erver|WebSocketServer|startStandaloneServer|bind(?:Async)?)\s*\("
)
_IN_AN_ADDRESS = re.compile(r":(\d{2,5})$")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MODULES = {"config", "env", "settings", "options", "opts", "conf", "constants"}


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression comes to: the number it ends at, the variables that go before it, the texts in it."""

    number: int | None = None
    variables: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def filled(self, other: "Value") -> "Value":
        return Value(
            self.number if self.number is not None else other.number,
            self.variables or other.variables,
            self.texts + other.texts,
        )


@dataclass(frozen=True, slots=True)
class Listener:
    """One call that listens. `port` None: only the environment knows; `host` is "" where none is given."""

    file: str
    line: int
    port: int | None
    variables: tuple[str, ...] = ()
    host: str = ""
    host_variables: tuple[str, ...] = ()
    text: str = ""

    @property
    def on_loopback(self) -> bool:
        return self.host in _LOOPBACK


def listeners(code: Code, files: Iterable[str]) -> list[Listener]:
    """Return the calls that listen in these files, in their order; one that nobody can connect to from outside too."""
    found: list[Listener] = []
    for path in files:
        content = code.content(path)
        if not (_SPEAKS_OF_IT.search(content) or ("export default {" in content and "fetch" in content)):
            continue
        found += _Reader(code, path).listeners()
    return found


class _Reader:
    """Reads one file; what it imports is followed where an expression leads there."""

    def __init__(self, code: Code, path: str) -> None:
        self.code, self.path = code, path
        self.tokens = code.tokens(path)

    def listeners(self) -> Iterator[Listener]:
        for at in range(len(self.tokens) - 1):
            if self.tokens[at].kind == "name" and is_mark(self.tokens, at + 1, "("):
                yield from self._called(at)
            elif is_name(self.tokens, at, "default") and is_mark(self.tokens, at + 1, "{"):
                yield from self._exported(at + 1)

    def _called(self, at: int) -> Iterator[Listener]:
        name, opening = self.tokens[at].text, at + 1
        method = is_mark(self.tokens, at - 1, ".", "?.")
        arguments = split(self.tokens, opening + 1, end_of_group(self.tokens, opening))
        if method and name == "listen":
            yield from self._listen(at, arguments)
        elif method and name in {"bind", "bindAsync"} and arguments:
            address = self.value(*arguments[0])
            if address.number is not None:
                yield self._listener(at, address)
        elif name in _MADE_WITH_A_PORT and arguments and not self._defined(at):
            yield from self._made(at, name, arguments)

    def _listen(self, at: int, arguments: Sequence[tuple[int, int]]) -> Iterator[Listener]:
        if not arguments:
            yield self._listener(at, Value())
            return
        start, end = arguments[0]
        if is_mark(self.tokens, start, "{"):
            keys = entries(self.tokens, start)
            if "path" not in keys:
                yield self._listener(at, self._of(keys, "port"), self._of(keys, "host", "hostname"))
            return
        port = self.value(start, end)
        if port.number is None and not port.variables and any(not text.isdigit() for text in port.texts):
            return  # a path: it listens on a socket in the file system
        if self._is_function(start, end):
            yield self._listener(at, Value())
            return
        host = Value()
        if len(arguments) > 1 and not self._is_function(*arguments[1]):
            host = self.value(*arguments[1])
        yield self._listener(at, port, host)

    def _made(self, at: int, name: str, arguments: Sequence[tuple[int, int]]) -> Iterator[Listener]:
        for start, _ in arguments[:2]:
            if not is_mark(self.tokens, start, "{"):
                continue
            keys = entries(self.tokens, start)
            inner = keys.get("listen")
            if inner and is_mark(self.tokens, inner[0], "{"):
                keys = {**keys, **entries(self.tokens, inner[0])}
            if "server" in keys or "noServer" in keys:
                continue  # it joins a server that is made elsewhere
            if "port" in keys:
                yield self._listener(at, self._of(keys, "port"), self._of(keys, "host", "hostname"))
                return
        default = _MADE_WITH_A_PORT[name]
        if default and self._serves(at, name):
            yield self._listener(at, Value(default))

    def _exported(self, opening: int) -> Iterator[Listener]:
        """Bun serves what a module exports when that has a `fetch`."""
        keys = entries(self.tokens, opening)
        if "fetch" in keys and "port" in keys:
            yield self._listener(opening, self._of(keys, "port"), self._of(keys, "hostname"))

    def _serves(self, at: int, name: str) -> bool:
        if name != "serve":
            return True
        if is_mark(self.tokens, at - 1, ".", "?."):
            return is_name(self.tokens, at - 2, "Bun")
        return "@hono/node-server" in self.code.imports(self.path)

    def _defined(self, at: int) -> bool:
        return is_name(self.tokens, at - 1, "function", "class")

    def _is_function(self, start: int, end: int) -> bool:
        if is_name(self.tokens, start, "function", "async"):
            return True
        return any(is_mark(self.tokens, at, "=>") for at in range(start, end))

    def _of(self, keys: dict[str, tuple[int, int]], *names: str) -> Value:
        span = next((keys[name] for name in names if name in keys), None)
        return self.value(*span) if span else Value()

    def _listener(self, at: int, port: Value, host: Value | None = None) -> Listener:
        host = host or Value()
        line = self.tokens[at].line
        return Listener(
            self.code.tree.whole(self.path),
            line,
            port.number,
            port.variables,
            next(iter(host.texts), ""),
            host.variables,
            self.code.content(self.path).split("\n")[line - 1].strip()[:200],
        )

    def value(self, start: int, end: int, steps: int = 0) -> Value:
        """Return what an expression comes to; what it refers to is looked up, in this file and those it imports."""
        found = Value()
        at = start
        while at < end and at < len(self.tokens):
            token = self.tokens[at]
            if token.kind == "number" and (number := _port(token.text)) is not None:
                found = found.filled(Value(number))
            elif token.kind in {"text", "template"}:
                found = found.filled(self._text(token))
            elif token.kind == "name":
                value, at = self._name(at, end, steps)
                found = found.filled(value)
            elif is_mark(self.tokens, at, "=>", "{"):
                break
            at += 1
        return found

    def _text(self, token: Token) -> Value:
        if (text := text_of(token)) is None:
            variables = tuple(re.findall(r"process\.env\.(\w+)", token.text))
            tail = _IN_AN_ADDRESS.search(token.text)
            names = re.findall(r"(?:^|:)\$\{(\w+)\}$", token.text)
            inner = self._definition(names[0], 1) if names else Value()
            return Value(_port(tail[1]) if tail else None, variables).filled(inner)
        tail = _IN_AN_ADDRESS.search(text)
        number = _port(text) if text.isdigit() else _port(tail[1]) if tail else None
        return Value(number, texts=(text,))

    def _name(self, at: int, end: int, steps: int) -> tuple[Value, int]:
        """Return what a name with its members comes to, and the place of its last token."""
        path, last = self._path(at, end)
        if variable := self.variable(path):
            return Value(variables=(variable,)), last
        if opening := self._brackets(last + 1):
            return self._call(path, opening, steps)
        if steps >= MAX_STEPS:
            return Value(), last
        return self._referred(path, steps + 1), last

    def _brackets(self, at: int) -> int:
        """The bracket of a call after a name, past its types (`get<number>(`); 0 when it is no call."""
        if is_mark(self.tokens, at, "<"):
            closing = next((place for place in range(at, at + 8) if is_mark(self.tokens, place, ">")), 0)
            at = closing + 1 if closing else at
        return at if is_mark(self.tokens, at, "(") else 0

    def _path(self, at: int, end: int) -> tuple[tuple[str, ...], int]:
        path = [self.tokens[at].text]
        while at + 2 < end + 1:
            if is_mark(self.tokens, at + 1, ".", "?.") and is_name(self.tokens, at + 2):
                path.append(self.tokens[at + 2].text)
                at += 2
            elif is_mark(self.tokens, at + 1, "[") and is_mark(self.tokens, at + 3, "]"):
                path.append(self.tokens[at + 2].text)
                at += 3
            else:
                break
        return tuple(path), at

    def variable(self, path: Sequence[str]) -> str:
        """Return the environment variable that `process.env.PORT` and its like name, "" for anything else."""
        for start in (("process", "env"), ("Bun", "env"), ("import", "meta", "env")):
            if tuple(path[: len(start)]) == start and len(path) > len(start):
                return path[len(start)]
        return ""

    def _call(self, path: tuple[str, ...], opening: int, steps: int) -> tuple[Value, int]:
        closing = end_of_group(self.tokens, opening)
        arguments = split(self.tokens, opening + 1, closing)
        if not arguments:
            return Value(), closing
        if path[-1] in {"get", "getOrThrow", "env", "required", "getEnv", "optional"} or "env" in path[-1].lower():
            return self._looked_up(path, arguments, steps), closing
        # A radix is no port: of `parseInt(x, 10)` and its like only the first argument counts.
        return self.value(*arguments[0], steps + 1), closing

    def _looked_up(self, path: tuple[str, ...], arguments: Sequence[tuple[int, int]], steps: int) -> Value:
        """`app.get("port")` is what was set; of `config.get("PORT", 3000)` the name is known, and what stands in."""
        key = text_of(self.tokens[arguments[0][0]]) or ""
        default = self.value(*arguments[1], steps + 1) if len(arguments) > 1 else Value()
        if key.isupper():
            return Value(variables=(key,)).filled(default)
        if steps < MAX_STEPS and path[-1] == "get" and key:
            return default.filled(self._set(key, steps + 1))
        return default

    def _set(self, key: str, steps: int) -> Value:
        for at in range(len(self.tokens) - 3):
            if (
                is_name(self.tokens, at, "set")
                and is_mark(self.tokens, at + 1, "(")
                and self.tokens[at + 2].text == key
            ):
                arguments = split(self.tokens, at + 2, end_of_group(self.tokens, at + 1))
                if len(arguments) > 1:
                    return self.value(*arguments[1], steps)
        return Value()

    def _referred(self, path: tuple[str, ...], steps: int) -> Value:
        if len(path) == 1:
            return self._definition(path[0], steps)
        found = self._member(path[-1], steps)
        if found == Value():
            found = self._imported(path[0], path[-1], steps)
        return found

    def _definition(self, name: str, steps: int) -> Value:
        for at in self.code.places(self.path, name):
            if not is_name(self.tokens, at, name) or is_mark(self.tokens, at - 1, ".", "?.") or at == 0:
                continue
            if is_mark(self.tokens, at + 1, "=", ":") and not is_mark(self.tokens, at - 1, "{", ","):
                equals = self._equals(at)
                if equals:
                    return self.value(equals + 1, self._statement_end(equals + 1), steps)
            if value := self._destructured(at, name, steps):
                return value
        return self._imported(name, name, steps) if steps < MAX_STEPS else Value()

    def _equals(self, at: int) -> int:
        """The `=` after a name, past the type that it may have."""
        for place in range(at + 1, min(at + 8, len(self.tokens))):
            if is_mark(self.tokens, place, "="):
                return place
            if is_mark(self.tokens, place, ";", ",", ")", "{"):
                return 0
        return 0

    def _destructured(self, at: int, name: str, steps: int) -> Value | None:
        """`const { PORT = 3000 } = process.env`."""
        if not is_mark(self.tokens, at - 1, "{", ",", ":"):
            return None
        opening = at
        while opening > 0 and not is_mark(self.tokens, opening, "{", ";", "}"):
            opening -= 1
        closing = end_of_group(self.tokens, opening)
        if not is_mark(self.tokens, opening, "{") or not is_mark(self.tokens, closing + 1, "="):
            return None
        key = self.tokens[at - 2].text if is_mark(self.tokens, at - 1, ":") else name
        value = Value()
        if is_mark(self.tokens, at + 1, "="):
            part_end = next((p for p in range(at + 1, closing) if is_mark(self.tokens, p, ",")), closing)
            value = self.value(at + 2, part_end, steps)
        path, _ = self._path(closing + 2, len(self.tokens))
        if path in {("process", "env"), ("Bun", "env")}:
            return Value(variables=(key,)).filled(value)
        return value.filled(self._imported(path[0], key, steps)) if steps < MAX_STEPS else value

    def _member(self, name: str, steps: int) -> Value:
        """Return the value of the first `name: value` of this file that comes to a port."""
        for at in self.code.places(self.path, name):
            if is_name(self.tokens, at, name) or (self.tokens[at].kind == "text" and self.tokens[at].text == name):
                if not is_mark(self.tokens, at + 1, ":", "="):
                    continue
                found = self._member_value(at + 2, steps)
                if found.number is not None or found.variables:
                    return found
        return Value()

    def _member_value(self, at: int, steps: int) -> Value:
        """A member's value; of a schema (`z.coerce.number().default(3000)`, `port({ default: 3000 })`) the default."""
        end = self._statement_end(at)
        for place in range(at, end):
            if is_name(self.tokens, place, "default") and is_mark(self.tokens, place + 1, "(", ":"):
                default = self.value(place + 2, self._statement_end(place + 2), MAX_STEPS)
                name = self.tokens[at - 2].text
                return Value(default.number, (name,) if name.isupper() else ())
        return self.value(at, end, steps)

    def _imported(self, name: str, member: str, steps: int) -> Value:
        """Look for a member in the file that a name was imported from."""
        question = (self.path, name, member)
        if steps >= MAX_STEPS:
            return Value()
        if question not in self.code.answers:
            self.code.answers[question] = Value()  # for whoever asks on the way: modules import each other
            self.code.answers[question] = self._looked_for(name, member, steps)
        answer = self.code.answers[question]
        return answer if isinstance(answer, Value) else Value()

    def _looked_for(self, name: str, member: str, steps: int) -> Value:
        for imported in self.code.imports(self.path):
            target = self.code.resolve(self.path, imported)
            if target is None or target == self.path or not self._brings(name, imported):
                continue
            other = _Reader(self.code, target)
            found = other._member(member, steps + 1)
            if found == Value():
                found = other._definition(member, steps + 1)
            if found != Value():
                return found
        return Value()

    def _brings(self, name: str, imported: str) -> bool:
        """Whether a name is among what an import brings: the words between it and the start of its statement."""
        for at in self.code.places(self.path, imported):
            if self.tokens[at].kind != "text":
                continue
            begin = at
            while begin > 0 and at - begin < 60 and not is_mark(self.tokens, begin, ";"):
                if is_name(self.tokens, begin, name):
                    return True
                if is_name(self.tokens, begin, "import", "const", "let", "var"):
                    break
                begin -= 1
        return False

    def _statement_end(self, start: int) -> int:
        """Where an expression ends: a comma, a semicolon, a closing bracket, or a line that goes on with nothing."""
        at = start
        while at < len(self.tokens):
            if is_mark(self.tokens, at, "(", "[", "{"):
                at = end_of_group(self.tokens, at)
            elif is_mark(self.tokens, at, ",", ";", ")", "]", "}") or (at > start and self._begins_a_statement(at)):
                return at
            at += 1
        return at

    def _begins_a_statement(self, at: int) -> bool:
        before, here = self.tokens[at - 1], self.tokens[at]
        if here.line == before.line or here.kind == "mark":
            return False
        return before.kind != "mark" or before.text in {")", "]", "}"}


def _port(text: str) -> int | None:
    try:
        number = int(text.rstrip("n"), 0 if text.lower().startswith("0x") else 10)
    except ValueError:
        return None
    return number if 0 < number < 65536 else None
