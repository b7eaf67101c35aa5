"""A Dockerfile that a project has already, read for what it plainly says; this is no builder."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles.analysis import Command, Existing
from dockerfiles.commands import parsed
from dockerfiles.signing import was_ours
from dockerfiles.tree import Tree

_NAMES = ("dockerfile", "containerfile", "dockerfile.prod", "dockerfile.production")
_FOLDERS = ("", "docker/", ".docker/", "deploy/", "build/")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*`", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word in capitals, the rest with continuations joined, and where it begins."""

    word: str
    rest: str
    line: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an existing Dockerfile says about the image it makes: the last stage. `path` is in the project."""

    path: str
    text: str
    instructions: tuple[Instruction, ...]

    @property
    def generated(self) -> bool:
        """Whether it was generated once."""
        return was_ours(self.text)

    @property
    def stages(self) -> list[str]:
        """The names of its stages, in lower case, with their numbers for those that have none."""
        froms = [_from(each.rest) for each in self.instructions if each.word == "FROM"]
        return [name or str(number) for number, (_, name) in enumerate(froms)]

    @property
    def last(self) -> list[Instruction]:
        """The instructions of the last stage."""
        starts = [at for at, each in enumerate(self.instructions) if each.word == "FROM"]
        return list(self.instructions[starts[-1] :]) if starts else []

    @property
    def bases(self) -> list[tuple[str, int]]:
        """The images it builds from, other stages left out, with the lines; build arguments have their defaults."""
        args = dict(_assignment(each.rest) for each in self.instructions if each.word == "ARG")
        names = set(self.stages)
        images = [(_filled(_from(each.rest)[0], args), each.line) for each in self.instructions if each.word == "FROM"]
        return [(image, line) for image, line in images if image.lower() not in names]

    @property
    def ports(self) -> list[tuple[int, int]]:
        """The ports it exposes, with the lines."""
        values = dict(_pairs(self.last))
        found = []
        for each in self.last:
            if each.word == "EXPOSE":
                ports = (_filled(word, values).partition("/")[0] for word in each.rest.split())
                found += [(int(port), each.line) for port in ports if port.isdecimal()]
        return found

    @property
    def command(self) -> tuple[Command, int] | None:
        """What it runs, with the line; None when nothing is said, or an ENTRYPOINT wraps it."""
        said = {each.word: each for each in self.last if each.word in {"CMD", "ENTRYPOINT"}}
        if "ENTRYPOINT" in said and "CMD" in said:
            return None
        chosen = said.get("ENTRYPOINT") or said.get("CMD")
        return (found, chosen.line) if chosen and (found := _command(chosen.rest)) else None

    def said(self, word: str) -> Instruction | None:
        """Return the last instruction with this word in the last stage."""
        return next((each for each in reversed(self.last) if each.word == word), None)


def declaration(tree: Tree) -> Declaration | None:
    """Return the Dockerfile of an application, None when it has none that can be read."""
    path = _path(tree)
    text = tree.text(path) if path else None
    return Declaration(text.path, text.content, tuple(read(text.content))) if text else None


def existing(tree: Tree) -> Existing:
    """Return which files of this kind a project has."""
    ignore = ".dockerignore" if tree.has(".dockerignore") else ""
    found = [_path(tree) or "", ignore, tree.first(*_COMPOSE) or ""]
    return Existing(*(tree.whole(path) if path else "" for path in found))


def read(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    lines = iter(enumerate(text.split("\n"), start=1))
    for start, line in lines:
        if not (whole := line.strip()) or whole.startswith("#"):
            continue
        while whole.endswith(escape) and (more := next(lines, None)):
            # Comments and empty lines may stand in the middle of an instruction.
            if (text := more[1].strip()) and not text.startswith("#"):
                whole = f"{whole[:-1].rstrip()} {text}"
        word, _, rest = whole.partition(" ")
        if word.upper() in {"RUN", "COPY", "ADD"} and (here := _HEREDOC.search(rest)):
            _skip_to(here[2], lines)
        yield Instruction(word.upper(), rest.strip(), start)


def _skip_to(end: str, lines: Iterator[tuple[int, str]]) -> None:
    for _, line in lines:
        if line.strip() == end:
            return


def _path(tree: Tree) -> str | None:
    wanted = {f"{folder}{name}": rank for rank, (folder, name) in enumerate((f, n) for f in _FOLDERS for n in _NAMES)}
    found = [path for path in tree.files if path.lower() in wanted]
    return min(found, key=lambda path: wanted[path.lower()]) if found else None


def _from(rest: str) -> tuple[str, str]:
    words = [word for word in rest.split() if not word.startswith("--")]
    named = len(words) == 3 and words[1].lower() == "as"
    return (words[0] if words else ""), (words[2].lower() if named else "")


def _assignment(rest: str) -> tuple[str, str]:
    name, _, value = rest.partition("=")
    return name.strip(), value.strip().strip("\"'")


def _pairs(instructions: list[Instruction]) -> Iterator[tuple[str, str]]:
    for each in instructions:
        if each.word == "ARG":
            yield _assignment(each.rest)
        elif each.word == "ENV":
            try:
                words = shlex.split(each.rest)
            except ValueError:
                continue
            if words and "=" not in words[0]:
                yield words[0], " ".join(words[1:])
            else:
                yield from (_assignment(word) for word in words)


def _filled(text: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[3]) or found[2] or "", text)


def _command(rest: str) -> Command | None:
    try:
        words = json.loads(rest)
        if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
            return Command(tuple(words))
    except ValueError:
        pass
    try:
        return parsed(rest)
    except ValueError:
        return None
