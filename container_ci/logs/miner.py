"""Find out which lines say the same with other values: a template is what stays when numbers and names are taken out.

A fixed-depth tree in the manner of Drain (He et al., 2017): by length, then by the first word, then the most
similar template of the few that are left. Bounded: the template unseen for longest makes room.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

_WILD = "<*>"
_MOST_TEMPLATES = 500
_SIMILAR = 0.5
_MOST_WORDS = 60

# What differs each time and means the same, the longest forms first.
_MASKS = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"), "<ip>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<hex>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b"), "<hex>"),
    (re.compile(r"\"[^\"]{0,200}\"|'[^']{0,200}'"), "<text>"),
    (re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[a-zA-Zµ%]{1,3})?(?![A-Za-z_])"), "<n>"),
)


@dataclass(slots=True)
class Template:
    """What a group of lines says; `count` of them were seen."""

    number: int
    words: list[str]
    count: int = 0

    @property
    def text(self) -> str:
        """The template with marks where lines differ."""
        return " ".join(self.words)


class Miner:
    """Learns templates from lines. Not for several threads."""

    def __init__(self, most: int = _MOST_TEMPLATES, known: Iterable[str] = ()) -> None:
        """Know these templates already, from an earlier time; none of their lines is counted."""
        self._most = most
        self._made = 0
        self.seen = 0
        self._templates: OrderedDict[int, Template] = OrderedDict()
        self._leaves: dict[tuple[int, str], list[Template]] = {}
        for text in known:
            words = text.split()[:_MOST_WORDS]
            self._new(self._leaves.setdefault(_leaf_of(words), []), words)

    def __len__(self) -> int:
        return len(self._templates)

    def add(self, line: str) -> Template:
        """Count a line and return its template, a new one when nothing like it was seen."""
        self.seen += 1
        words = masked(line).split()[:_MOST_WORDS]
        leaf = self._leaves.setdefault(_leaf_of(words), [])
        template = _most_similar(leaf, words) or self._new(leaf, words)
        template.words = [was if was == word else _WILD for was, word in zip(template.words, words, strict=True)]
        template.count += 1
        self._templates.move_to_end(template.number)
        return template

    def _new(self, leaf: list[Template], words: list[str]) -> Template:
        self._made += 1
        template = Template(self._made, list(words))
        leaf.append(template)
        self._templates[template.number] = template
        if len(self._templates) > self._most:
            self._forget(self._templates.popitem(last=False)[1])
        return template

    def _forget(self, oldest: Template) -> None:
        for key, leaf in self._leaves.items():
            if oldest in leaf:
                leaf.remove(oldest)
                if not leaf:
                    del self._leaves[key]
                return


def masked(line: str) -> str:
    """Return a line with a mark in the place of each value."""
    for pattern, mark in _MASKS:
        line = pattern.sub(mark, line)
    return line


def _leaf_of(words: list[str]) -> tuple[int, str]:
    first = words[0] if words else ""
    return (len(words), _WILD if any(character.isdigit() for character in first) else first)


def _most_similar(leaf: list[Template], words: list[str]) -> Template | None:
    best = max(leaf, key=lambda template: _similarity(template.words, words), default=None)
    return best if best is not None and _similarity(best.words, words) >= _SIMILAR else None


def _similarity(template: list[str], words: list[str]) -> float:
    same = sum(was == word for was, word in zip(template, words, strict=True))
    return same / len(words) if words else 1.0
