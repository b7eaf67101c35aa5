"""Which release of Node (or Bun) an application runs on: what it asks for, within what is supported."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from semantic_version import NpmSpec  # type: ignore[import-untyped]  # it has no types of its own
from semantic_version import Version as Semantic

from dockerfiles.analysis import Caution, Evidence, Version
from dockerfiles.language import Wishes
from dockerfiles.languages.node.manifest import Manifest
from dockerfiles.recipe import Base
from dockerfiles.tree import Tree

# The newest release of each major version, and the Debian release its images rest on.
RELEASES: tuple[tuple[int, str, str], ...] = (
    (26, "26.10.0", "bookworm"),
    (24, "24.21.0", "bookworm"),
    (22, "22.23.1", "bookworm"),
    (20, "20.20.2", "bookworm"),
    (18, "18.20.8", "bookworm"),
    (16, "16.20.2", "bookworm"),
    (14, "14.21.3", "bullseye"),
    (12, "12.22.12", "bullseye"),
    (10, "10.24.1", "buster"),
    (8, "8.17.0", "stretch"),
    (6, "6.17.1", "stretch"),
)
# The long-term release that most packages are known to work with.
DEFAULT = 24
# Without fixes since.
ENDED = 20
BUN = "1.3"
_BUN_EXACT = re.compile(r"^v?(\d+\.\d+(?:\.\d+)?)$")
_NAMES = {
    "argon": 4,
    "boron": 6,
    "carbon": 8,
    "dubnium": 10,
    "erbium": 12,
    "fermium": 14,
    "gallium": 16,
    "hydrogen": 18,
    "iron": 20,
    "jod": 22,
    "krypton": 24,
}
_NEWEST = {"node", "latest", "current", "stable", "lts/*", "lts", "*", "x", ""}
_NUMBER = re.compile(r"^v?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The version, its evidence, and what the user should know about it."""

    version: Version
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one place asks for. `exact`: the file is there to name one version, and a range can't be meant."""

    text: str
    file: str
    line: int
    exact: bool = True


def node(tree: Tree, manifest: Manifest, wishes: Wishes) -> Chosen:
    """Return the version of Node: what the user said, what a version file names, what the manifest's range allows."""
    for asked in _asked(tree, manifest, wishes):
        value = _named(asked.text) if asked.exact else _within(asked.text)
        if value is None:
            caution = Caution("node-version", asked.file, asked.line, f'"{asked.text}" names no known release of Node')
            return Chosen(Version(_minor(DEFAULT)), cautions=(caution,))
        source = f"{asked.file}:{asked.line}" if asked.line else asked.file
        evidence = Evidence(
            "language_version", asked.file, asked.line, asked.text, "version file" if asked.exact else "range"
        )
        return Chosen(Version(value, asked.text, source), (evidence,), tuple(_ended(value, asked)))
    return Chosen(Version(_minor(DEFAULT)))


def bun(tree: Tree, manifest: Manifest, wishes: Wishes) -> Chosen:
    """Return the version of Bun, for what runs on it."""
    for asked in _asked_of_bun(tree, manifest, wishes):
        if found := _BUN_EXACT.match(asked.text):
            evidence = Evidence("language_version", asked.file, asked.line, asked.text, "version file")
            return Chosen(Version(found[1], asked.text, f"{asked.file}:{asked.line}"), (evidence,))
    return Chosen(Version(BUN))


def image(version: str) -> Base:
    """Return the official image of a version of Node."""
    major = int(version.partition(".")[0])
    debian = next((name for release, _, name in RELEASES if release == major), "bookworm")
    known: Literal["bookworm", "trixie", ""] = "bookworm" if debian == "bookworm" else ""
    return Base("node", f"{version}-{debian}-slim", known)


def bun_image(version: str) -> Base:
    """Return the official image of a version of Bun; it rests on Debian."""
    return Base("oven/bun", f"{version}-slim", "bookworm")


def major(version: str) -> int:
    """Return the number of the release line."""
    return int(version.partition(".")[0] or DEFAULT)


def allows(wanted: str, version: str) -> bool:
    """Return whether a range allows a version; one that can't be read allows none."""
    try:
        return bool(NpmSpec(_tidy(wanted)).match(Semantic(version)))
    except ValueError:
        return False


def _asked(tree: Tree, manifest: Manifest, wishes: Wishes) -> Iterator[_Asked]:
    if wishes.version:
        yield _Asked(wishes.version, "--version", 0)
    for place in dict.fromkeys((tree, tree.project)):
        yield from _in_files(place, "node", ("nodejs", "node"), (".nvmrc", ".node-version"))
    for keys in (("volta", "node"), ("engines", "node"), ("devEngines", "runtime", "version")):
        if isinstance(text := manifest.field(*keys), str) and text.strip():
            yield _Asked(text.strip(), manifest.path, manifest.line(*keys), exact=keys[0] == "volta")


def _asked_of_bun(tree: Tree, manifest: Manifest, wishes: Wishes) -> Iterator[_Asked]:
    if wishes.version:
        yield _Asked(wishes.version, "--version", 0)
    name, _, version = manifest.package_manager.partition("@")
    if name == "bun":
        yield _Asked(version.partition("+")[0], manifest.path, manifest.line("packageManager"))
    yield from _in_files(tree, "bun", ("bun",), (".bun-version",))


def _in_files(tree: Tree, tool: str, names: tuple[str, ...], files: tuple[str, ...]) -> Iterator[_Asked]:
    """Yield what version files say, those of one tool before those of all."""
    for path in files:
        text = tree.text(path)
        for number, line in text.lines() if text else ():
            if text and (word := line.partition("#")[0].strip()):
                yield _Asked(word, text.path, number)
                break
    all_tools = ((".tool-versions", rf"\s*(?:{'|'.join(names)})\s+(\S+)"),)
    toml = rf"\s*{tool}\s*=\s*['\"]([^'\"]+)['\"]"
    for path, pattern in (*all_tools, ("mise.toml", toml), (".mise.toml", toml)):
        text = tree.text(path)
        for number, line in text.lines() if text else ():
            if text and (found := re.match(pattern, line.partition("#")[0])):
                yield _Asked(found[1], text.path, number)


def _named(text: str) -> str | None:
    """Return what a version file means: a number as it is, a name of a release line, or a range after all."""
    text = text.strip().lower()
    if text in _NEWEST:
        return _minor(DEFAULT)
    name = text.removeprefix("lts/").removeprefix("lts-")
    if name in _NAMES:
        return _minor(_NAMES[name])
    found = _NUMBER.match(text)
    if not found:
        return _within(text)
    if found[3] and found[3] != "x":
        return ".".join(part for part in found.groups() if part)
    if found[2] and found[2] != "x":
        return f"{found[1]}.{found[2]}"
    return _minor(int(found[1]))


def _within(text: str) -> str | None:
    """Return the newest release that a range allows, no newer than the default if it can be."""
    if text.lower() in _NEWEST:
        return _minor(DEFAULT)
    if found := re.fullmatch(r"=?\s*v?(\d+\.\d+\.\d+)", text):
        return found[1]
    try:
        spec = NpmSpec(_tidy(text))
    except ValueError:
        return None
    allowed = [number for number, newest, _ in RELEASES if spec.match(Semantic(newest))]
    known = [number for number in allowed if number <= DEFAULT]
    if known or allowed:
        return _minor((known or allowed)[0])
    # A range below the newest release of a line, such as `~20.9.0`: the lowest version that it names.
    if (named := re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)) and "<" not in text:
        return ".".join(part for part in named.groups() if part)
    return None


def _tidy(text: str) -> str:
    """Spaces after operators, `v` before numbers and commas are common, and mean nothing."""
    text = re.sub(r"([<>=^~]+)\s+", r"\1", text.replace(",", " "))
    text = re.sub(r"\bv(?=\d)", "", text)
    return re.sub(r"(\d)\s*(\|\|)\s*", r"\1 \2 ", text).strip()


def _minor(number: int) -> str:
    newest = next((release for known, release, _ in RELEASES if known == number), None)
    return newest.rpartition(".")[0] if newest else str(number)


def _ended(value: str, asked: _Asked) -> Iterator[Caution]:
    if major(value) < ENDED:
        text = f"Node {value} gets no more fixes; its image stays as it is. Ask for {DEFAULT} if the code allows it"
        yield Caution("node-ended", asked.file, asked.line, text)
