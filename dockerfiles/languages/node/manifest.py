"""package.json as values: whatever its fields hold, what comes out has the right types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockerfiles import lenient_json
from dockerfiles.tree import Tree

NAMES = ("package.json", "package.json5")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself. `path` is "" where there is no such file; `broken` says why it can't be read."""

    path: str = ""
    document: lenient_json.Document | None = None
    broken: lenient_json.Malformed | None = None
    name: str = ""
    version: str = ""
    main: str = ""
    module: str = ""
    bins: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    dependencies: Mapping[str, str] = field(default_factory=dict)
    development: Mapping[str, str] = field(default_factory=dict)
    engines: Mapping[str, str] = field(default_factory=dict)
    package_manager: str = ""
    workspaces: tuple[str, ...] = ()

    def has(self, *packages: str) -> bool:
        """Return whether one of these packages is asked for, be it only to build or test."""
        return any(package in self.dependencies or package in self.development for package in packages)

    def range_of(self, package: str) -> str:
        """Return the range in which a package is wanted, "" when it is not."""
        return self.dependencies.get(package) or self.development.get(package, "")

    def line(self, *keys: str) -> int:
        """Return the line of the key that is reached through these keys, 0 when there is none."""
        return self.document.line(*keys) if self.document else 0

    def line_of(self, package: str) -> int:
        """Return the line that asks for a package."""
        return self.line("dependencies" if package in self.dependencies else "devDependencies", package)

    def field(self, *keys: str) -> Any:
        """Return the raw value that is reached through these keys, None when there is none."""
        value = self.document.value if self.document else None
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


def read(tree: Tree) -> Manifest:
    """Return the manifest at the root of a tree, an empty one when there is none."""
    path = tree.first(*NAMES)
    text = tree.text(path) if path else None
    if text is None:
        return Manifest()
    try:
        document = lenient_json.parse(text)
    except lenient_json.Malformed as error:
        return Manifest(path=text.path, broken=error)
    found = document.value if isinstance(document.value, dict) else {}
    return Manifest(
        path=text.path,
        document=document,
        name=_word(found.get("name")),
        version=_word(found.get("version")),
        main=_word(found.get("main")),
        module=_word(found.get("module")),
        bins=_bins(found),
        scripts=_words(found.get("scripts")),
        dependencies={**_words(found.get("optionalDependencies")), **_words(found.get("dependencies"))},
        development=_words(found.get("devDependencies")),
        engines=_words(found.get("engines")),
        package_manager=_word(found.get("packageManager")),
        workspaces=tuple(_patterns(found.get("workspaces"))),
    )


def _word(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _words(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key): text.strip() for key, text in value.items() if isinstance(text, str)}


def _bins(found: dict[str, Any]) -> dict[str, str]:
    declared = found.get("bin")
    if isinstance(declared, str):
        return {_word(found.get("name")): declared}
    return _words(declared)


def _patterns(value: Any) -> Iterator[str]:
    """Both shapes are in use: a list, and an object that holds it (yarn's, with `nohoist`)."""
    listed = value.get("packages") if isinstance(value, dict) else value
    if isinstance(listed, list):
        yield from (pattern for pattern in listed if isinstance(pattern, str))
