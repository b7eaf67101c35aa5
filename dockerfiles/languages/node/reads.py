"""Where a program reads its environment: `process.env.X` and its like, and whether it can do without."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import Token, end_of_group, is_mark, is_name, split, text_of

NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
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


def plain(found: Sequence[Token], at: int) -> str:
    """Return the plain value that a token is, "" for what is put together or computed."""
    token = found[at]
    if token.kind == "number" or (token.kind == "name" and token.text in {"true", "false"}):
        return token.text
    return text_of(token) or ""


def default_after(found: Sequence[Token], after: int) -> str | None:
    """What stands in after `||` or `??`: a plain value, "" for one that is put together; None where none does."""
    while is_mark(found, after, ")"):
        after += 1
    if not is_mark(found, after, "||", "??"):
        return None
    value = after + 1
    if value >= len(found):
        return ""
    if is_mark(found, value + 1, ".", "(", "["):
        return ""
    return plain(found, value)


class Reading:
    """The places of one file at which it reads its environment itself."""

    def __init__(self, code: Code, path: str) -> None:
        self.code, self.path = code, path
        self.tokens = code.tokens(path)
        self.file = code.tree.whole(path)
        self._blocks: list[tuple[int, int]] | None = None

    def reads(self) -> Iterator[Read]:
        at = 0
        while at < len(self.tokens):
            if end := self._environment(at):
                yield from self._after(at, end)
                at = end
            elif self.tokens[at].kind == "template" and "env." in self.tokens[at].text:
                yield from self._in_a_template(self.tokens[at])
            at += 1
        if self._checks_a_list():
            yield from self._listed()

    def _in_a_template(self, token: Token) -> Iterator[Read]:
        for name, guard in re.findall(r"(?:process|import\.meta|Bun)\.env\.(\w+)(\s*(?:\|\||\?))?", token.text):
            yield Read(name, self.file, token.line, required=not guard)

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
        default = default_after(self.tokens, after)
        if default is None:
            default = self._passed_with_a_default(begin, after)
        if default is not None:
            yield Read(token.text, self.file, token.line, required=False, default=default or None)
            return
        insists = self._missing_ends_it(begin, after)
        yield Read(token.text, self.file, token.line, not self._guarded(begin, after) or insists, insists=insists)

    def _passed_with_a_default(self, begin: int, after: int) -> str | None:
        """`number(process.env.X, 5)`: a helper of the project's gets what stands in along; Node's own do not."""
        if not (is_mark(self.tokens, begin - 1, "(") and is_mark(self.tokens, after, ",")):
            return None
        known = {"parseInt", "Number", "join", "resolve", "log", "connect", "listen", "createClient", "sign", "verify"}
        if not is_name(self.tokens, begin - 2) or self.tokens[begin - 2].text in known:
            return None
        value = after + 1
        literal = value < len(self.tokens) and self.tokens[value].kind in {"number", "text"}
        literal = literal or is_name(self.tokens, value, "true", "false", "null", "undefined")
        return plain(self.tokens, value) if literal and is_mark(self.tokens, value + 1, ")", ",") else None

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
        for at in self.code.places(self.path, kept):
            if at <= name or is_mark(self.tokens, at - 1, ".", "?."):
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
        for at in self.code.places(self.path, kept):
            if at > name and is_mark(self.tokens, at - 1, "!"):
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
                yield Read(
                    token.text, self.file, token.line, required=False, default=plain(self.tokens, equals + 1) or None
                )
                continue
            kept = end - 1
            insists = is_name(self.tokens, kept) and self._kept_insists(kept)
            yield Read(token.text, self.file, token.line, insists or not self._asked_later(kept), insists=insists)

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
            if names and len(names) == len(parts) and all(name and NAME.match(name) for name in names):
                for name, (start, _) in zip(names, parts, strict=True):
                    yield Read(name or "", self.file, self.tokens[start].line, required=True, insists=True)
