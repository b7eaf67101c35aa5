"""Which Python a project is built and run with: what it asks for, within what its pinned packages are known to take."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version as PackageVersion

from dockerfiles.analysis import Caution, Evidence, Version
from dockerfiles.language import Wishes
from dockerfiles.languages.python import dependency
from dockerfiles.languages.python.manifests import Manifest
from dockerfiles.tree import Tree

NEWEST = (3, 13)
_SUPPORTED = tuple((3, minor) for minor in range(7, 15))
# Without security fixes: still taken when it is what is asked for.
_ENDED = (3, 9)

# The newest Python that a version of a package has wheels for, or runs on at all: up to each version (not with it),
# that Python. Django: its release notes; the rest: files of the releases on the index.
_LIMITS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "django": (
        ("2.0", 7),
        ("2.2", 7),
        ("3.0", 9),
        ("3.2", 9),
        ("4.0", 10),
        ("4.1", 10),
        ("4.2", 11),
        ("5.1", 12),
        ("5.2", 13),
    ),
    "flask": (("2.0", 9), ("2.2", 11)),
    "numpy": (("1.20", 8), ("1.21", 9), ("1.22", 10), ("1.23.2", 10), ("1.26", 11), ("2.1", 12), ("2.3.2", 13)),
    "pandas": (("1.2", 8), ("1.3", 9), ("1.5", 10), ("2.1.1", 11), ("2.2.3", 12), ("2.3.3", 13)),
    "scipy": (("1.6", 8), ("1.8", 9), ("1.9.2", 10), ("1.11.2", 11), ("1.14.1", 12), ("1.16.1", 13)),
    "scikit-learn": (("0.24", 8), ("1.0.2", 9), ("1.1.3", 10), ("1.3", 11), ("1.5.2", 12), ("1.7.2", 13)),
    "matplotlib": (("3.4", 8), ("3.5", 9), ("3.6", 10), ("3.8", 11), ("3.9.2", 12), ("3.10.5", 13)),
    "psycopg2-binary": (("2.8.6", 8), ("2.9.1", 9), ("2.9.5", 10), ("2.9.9", 11), ("2.9.10", 12), ("2.9.11", 13)),
    "psycopg2": (("2.8.6", 9), ("2.9.5", 11)),
    "psycopg-binary": (("3.1.12", 11), ("3.2.2", 12), ("3.2.10", 13)),
    "pillow": (("8.0", 8), ("8.4", 9), ("9.3", 10), ("10.1", 11), ("11.0", 12), ("12.0", 13)),
    "lxml": (("4.6.2", 8), ("4.6.4", 9), ("4.9.2", 10), ("4.9.3", 11), ("5.3", 12), ("6.0.1", 13)),
    "greenlet": (("1.1.2", 9), ("2.0", 10), ("3.0", 11), ("3.1", 12), ("3.2.4", 13)),
    "gevent": (("21.12", 9), ("22.10", 10), ("23.9", 11), ("24.10.1", 12), ("25.9", 13)),
    "eventlet": (("0.33", 9), ("0.34.2", 11), ("0.37", 12)),
    "aiohttp": (("3.8", 9), ("3.8.4", 10), ("3.9", 11), ("3.10.6", 12), ("3.12.15", 13)),
    "cffi": (("1.15", 9), ("1.15.1", 10), ("1.16", 11), ("1.17", 12), ("2.0", 13)),
    "pyyaml": (("5.4.1", 8), ("6.0", 9), ("6.0.1", 11), ("6.0.2", 12), ("6.0.3", 13)),
    "grpcio": (("1.41", 9), ("1.49", 10), ("1.59", 11), ("1.66.2", 12), ("1.75.1", 13)),
    "asyncpg": (("0.25", 9), ("0.27", 10), ("0.29", 11), ("0.30", 12), ("0.31", 13)),
    "pydantic-core": (("2.0", 11), ("2.20", 12), ("2.41", 13)),
    "pydantic": (
        ("1.8.2", 9),
        ("1.10.3", 10),
        ("1.10.13", 11),
        ("1.10.19", 12),
        ("2.0", 13),
        ("2.4", 11),
        ("2.8", 12),
        ("2.12", 13),
    ),
    "sqlalchemy": (("1.4", 9), ("2.0", 12), ("2.0.31", 12)),
    "celery": (("5.0", 8), ("5.2", 10), ("5.3", 11), ("5.4", 12)),
    "gunicorn": (("20.1", 9), ("21.0", 11)),
    "orjson": (("3.8.0", 10), ("3.9.6", 11), ("3.10.7", 12), ("3.11.4", 13)),
    "tensorflow": (("2.5", 8), ("2.8", 9), ("2.12", 10), ("2.16", 11), ("2.20", 12), ("2.21", 13)),
    "torch": (("1.8", 8), ("1.11", 9), ("1.13", 10), ("2.2", 11), ("2.5", 12), ("2.9", 13)),
    "uvloop": (("0.16", 9), ("0.17", 10), ("0.19", 11), ("0.21", 12), ("0.22", 13)),
    "streamlit": (("1.12", 10), ("1.29", 11), ("1.40", 12)),
    "dash": (("2.5", 10), ("2.14", 11)),
    "mysqlclient": (("2.1", 9),),
    "markupsafe": (("2.0", 8), ("2.1", 10)),
    "numba": (("0.53", 8), ("0.55", 9), ("0.57", 10), ("0.59", 11), ("0.61", 12)),
    "opencv-python": (("4.5.1", 8), ("4.5.4", 9)),
}
_TOOL = re.compile(r"^\s*python[\s=]+\"?'?(\d+(?:\.\d+)*)", re.MULTILINE)
_ONE = re.compile(r"(?:==)?\s*\d+\.\d+(?:\.\d+)?")
_PLAIN = re.compile(r"^\s*(?:python|cpython)?[-@=\s]*v?(\d+\.\d+(?:\.\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chosen:
    version: Version
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class _Asked:
    """A range, or with `exact` one version, and where it is written."""

    text: str
    file: str
    line: int
    quoted: str
    exact: bool = False


def choose(tree: Tree, manifest: Manifest, wishes: Wishes) -> Chosen:
    """Return the Python for a project, as `X.Y`: patches come with the tag."""
    if wishes.version:
        minor = _minor(wishes.version)
        return Chosen(Version(minor, wishes.version, "--version"), confidence=1.0)
    asked = list(_asked(tree, manifest))
    limit, why = _limit(manifest)
    exact = next((one for one in asked if one.exact), None)
    if exact is not None:
        return _exact(exact, limit, why)
    for one in asked:
        if (inside := _inside(one.text)) is not None:
            best = _best(inside, limit)
            source = f"{one.file}:{one.line}" if one.line else one.file
            proof = Evidence("language_version", one.file, one.line, one.quoted, "range")
            return Chosen(Version(_shown(best), one.text, source), (proof, *why))
    best = min(limit or NEWEST, NEWEST)
    return Chosen(Version(_shown(best), "", why[0].file if why else ""), why, confidence=0.8 if why else 0.7)


def _exact(one: _Asked, limit: tuple[int, int] | None, why: tuple[Evidence, ...]) -> Chosen:
    minor = _minor(one.text)
    number = _number(minor)
    cautions = []
    if number <= _ENDED:
        cautions.append(Caution("end-of-life", one.file, one.line, f"Python {minor} gets no security fixes any more"))
    if limit and number > limit:
        text = f"{why[0].text} is not known to run on Python {minor}: the install may fail"
        cautions.append(Caution("version-conflict", why[0].file, why[0].line, text))
    proof = Evidence("language_version", one.file, one.line, one.quoted, "asked for")
    source = f"{one.file}:{one.line}" if one.line else one.file
    return Chosen(Version(minor, one.text, source), (proof,), tuple(cautions), 1.0)


def _asked(tree: Tree, manifest: Manifest) -> Iterator[_Asked]:
    """Yield what is asked for, what counts most first."""
    for path in (".tool-versions", "mise.toml", ".mise.toml", ".python-version", "runtime.txt"):
        text = tree.text(path)
        pattern = _TOOL if "tool" in path or "mise" in path else _PLAIN
        for number, line in text.lines() if text else ():
            bare = line.split("#")[0].strip()
            if text and (found := pattern.match(bare)) and "." in found[1]:
                yield _Asked(found[1], text.path, number, line.strip(), exact=True)
                break
    project, lock = manifest.project, manifest.locked
    if project.python:
        exact = bool(_ONE.fullmatch(project.python))
        path = tree.whole(project.file)
        yield _Asked(project.python, path, project.python_line, project.python, exact)
    if lock and lock.python:
        exact = bool(_ONE.fullmatch(lock.python))
        yield _Asked(lock.python, tree.whole(lock.file), lock.python_line, lock.python, exact)


def _limit(manifest: Manifest) -> tuple[tuple[int, int] | None, tuple[Evidence, ...]]:
    """Return the newest Python that all pinned packages take, and the package that sets it."""
    lowest: tuple[int, str] | None = None
    for name, steps in _LIMITS.items():
        pinned = dependency.version(manifest.version_of(name)) if manifest.version_of(name) else None
        minor = _newest_of(pinned, steps) if pinned else None
        if minor is not None and (lowest is None or minor < lowest[0]):
            lowest = (minor, name)
    if lowest is None:
        return None, ()
    minor, name = lowest
    text = f"{name} {manifest.version_of(name)}"
    declared = manifest.find(name)
    file, line = (declared.file, declared.line) if declared else (manifest.lock, 0)
    return (3, minor), (Evidence("language_version", file, line, text, "wheels"),)


def _newest_of(pinned: PackageVersion, steps: tuple[tuple[str, int], ...]) -> int | None:
    return next((minor for below, minor in steps if pinned < PackageVersion(below)), None)


def _inside(text: str) -> list[tuple[int, int]] | None:
    """Return the supported Pythons in a range, None when it can't be read."""
    ranges = []
    for part in _standard(text).split("||"):
        try:
            ranges.append(SpecifierSet(part.strip().strip(",")))
        except InvalidSpecifier:
            return None
    # The last patch of a minor version and the first: `>3.9` is met by 3.9.1, `<3.12` by no 3.12.
    return [
        one
        for one in _SUPPORTED
        if any(each.contains(f"{one[0]}.{one[1]}.99") or each.contains(f"{one[0]}.{one[1]}.0") for each in ranges)
    ]


def _standard(text: str) -> str:
    """Return a range of Poetry's (`^3.9`, `~3.10`, `3.9.*`) as the standard writes it."""
    parts = []
    for part in re.split(r"\s*,\s*|\s+(?=[<>=!~^])", text.strip()):
        if found := re.fullmatch(r"\^\s*(\d+)(?:\.(\d+))?.*", part):
            low = f"{found[1]}.{found[2]}" if found[2] else found[1]
            parts.append(f">={low},<{int(found[1]) + 1}")
        elif (found := re.fullmatch(r"~\s*(\d+)\.(\d+).*", part)) and not part.startswith("~="):
            parts.append(f"=={found[1]}.{found[2]}.*")
        elif found := re.fullmatch(r"={0,2}\s*(\d+(?:\.\d+)?)(?:\.\*)?", part):
            parts.append(f"=={found[1]}.*")
        elif found := re.fullmatch(r"(\d+\.\d+\.\d+)", part):
            parts.append(f"=={found[1]}")
        else:
            parts.append(part)
    return ",".join(parts)


def _best(inside: list[tuple[int, int]], limit: tuple[int, int] | None) -> tuple[int, int]:
    if not inside:
        return min(limit or NEWEST, NEWEST)
    within = [one for one in inside if one <= (limit or NEWEST) and one <= NEWEST]
    # Nothing known is inside: the lowest that is asked for is nearest to what is known.
    return max(within) if within else min(inside)


def _minor(text: str) -> str:
    found = re.match(r"\D*(\d+)(?:\.(\d+))?", text)
    return f"{found[1]}.{found[2]}" if found and found[2] else text


def _number(minor: str) -> tuple[int, int]:
    major, _, rest = minor.partition(".")
    return (int(major), int(rest)) if major.isdigit() and rest.isdigit() else NEWEST


def _shown(number: tuple[int, int]) -> str:
    return f"{number[0]}.{number[1]}"
