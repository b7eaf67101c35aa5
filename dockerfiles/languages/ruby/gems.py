"""What Gemfile and Gemfile.lock say: the gems of production, the Ruby, the bundler, the platforms."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dockerfiles.analysis import Version
from dockerfiles.sources import Hit, first, search, without_comments
from dockerfiles.tree import Text, Tree

NEWEST = "3.4"
_KNOWN = ("3.4", "3.3", "3.2", "3.1")
_GEM = re.compile(r"^\s*gem\s*\(?\s*[\"']([\w.-]+)[\"']")
_GROUP = re.compile(r"^\s*group\s*\(?(.*?)\)?\s+do\b")
_OTHER_BLOCK = re.compile(r"^\s*(?:if|unless|platforms?|source|git|path|install_if|case)\b.*?(?:\bdo\b|$)")
_INLINE_GROUP = re.compile(r"groups?:\s*(\[[^\]]*\]|:\w+)|:groups?\s*=>\s*(\[[^\]]*\]|:\w+)")
_ASIDE = {"development", "test", "ci", "lint"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """The gems that production needs, where each is named, and the versions that are locked."""

    gems: Mapping[str, Hit] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    bundler: str = ""
    platforms: tuple[str, ...] = ()
    ruby: Hit | None = None
    from_git: bool = False
    beside: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        return any(name in self.gems for name in names)


def read(tree: Tree) -> Bundle:
    """Return what the Gemfile and its lock say; an empty bundle when there is none."""
    path = tree.first("Gemfile", "gems.rb")
    text = tree.text(path) if path else None
    if text is None:
        return Bundle()
    bare = without_comments(text, "hash")
    lock = tree.text("Gemfile.lock") or tree.text("gems.locked")
    ruby = first((bare,), r"^\s*ruby\s*\(?\s*[\"'](?:~>\s*|>=\s*|=\s*)?(\d[\w.]*)[\"']")
    if ruby is None and lock is not None:
        ruby = first((lock,), r"^RUBY VERSION\n\s+ruby (\d+\.\d+\.\d+)")
    return Bundle(
        gems=dict(_production(bare)),
        locked=dict(re.findall(r"^    ([\w.-]+) \(([\w.]+)", lock.content, re.MULTILINE)) if lock else {},
        bundler=_last(lock, r"^BUNDLED WITH\n\s+([\d.]+)"),
        platforms=tuple(_last(lock, r"^PLATFORMS\n((?:  .+\n?)+)").split()),
        ruby=ruby,
        from_git=bool(re.search(r"\bgit(?:hub)?:\s*[\"']|^\s*git\s", bare.content, re.MULTILINE)),
        beside=tuple(sorted(set(re.findall(r"\bpath:\s*[\"']([\w./-]+)[\"']", bare.content)))),
    )


def version(tree: Tree, bundle: Bundle, wished: str) -> Version:
    """Return the Ruby. Bundler refuses any other than one that the Gemfile names to the last digit."""
    if wished:
        return Version(wished, wished, "--version")
    if bundle.ruby is not None:
        return Version(_fitting(bundle.ruby), bundle.ruby.text, bundle.ruby.source)
    for path, pattern in (
        (".ruby-version", r"(?:ruby-)?(\d+\.\d+(?:\.\d+)?)"),
        (".tool-versions", r"^ruby\s+(\d+\.\d+(?:\.\d+)?)"),
    ):
        if (text := tree.text(path)) is not None and (hit := first((text,), pattern)):
            return Version(hit.groups[0], hit.text, hit.source)
    return Version(NEWEST)


def _fitting(ruby: Hit) -> str:
    value = ruby.groups[0]
    numbers = value.split(".")
    if "~>" in ruby.text or ">=" in ruby.text:
        if ">=" in ruby.text or len(numbers) < 3:
            return next((one for one in _KNOWN if one.split(".")[0] == numbers[0]), value)
        return ".".join(numbers[:2])
    return value


def _production(text: Text) -> Iterator[tuple[str, Hit]]:
    aside, open_blocks = 0, 0
    for number, line in text.lines():
        if grouped := _GROUP.match(line):
            open_blocks += 1
            if not aside and _only_aside(grouped[1]):
                aside = open_blocks
        elif _OTHER_BLOCK.match(line):
            open_blocks += 1
        elif re.match(r"^\s*end\b", line):
            if aside == open_blocks:
                aside = 0
            open_blocks = max(0, open_blocks - 1)
        elif (gem := _GEM.match(line)) and not aside:
            inline = _INLINE_GROUP.search(line)
            if not (inline and _only_aside(inline[1] or inline[2])):
                yield gem[1], Hit(text.path, number, line.strip(), (gem[1],))


def _only_aside(groups: str) -> bool:
    named = set(re.findall(r"\w+", re.sub(r"optional:\s*true", "", groups)))
    return bool(named) and named <= _ASIDE


def _last(text: Text | None, pattern: str) -> str:
    hit = next(search((text,), pattern), None) if text is not None else None
    return hit.groups[0] if hit else ""
