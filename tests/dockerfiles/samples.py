"""The sample projects: one text file each, with what is known about it beforehand and the Dockerfile it leads to.

A sample's sections begin with lines `=== name ===`: first `expected.yaml`, then the project's files (`=== ./Dockerfile
===` for one the project has), last what is generated: `=== Dockerfile ===`, or `=== Dockerfile of apps/web ===` where
there are several applications. Expected facts are a subset of the analysis: mappings may have more, lists are whole.
Besides facts: `wishes` (what the user says), `applications` (one mapping each, with its `root`),
`error: unknown` or `ambiguous`, and `runs` for one that is really built and run (see Runs).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dockerfiles.detection import analyses
from dockerfiles.failures import Undecided
from dockerfiles.generating import Generated, of_application
from dockerfiles.language import Wishes
from dockerfiles.tree import Tree, in_memory

PROJECTS = Path(__file__).parent / "projects"
_HEAD = re.compile(r"^=== (.+?) ===\n", re.MULTILINE)
_GOLDEN = re.compile(r"Dockerfile(?: of (?P<root>\S+))?")


@dataclass(frozen=True, slots=True)
class Runs:
    """How a sample is tried on an engine: built on one of the bases, run, asked for `path` if it listens.

    `answers` is in what it says: to the request, or without a port in its log. `touch` is a file of the source: a build
    after it was changed makes what it depends on no second time.
    """

    base: str
    touch: str
    answers: str
    path: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One project. `goldens` are the Dockerfiles by the folder of their application."""

    path: Path
    expected: Mapping[str, Any]
    files: Mapping[str, str]
    goldens: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def tree(self) -> Tree:
        return in_memory(self.files, name=self.path.stem)

    @property
    def wishes(self) -> Wishes:
        return Wishes(**self.expected.get("wishes", {}))

    @property
    def runs(self) -> Runs | None:
        return Runs(**self.expected["runs"]) if "runs" in self.expected else None


def load(path: Path) -> Sample:
    """Return one sample.

    Raises:
        ValueError: it does not begin with its expectations.
    """
    before, *parts = _HEAD.split(path.read_text())
    sections = list(zip(parts[::2], parts[1::2], strict=True))
    if before.strip() or not sections or sections[0][0] != "expected.yaml":
        raise ValueError(f"{path}: a sample begins with `=== expected.yaml ===`")
    files, goldens = {}, {}
    for name, text in sections[1:]:
        if found := _GOLDEN.fullmatch(name):
            goldens[found["root"] or ""] = text
        else:
            files[name.removeprefix("./")] = text
    return Sample(path, yaml.safe_load(sections[0][1]) or {}, files, goldens)


def every() -> list[Sample]:
    """Return all samples, sorted by name."""
    return [load(path) for path in sorted(PROJECTS.glob("*/*.project"))]


def generated(sample: Sample) -> list[Generated]:
    """Return what is generated for each application of a sample."""
    wishes = sample.wishes
    return [of_application(one, wishes) for one in analyses(sample.tree, wishes).applications]


def failure(sample: Sample) -> dict[str, Any] | None:
    """Return why nothing can be generated, as it is told to machines; None when it can."""
    try:
        generated(sample)
    except Undecided as problem:
        return problem.as_json()
    return None


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield where what was found is not what was expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, value in expected.items():
            yield from differences(value, found.get(key, "(absent)"), f"{path}.{key}" if path else key)
    elif isinstance(expected, list) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif expected != found:
        yield f"{path}: expected {expected!r}, found {found!r}"
