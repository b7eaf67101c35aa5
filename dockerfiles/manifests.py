"""What a project says about its start to platforms it was made for: Procfile and others. Languages ask here.

A line that names a file that is not there is no evidence: the next rule of a language decides then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles import platforms
from dockerfiles.analysis import Caution, Command, Evidence, Process
from dockerfiles.commands import parsed
from dockerfiles.platforms import Entry
from dockerfiles.tree import Tree

_LINE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:\s*(\S.*)")
# Programs that only the platform has.
_ONLY_THERE = re.compile(r"(^|/)heroku-php-|^cd \S*bin/publish")
_FILE = re.compile(r"(?<![\w./-])(?:\./)?([\w][\w./-]*\.(?:py|js|mjs|cjs|ts|rb|ru|php|sh|jar|exs))\b")


@dataclass(frozen=True, slots=True)
class Declared:
    """What platform files say, empty where nothing. `processes` begins with the one the image runs by default."""

    processes: tuple[Process, ...] = ()
    release: Command | None = None
    port: int | None = None
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()

    @property
    def start(self) -> Command | None:
        return self.processes[0].command if self.processes else None


def declared(tree: Tree) -> Declared:
    """Return what the platform files at the root of a tree declare. The Procfile goes before the others."""
    entries: list[Entry] = []
    cautions: list[Caution] = []
    for file in ("Procfile", *platforms.FILES):
        found = list(_procfile(tree)) if file == "Procfile" else platforms.entries(tree, file)
        refused = {entry: problem for entry in found if (problem := _problem(entry, tree))}
        cautions += [_not_used(entry, problem) for entry, problem in refused.items()]
        # One file's processes are not mixed with another's.
        entries = entries or [entry for entry in found if entry not in refused]
    release = next((entry for entry in entries if entry.name == "release"), None)
    processes = sorted((entry for entry in entries if entry.name != "release"), key=_rank)
    port = platforms.port(tree)
    seen = [Evidence("ports", *_place(port[1]), f"internal_port = {port[0]}", "platform")] if port else []
    return Declared(
        tuple(Process(entry.name, parsed(entry.line)) for entry in processes),
        parsed(release.line) if release else None,
        port[0] if port else None,
        evidence=(*_evidence(processes, release), *seen),
        cautions=tuple(cautions),
    )


def _procfile(tree: Tree) -> Iterator[Entry]:
    text = tree.text("Procfile")
    for number, line in text.lines() if text else ():
        if found := _LINE.fullmatch(line):
            yield Entry(found[1], found[2].strip(), text.path if text else "", number)


def _not_used(entry: Entry, problem: str) -> Caution:
    code = "procfile" if entry.file.endswith("Procfile") else "platform"
    return Caution(code, entry.file, entry.number, f"`{entry.name}` is not used: {problem}")


def _place(source: str) -> tuple[str, int]:
    file, _, line = source.rpartition(":")
    return file, int(line)


def _problem(entry: Entry, tree: Tree) -> str:
    if _ONLY_THERE.search(entry.line):
        return "it names a program that only its platform has"
    try:
        parsed(entry.line)
    except ValueError as error:
        return f"it can't be read ({error})"
    missing = next((found for found in _FILE.findall(entry.line) if not tree.has(found) and _is_source(found)), "")
    return f"there is no {missing}" if missing else ""


def _is_source(path: str) -> bool:
    # What a build makes is not there yet.
    return not path.endswith(".jar") and path.partition("/")[0] not in {"dist", "build", "target", "out", "lib"}


def _rank(entry: Entry) -> tuple[int, int]:
    first = {"web": 0, "worker": 1}
    return first.get(entry.name, 2), entry.number


def _evidence(processes: list[Entry], release: Entry | None) -> Iterator[Evidence]:
    for position, entry in enumerate(processes):
        field = "run_command" if position == 0 else "processes"
        yield Evidence(field, entry.file, entry.number, f"{entry.name}: {entry.line}", _rule(entry))
    if release:
        yield Evidence("release_command", release.file, release.number, f"release: {release.line}", _rule(release))


def _rule(entry: Entry) -> str:
    return "procfile" if entry.file.endswith("Procfile") else "platform"
