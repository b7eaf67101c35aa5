"""Variables that a program asks others for: helpers (`requireEnv("X")`), configurations, and schemas of all kinds."""

import re
from collections.abc import Iterator

from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.javascript import end_of_group, entries, is_mark, is_name, split, text_of
from dockerfiles.languages.node.reads import NAME, Read, default_after, plain

_ASKS = re.compile(r"(?:env|config)", re.IGNORECASE)
_INSISTS = re.compile(r"require|must|ensure|assert|throw|need|mandatory|strict", re.IGNORECASE)
_SCHEMAS = {"z", "zod", "Joi", "joi", "yup", "v", "t", "Type", "S", "s", "schema", "coerce"}
_ENVALID = {"str", "bool", "num", "port", "url", "email", "host", "json", "makeValidator", "str2"}
_OPTIONAL = {"optional", "default", "nullish", "nullable", "catch", "prefault", "fallback", "Optional", "notRequired"}


class Questions:
    """The places of one file at which it asks for a variable by its name."""

    def __init__(self, code: Code, path: str) -> None:
        self.code, self.path = code, path
        self.tokens = code.tokens(path)
        self.file = code.tree.whole(path)

    def reads(self) -> Iterator[Read]:
        for at in range(len(self.tokens) - 1):
            if self.tokens[at].kind == "name" and is_mark(self.tokens, at + 1, "(", "<"):
                yield from self._asked(at)
        if self._checks_a_schema():
            yield from self._schemas()

    def _asked(self, at: int) -> Iterator[Read]:
        """`requireEnv("X")`, `config.get("X", "default")`, `env.get("X").required()`."""
        opening = next(
            (place for place in range(at + 1, min(at + 9, len(self.tokens))) if is_mark(self.tokens, place, "(")), 0
        )
        if not opening or (opening != at + 1 and not is_mark(self.tokens, at + 1, "<")):
            return
        key = text_of(self.tokens[opening + 1]) if opening + 1 < len(self.tokens) else None
        if key is None or not NAME.match(key) or not self._is_question(at):
            return
        closing = end_of_group(self.tokens, opening)
        arguments = split(self.tokens, opening + 1, closing)
        name, line = self.tokens[at].text, self.tokens[at].line
        if len(arguments) > 1:
            yield Read(key, self.file, line, required=False, default=plain(self.tokens, arguments[1][0]) or None)
            return
        if (default := default_after(self.tokens, closing + 1)) is not None:
            yield Read(key, self.file, line, required=False, default=default or None)
            return
        chain = self._chain(closing)
        if "default" in chain:
            yield Read(key, self.file, line, required=False, default=plain(self.tokens, chain["default"] + 2) or None)
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
            for at in self.code.places(path, name):
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
            elif NAME.match(token.text) and is_name(self.tokens, at + 2):
                yield from self._member(at)

    def _convict(self, at: int) -> Iterator[Read]:
        name = text_of(self.tokens[at + 2])
        opening = at
        while opening > 0 and not is_mark(self.tokens, opening, "{"):
            opening -= 1
        keys = entries(self.tokens, opening)
        if name and NAME.match(name) and "default" in keys and "format" in keys:
            default = plain(self.tokens, keys["default"][0])
            yield Read(name, self.file, self.tokens[at].line, required=False, default=default or None)

    def _member(self, at: int) -> Iterator[Read]:
        """One variable of a schema: `PORT: z.coerce.number().default(3000)`, `PORT: port({ default: 3000 })`."""
        kind, name, line = self.tokens[at + 2].text, self.tokens[at].text, self.tokens[at].line
        end = self._value_end(at + 2)
        if kind in _ENVALID and is_mark(self.tokens, at + 3, "("):
            keys = entries(self.tokens, at + 4) if is_mark(self.tokens, at + 4, "{") else {}
            default = plain(self.tokens, keys["default"][0]) if "default" in keys else None
            yield Read(name, self.file, line, default is None, default or None, insists=default is None)
        elif kind in _SCHEMAS and is_mark(self.tokens, at + 3, "."):
            calls = [place for place in range(at + 2, end) if is_name(self.tokens, place, *_OPTIONAL)]
            optional = bool(calls) or (kind in {"Joi", "joi", "yup"} and not self._names(at, end, "required"))
            given = next((place for place in calls if self.tokens[place].text in {"default", "prefault"}), None)
            default = plain(self.tokens, given + 2) if given is not None and given + 2 < len(self.tokens) else None
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
