"""The environment variables that code reads: which it can't do without, which are secrets, what stands in for them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dockerfiles import secrecy
from dockerfiles.analysis import Variable
from dockerfiles.sources import Hit, search
from dockerfiles.tree import Text, Tree

# What a shell, a container or a tool sets, whatever the application is.
_AMBIENT = frozenset(
    {
        *("PATH", "HOME", "PWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR", "TMP", "TEMP"),
        *("HOSTNAME", "CI", "EDITOR", "PAGER", "DISPLAY", "NO_COLOR", "GITHUB_ACTIONS", "CARGO_MANIFEST_DIR"),
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_EXAMPLES = (".env.example", ".env.sample", ".env.dist", ".env.template", "env.example", ".env.production.example")
_EXAMPLE_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which code reads a variable: group 1 of the pattern is its name, group 2 (if any) a default."""

    pattern: str
    required: bool = False


def read_in(texts: Sequence[Text], ways: Iterable[Way]) -> tuple[Variable, ...]:
    """Return the variables that code reads, by name; required is what is needed somewhere and has no default."""
    places: defaultdict[str, list[tuple[Hit, bool, str | None]]] = defaultdict(list)
    for way in ways:
        for hit in search(texts, way.pattern):
            name = hit.groups[0]
            if _NAME.match(name) and name not in _AMBIENT:
                default = hit.groups[1] if len(hit.groups) > 1 else None
                places[name].append((hit, way.required, default))
    return tuple(_variable(name, places[name]) for name in sorted(places))


def of_examples(tree: Tree) -> tuple[Variable, ...]:
    """Return the names in an example of an environment file; its values are a developer's, and stay there."""
    found: dict[str, Variable] = {}
    for path in _EXAMPLES:
        if (text := tree.text(path)) is not None:
            for number, line in text.lines():
                if (named := _EXAMPLE_LINE.match(line)) and named[1] not in _AMBIENT:
                    name = named[1]
                    source = f"{text.path}:{number}"
                    found.setdefault(name, Variable(name, secret=secrecy.is_secret(name), source=source))
    return tuple(found[name] for name in sorted(found))


def merged(*groups: Iterable[Variable]) -> tuple[Variable, ...]:
    """Return the variables of all groups by name; of several of one name, the first group's."""
    found: dict[str, Variable] = {}
    for group in groups:
        for variable in group:
            found.setdefault(variable.name, variable)
    return tuple(found[name] for name in sorted(found))


def _variable(name: str, places: Sequence[tuple[Hit, bool, str | None]]) -> Variable:
    default = next((value for _, _, value in places if value is not None), None)
    required = default is None and any(needed for _, needed, _ in places)
    # Where it is needed says more than where it is only read.
    hit = next((place for place, needed, _ in places if needed == required), places[0][0])
    if default is not None:
        hit = next(place for place, _, value in places if value is not None)
    return Variable(
        name,
        required=required,
        secret=secrecy.is_secret(name, default or ""),
        default=secrecy.showable(name, default),
        source=hit.source,
    )
