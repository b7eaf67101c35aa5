"""Put lines that belong together back together: a stack trace is one thing that was said."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal

from engine.protocol import LogLine

Trace = Literal["", "python", "java", "node", "go", "ruby", "dotnet", "php", "rust"]

# A trace longer than this is cut: what says why stands at one of its ends.
_MOST_LINES = 400
_LONGEST_LINE = 8192

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said: a line, or a trace of many.

    `failure` is the line of a trace that names what went wrong in the end, `root` the one that it
    began with; both are the text itself for what is no trace.
    """

    time: datetime
    stream: str
    lines: tuple[str, ...]
    trace: Trace = ""

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)

    @property
    def failure(self) -> str:
        """The line to quote when only one may be."""
        causes = _causes(self)
        return _FAILS_LAST[self.trace](causes) if causes else self.lines[0]

    @property
    def root(self) -> str:
        """The line of the first cause: what the failure was a consequence of."""
        causes = _causes(self)
        return _BEGAN_WITH[self.trace](causes) if causes else self.lines[0]


def grouped(lines: Iterable[LogLine]) -> list[Entry]:
    """Return what lines say, in the order in which it began. The two streams are told apart."""
    open_groups: dict[str, _Group] = {}
    order: list[_Group] = []
    for line in lines:
        text = plain(line.text)
        group = open_groups.get(line.stream)
        if group is None or not group.takes(text):
            group = _Group(line.time, line.stream)
            open_groups[line.stream] = group
            order.append(group)
        group.add(text)
    return [entry for group in order for entry in group.entries()]


def plain(text: str) -> str:
    """Return a line without colours and control characters, cut where it is absurdly long."""
    return _CONTROL.sub("", _ANSI.sub("", text[:_LONGEST_LINE])).rstrip()


_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\s*$")
_PYTHON_LINK = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause)")
_JAVA_FRAME = re.compile(
    r"^\s+(?:at [\w.$<>/@-]+\((?:[\w$]+\.(?:java|kt|scala|groovy)(?::\d+)?|Native Method|Unknown Source)\)|"
    r"\.\.\. \d+ (?:more|common frames))"
)
_JAVA_LINK = re.compile(r"^\s*(?:Caused by|Suppressed): ")
_NODE_FRAME = re.compile(r"^\s+at (?:.+ \(.+:\d+:\d+\)|.+:\d+:\d+|.+ \(<anonymous>\)|.+ \(native\))")
_NODE_PLACE = re.compile(r"^(?:node:[\w/]+|(?:file://)?/\S+\.[cm]?[jt]sx?):\d+$")
_NODE_ERROR = re.compile(r"^(?:Uncaught )?\w*Error(?: \[\w+\])?: |^\w*Error$")
_NODE_END = re.compile(r"^Node\.js v\d")
_DOTNET_FRAME = re.compile(r"^\s+at .+\)(?: in .+:line \d+)?$|^\s+--- End of ")
_GO_START = re.compile(r"^(?:panic: |fatal error: |runtime: |SIG\w+: )")
_GO_PART = re.compile(r"^(?:goroutine \d+ |\t|\S+\(.*\)$|created by |\[signal |exit status |\s*$|r\w\w? +0x)")
_RUBY_FRAME = re.compile(r"^\s+(?:from |\d+: from )\S+:\d+")
_PHP_FRAME = re.compile(r"^(?:#\d+ |Stack trace:|\s+thrown in )")
_RUST_START = re.compile(r"^thread '.*' panicked at ")
_RUST_PART = re.compile(r"^(?:note: |stack backtrace:|\s+\d+: |\s+at )")
_INDENTED = re.compile(r"^[ \t]+\S")
# A key or certificate is one thing, and a secret only as a whole.
_PEM_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")
_PEM_ENDS = re.compile(r"-----END [A-Z0-9 ]+-----")


@dataclass(slots=True)
class _Group:
    """Lines of one stream that may still grow. Knows by its first lines which trace it is, if any."""

    time: datetime
    stream: str
    lines: list[str] = field(default_factory=list)
    trace: Trace = ""
    _failed: bool = False

    def takes(self, text: str) -> bool:
        """Return whether a line continues what this group says."""
        if len(self.lines) >= _MOST_LINES:
            return False
        if not text:
            return self.trace in ("python", "node", "go")
        return _CONTINUES.get(self.trace, _continues_plain)(self, text)

    def add(self, text: str) -> None:
        """Take a line."""
        self.lines.append(text)
        self.trace = self.trace or _recognised(text)
        if self.trace == "python" and self.lines[-1:] != [""]:
            self._failed = not (_INDENTED.match(text) or _TRACEBACK.search(text) or _PYTHON_LINK.match(text))

    def entries(self) -> Iterator[Entry]:
        """Yield what was said; empty lines at the end, and alone, say nothing."""
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        if self.lines:
            yield Entry(self.time, self.stream, tuple(self.lines), self.trace)

    @property
    def failed(self) -> bool:
        """Whether a Python trace has named its exception: only another, linked trace can follow."""
        return self._failed


def _recognised(text: str) -> Trace:
    if _TRACEBACK.search(text):
        return "python"
    patterns: tuple[tuple[re.Pattern[str], Trace], ...] = (
        (_JAVA_FRAME, "java"),
        (_NODE_FRAME, "node"),
        (_NODE_PLACE, "node"),
        (_GO_START, "go"),
        (_RUST_START, "rust"),
        (_RUBY_FRAME, "ruby"),
        (_PHP_FRAME, "php"),
        (_DOTNET_FRAME, "dotnet"),
    )
    for pattern, trace in patterns:
        if pattern.match(text):
            return trace
    return ""


def _continues_plain(group: _Group, text: str) -> bool:
    """A plain line is continued by frames of whatever runtime, by what is indented below it, by the rest of a key."""
    if _PEM_BEGINS.search(group.lines[0]) and not any(_PEM_ENDS.search(line) for line in group.lines):
        return True
    frame = any(
        one.match(text) for one in (_JAVA_FRAME, _JAVA_LINK, _NODE_FRAME, _DOTNET_FRAME, _RUBY_FRAME, _PHP_FRAME)
    )
    return frame or bool(_INDENTED.match(text) and group.lines and not _INDENTED.match(group.lines[0]))


def _continues_python(group: _Group, text: str) -> bool:
    if not group.failed:
        return True
    linked = any(_PYTHON_LINK.match(line) for line in group.lines[-3:])
    return bool(_PYTHON_LINK.match(text)) or (linked and bool(_TRACEBACK.search(text)))


def _continues_node(group: _Group, text: str) -> bool:
    named = any(_NODE_ERROR.match(line) for line in group.lines)
    prelude = not named and bool(_NODE_PLACE.match(group.lines[0])) and len(group.lines) < 12
    return prelude or bool(_INDENTED.match(text) or _NODE_END.match(text) or _NODE_ERROR.match(text) or text == "}")


def _continues_rust(group: _Group, text: str) -> bool:
    return len(group.lines) == 1 or bool(_RUST_PART.match(text))


_CONTINUES = {
    "python": _continues_python,
    "java": lambda _, text: bool(_JAVA_FRAME.match(text) or _JAVA_LINK.match(text) or _INDENTED.match(text)),
    "node": _continues_node,
    "go": lambda _, text: bool(_GO_PART.match(text)),
    "ruby": lambda _, text: bool(_RUBY_FRAME.match(text)),
    "dotnet": lambda _, text: bool(_DOTNET_FRAME.match(text) or text.startswith(" --->") or _INDENTED.match(text)),
    "php": lambda _, text: bool(_PHP_FRAME.match(text) or _INDENTED.match(text)),
    "rust": _continues_rust,
}


def _causes(entry: Entry) -> list[str]:
    """Return the lines of a trace that name an exception, in the order in which they stand."""
    lines = entry.lines
    if entry.trace == "python":
        return [line for before, line in pairwise(lines) if _names_python_failure(before, line)]
    if entry.trace == "java":
        return [lines[0], *(line.strip() for line in lines[1:] if _JAVA_LINK.match(line))]
    if entry.trace == "node":
        return [line for line in lines if _NODE_ERROR.match(line)]
    if entry.trace == "rust":
        return [" ".join(lines[:2])]
    return [lines[0]]


def _names_python_failure(before: str, line: str) -> bool:
    plain_line = (
        bool(line) and not _INDENTED.match(line) and not _TRACEBACK.search(line) and not _PYTHON_LINK.match(line)
    )
    return plain_line and bool(_INDENTED.match(before))


def _first(causes: list[str]) -> str:
    return causes[0]


def _last(causes: list[str]) -> str:
    return causes[-1]


# Java and .NET name the failure first and its causes below; Python begins with the first and ends with the last.
_FAILS_LAST = {
    "": _first, "python": _last, "java": _first, "node": _first, "go": _first,
    "ruby": _first, "dotnet": _first, "php": _first, "rust": _first,
}  # fmt: skip
_BEGAN_WITH = _FAILS_LAST | {"python": _first, "java": _last}
