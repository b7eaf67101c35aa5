"""YAML text to trees of nodes that know their places, guarded against hostile input.

One pass over libyaml's events. Nothing here recurses, and every limit counts what aliases expand
to, so the trees are safe to walk recursively.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import yaml

from desired_state import yaml_errors
from desired_state.problems import Problem
from desired_state.scalars import Scalar, resolved

MAX_DEPTH = 50
MAX_NODES = 250_000
MAX_KEYS = 100_000


class Node:
    """A value of a document: a scalar, a list of nodes, or a map of keys to nodes.

    `line` and `column` say where the value starts, `key_line` and `key_column` where its key does
    (the same for items of a list). They count from 1. `file` is the text's name, "" for the one that is
    being read; `tag` is one of those that the reader accepts, "" for none.
    """

    __slots__ = ("column", "file", "key_column", "key_line", "line", "tag", "value")

    def __init__(self, value: "Scalar | list[Node] | dict[str, Node]", line: int, column: int, file: str = "") -> None:
        self.value = value
        self.file = file
        self.tag = ""
        self.line = self.key_line = line
        self.column = self.key_column = column


def read(text: str, file: str, tags: frozenset[str] = frozenset()) -> tuple[list[Node], list[Problem]]:
    """Return the documents of a YAML or JSON text, and what is wrong with them. Only these `tags` are accepted.

    Documents with problems are returned too, so that more can be said about them; after broken
    syntax or an exceeded limit none is.
    """
    composer = _Composer(file, tags)
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_event():
            composer.take(loader.get_event())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return [], [*composer.problems, Problem(file, *place, yaml_errors.in_plain_words(error, text))]
    except (yaml.YAMLError, UnicodeError) as error:
        return [], [*composer.problems, Problem(file, 1, 1, f"not valid YAML: {error}")]
    except _LimitExceeded as limit:
        return [], [*composer.problems, limit.problem]
    finally:
        loader.dispose()
    return composer.documents, composer.problems


class _LimitExceeded(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    node: Node
    anchor: str | None
    nodes_before: int
    height: int = 1
    key: str | None = None
    key_place: tuple[int, int] = (0, 0)
    use: Literal["keep", "merge", "drop"] = "keep"
    merged: Sequence[Node] = ()


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    nodes: int
    height: int


class _Composer:
    """Builds the trees of one file from its events."""

    def __init__(self, file: str, tags: frozenset[str]) -> None:
        self.documents: list[Node] = []
        self.problems: list[Problem] = []
        self._file = file
        self._tags = tags
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._nodes = 0
        self._keys = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._start(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._anchors = {}

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        tag = self._tag(event, line, column)
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.key is None and type(parent.node.value) is dict:
            self._key(parent, event, line, column)
            return
        text = event.value
        if "\0" in text:
            self._refuse(line, column, "a value can't hold a NUL character")
        node = Node(resolved(text) if event.implicit[0] else text, line, column, self._file)
        node.tag = tag
        self._count(1, node)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(node, 1, 0)
        self._attach(node)

    def _key(self, parent: _Open, event: Any, line: int, column: int) -> None:
        self._keys += 1
        if self._keys >= MAX_KEYS:
            self._stop(line, column, f"more than {MAX_KEYS} keys in one file; split it")
        key: str = event.value
        if not key and event.implicit[0]:
            self._refuse(line, column, "a key is missing before the colon")
        first = parent.node.value.get(key) if isinstance(parent.node.value, dict) else None
        merges = key == "<<" and event.implicit[0]
        if first is not None or (merges and parent.merged):
            earlier = "" if first is None else f"; first in line {first.key_line}, column {first.key_column}"
            self._refuse(line, column, f'"{event.value}" is written twice in one map{earlier}')
        parent.key, parent.key_place, parent.use = key, (line, column), "merge" if merges else "keep"

    def _start(self, event: Any, value: Any) -> None:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        opened = _Open(Node(value, line, column, self._file), event.anchor, self._nodes)
        opened.node.tag = self._tag(event, line, column)
        self._count(1, opened.node)
        self._check_depth(1, opened.node)
        self._open.append(opened)

    def _end(self) -> None:
        closed = self._open.pop()
        value = closed.node.value
        if isinstance(value, dict):
            for source in closed.merged:
                for key, child in source.value.items() if isinstance(source.value, dict) else ():
                    value.setdefault(key, child)
        if closed.anchor is not None:
            nodes = self._nodes - closed.nodes_before
            self._anchors[closed.anchor] = _Anchored(closed.node, nodes, closed.height)
        self._raise(closed.height)
        self._attach(closed.node)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if any(opened.anchor == event.anchor for opened in self._open):
            self._stop(line, column, f"*{event.anchor} stands inside of what it refers to")
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            self._stop(line, column, f"nothing before this is anchored as &{event.anchor}")
        node = Node(anchored.node.value, line, column, self._file)
        self._count(anchored.nodes, node)
        self._check_depth(anchored.height, node)
        self._raise(anchored.height)
        self._attach(node)

    def _raise(self, height: int) -> None:
        if self._open:
            self._open[-1].height = max(self._open[-1].height, height + 1)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.documents.append(node)
            return
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is None:
            self._refuse(node.line, node.column, "a key must be text")
            parent.key, parent.use = "", "drop"
        elif isinstance(parent.node.value, dict):
            node.key_line, node.key_column = parent.key_place
            if parent.use == "merge":
                parent.merged = self._sources(node)
            elif parent.use == "keep":
                parent.node.value[parent.key] = node
            parent.key = None

    def _sources(self, node: Node) -> list[Node]:
        sources = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(source.value, dict) for source in sources):
            self._refuse(node.line, node.column, "<< merges a map or a list of maps, nothing else")
            return []
        return sources

    def _count(self, nodes: int, node: Node) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._stop(node.line, node.column, f"more than {MAX_NODES} values in one file, aliases written out")

    def _check_depth(self, height: int, node: Node) -> None:
        if len(self._open) + height > MAX_DEPTH:
            self._stop(node.line, node.column, f"nested more than {MAX_DEPTH} levels deep")

    def _tag(self, event: Any, line: int, column: int) -> str:
        tag: str | None = event.tag
        if tag is not None and tag not in self._tags:
            self._refuse(line, column, _tag_message(tag))
        return tag if tag in self._tags else ""

    def _refuse(self, line: int, column: int, message: str) -> None:
        self.problems.append(Problem(self._file, line, column, message))

    def _stop(self, line: int, column: int, message: str) -> NoReturn:
        raise _LimitExceeded(Problem(self._file, line, column, message))


def _tag_message(tag: str) -> str:
    return f"tags are not accepted ({tag.replace('tag:yaml.org,2002:', '!!')}); write the plain value"
