"""Print differences the way a good review reads: per resource, old to new, why, how we know, and what is done when."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from console.cli.humane import age
from console.cli.text import visible
from console.cli.values import differing_lines, short
from console.cli.verdicts import becomes
from console.cli.what_is_done import marker, step
from controller.client import Json

_CAUSES = {
    "spec": "the declaration changed",
    "drift": "changed outside Ergon",
    "image": "the image changed",
    "dependency": "something it depends on changed",
    "missing": "does not exist or run yet",
}
_EFFECTS = {"in-place": "in place", "none": ""}
_SIGNS = {"-": "red", "+": "green", " ": ""}
_FIELD = "    "
_UNDER = "      "


@dataclass(frozen=True)
class _Alike:
    """Changes of one resource that differ in nothing but the container: replicas are told once."""

    changes: list[Json]

    @property
    def first(self) -> Json:
        return self.changes[0]


def print_changes(changes: Iterable[Json], now: datetime, width: int | None, *, namespaces: bool = True) -> None:
    """Print the changes of a `diff` answer. `width` None means no terminal: lines are not broken.

    Without `namespaces` there is no heading for each: they are all of one that was told already.
    """
    namespace = None
    for number, alike in enumerate(_by_namespace(_groups(changes))):
        if number:
            click.echo()
        if namespaces and alike.first["namespace"] != namespace:
            namespace = alike.first["namespace"]
            click.secho(visible(f"namespace {namespace}"), bold=True)
        sign, colour = marker(alike.first)
        click.echo(click.style(f"{sign} {_title(alike)}", fg=colour))
        for line in _body(alike, now, width):
            click.echo(line)


def _body(alike: _Alike, now: datetime, width: int | None) -> Iterator[str]:
    """Yield what is said of a change: of what is taken over as it is, only what is special about it."""
    if alike.first["action"] == "adopt":
        yield from _found_lines(alike.first["fields"])
        yield f"{_FIELD}Taken over as it is."
        return
    yield from _field_lines(alike.first, now, width)
    yield f"{_FIELD}{step(alike.changes, now)}"


def _found_lines(fields: Iterable[Json]) -> Iterator[str]:
    for field in fields:
        path, declared = visible(field["path"]), field["declared"]
        observed = short(field["path"], field["observed"]) or visible(json.dumps(field["observed"], ensure_ascii=False))
        yield f"{_FIELD}{click.style(path, bold=True)}: {observed}{f' -> {visible(declared)}' if declared else ''}"
        if declared is None:
            yield click.style(f"{_UNDER}not declared: a new container would not have it", dim=True)


def _groups(changes: Iterable[Json]) -> list[_Alike]:
    groups: dict[str, list[Json]] = {}
    for change in changes:
        parts = [change[part] for part in ("action", "effect", "kind", "namespace", "name", "fields")]
        groups.setdefault(json.dumps(parts), []).append(change)
    return [_Alike(group) for group in groups.values()]


def _by_namespace(groups: Sequence[_Alike]) -> list[_Alike]:
    """Return groups with those of a namespace together, and in it those of a resource, in the order they came in."""
    namespaces = list(dict.fromkeys(group.first["namespace"] for group in groups))
    resources = list(dict.fromkeys((group.first["kind"], group.first["name"]) for group in groups))

    def place(group: _Alike) -> tuple[int, int]:
        first = group.first
        return namespaces.index(first["namespace"]), resources.index((first["kind"], first["name"]))

    return sorted(groups, key=place)


def _title(alike: _Alike) -> str:
    first = alike.first
    which = ", ".join(change["instance"] for change in alike.changes if change["instance"])
    return visible(f"{first['kind'].lower()}/{first['name']}{f' ({which})' if which else ''}")


def _field_lines(change: Json, now: datetime, width: int | None) -> Iterator[str]:
    """Yield the fields of a change; the reason is told once for those that follow each other and share it."""
    fields = change["fields"]
    columns = _columns(fields)
    for number, field in enumerate(fields):
        yield from _one_field(change, field, columns, width)
        why = _because(field, now)
        if number + 1 == len(fields) or _because(fields[number + 1], now) != why:
            yield click.style(f"{_UNDER}{why}", dim=True)


def _columns(fields: Sequence[Json]) -> tuple[int, int, int]:
    """Return the widths of paths, old and new values, of those that fit side by side."""
    pairs = [(field["path"], *_pair(field)) for field in fields]
    short_ones = [(path, old, new) for path, old, new in pairs if old is not None and new is not None]
    widths = [max((len(row[column]) for row in short_ones), default=0) for column in range(3)]
    return widths[0], widths[1], widths[2]


def _pair(field: Json) -> tuple[str | None, str | None]:
    path = field["path"]
    return short(path, field["observed"]), short(path, field["declared"])


def _one_field(change: Json, field: Json, columns: tuple[int, int, int], width: int | None) -> Iterator[str]:
    path, effect = visible(field["path"]), _effect(change, field)
    old, new = _pair(field)
    if old is not None and new is not None:
        shown = f"{path:{columns[0]}}  {old:{columns[1]}} -> {new:{columns[2]}}  {effect}".rstrip()
        if width is None or len(_FIELD) + len(shown) <= width:
            yield f"{_FIELD}{_painted(shown, path, old, new, columns)}"
            return
        lines: Iterable[tuple[str, str]] = (("-", old), ("+", new))
    else:
        lines = differing_lines(field["path"], field["observed"], field["declared"])
    yield f"{_FIELD}{click.style(path, bold=True)}{f'  {effect}' if effect else ''}"
    for sign, line in lines:
        text = f"{_UNDER}{sign} {line}".rstrip()
        yield click.style(text, fg=_SIGNS[sign]) if _SIGNS[sign] else text


def _painted(shown: str, path: str, old: str, new: str, columns: tuple[int, int, int]) -> str:
    """Return a line of three aligned columns with its colours."""
    padding = " " * (columns[0] - len(path))
    rest = shown[columns[0] + 2 + columns[1] + 4 + len(new) :]
    values = f"{click.style(old, fg='red')}{' ' * (columns[1] - len(old))} -> {click.style(new, fg='green')}"
    return f"{click.style(path, bold=True)}{padding}  {values}{rest}"


def _effect(change: Json, field: Json) -> str:
    """Return what this field alone takes; of what comes to be or ends there is nothing to tell."""
    if change["action"] in ("create", "delete", "none"):
        return ""
    return visible(_EFFECTS.get(field["effect"], field["effect"]))


def _because(field: Json, now: datetime) -> str:
    cause = _CAUSES.get(field["cause"], str(field["cause"])) + (", undeclared" if field["unmanaged"] else "")
    since = f", {age(field['since'], now)} ago" if field["since"] else ""
    evidence = f": {field['evidence']}" if field["evidence"] else ""
    told = becomes(field)
    return visible(f"{cause}{since}{evidence}{f'; {told}' if told else ''}")
