"""One dependency of a Python project, as whatever file it was written in says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

# What an image is, for the markers of dependencies that are not meant for it.
_IMAGE = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "extra": "",
}
# Enough of a name where the whole can't be read: `Django == 3.2.*  # pinned`, `flask=2`.
_LOOSE = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(=|[=<>!~]=?[^;#]*)?")
_EXACT = re.compile(r"^={1,3}\s*v?([0-9][\w.!+-]*)$")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency, its name as the index compares names. `url` is where it comes from when not from an index."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str = ""
    file: str = ""
    line: int = 0
    text: str = ""

    @property
    def spelt(self) -> str:
        """Its name with the extras that are asked for: `psycopg[binary]`."""
        return f"{self.name}[{','.join(self.extras)}]" if self.extras else self.name

    @property
    def pinned(self) -> Version | None:
        """The one version that it allows."""
        return version(found[1]) if (found := _EXACT.match(self.specifier)) else None


def normal(name: str) -> str:
    """Return a name as the index compares names."""
    return re.sub(r"[-_.]+", "-", name).strip("-").lower()


def version(text: str) -> Version | None:
    """Return a version, None when this is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def parsed(text: str, file: str = "", line: int = 0) -> Dependency | None:
    """Return the dependency that a requirement names; None for what is none, or is not meant for Linux."""
    try:
        read = Requirement(text)
    except InvalidRequirement:
        return _loosely(text, file, line)
    if read.marker is not None and not applies(read.marker):
        return None
    return Dependency(
        normal(read.name), tuple(sorted(read.extras)), str(read.specifier), read.url or "", file, line, text
    )


def applies(marker: Marker | str) -> bool:
    """Return whether a marker holds in an image; one that can't be read does."""
    try:
        return (Marker(marker) if isinstance(marker, str) else marker).evaluate(dict(_IMAGE))
    except (InvalidMarker, ValueError, KeyError):
        return True


def from_table(name: str, value: object, file: str, line: int) -> Dependency | None:
    """Return a dependency of a table, as Poetry and Pipenv write them: `"^2.0"`, or a table with version and extras."""
    text = f"{name} = {value}" if isinstance(value, str) else name
    if not isinstance(value, Mapping):
        return Dependency(normal(name), (), value if isinstance(value, str) else "", "", file, line, text)
    if value.get("optional") is True or not _meant(value):
        return None
    extras = tuple(sorted(str(extra) for extra in value.get("extras") or () if isinstance(extra, str)))
    source = next((f"{kind}+{value[kind]}" for kind in ("git", "hg") if value.get(kind)), "")
    source = source or str(value.get("path") or value.get("url") or value.get("file") or "")
    return Dependency(normal(name), extras, str(value.get("version") or ""), source, file, line, text)


def _meant(value: Mapping[str, object]) -> bool:
    markers = value.get("markers")
    platform = value.get("platform") or value.get("sys_platform")
    return (not isinstance(markers, str) or applies(markers)) and platform in {None, "linux", "== 'linux'"}


def _loosely(text: str, file: str, line: int) -> Dependency | None:
    found = _LOOSE.match(text)
    if not found:
        return None
    extras = tuple(sorted(filter(None, (extra.strip() for extra in (found[2] or "").split(",")))))
    return Dependency(normal(found[1]), extras, (found[3] or "").strip(), "", file, line, text)
