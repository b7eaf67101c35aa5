"""Print differences the way a good review reads: per object, old to new, what it will do, why, and how we know."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from console.cli.humane import age, size
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json

_MARKERS = {"create": ("+", "green"), "adopt": ("+", "green"), "delete": ("-", "red"), "none": ("!", "cyan")}
_CHANGED = ("~", "yellow")
_EFFECTS = {
    "in-place": "in place, it keeps running",
    "rename": "by renaming it",
    "reconnect": "by reconnecting it to its networks",
    "restart": "by restarting it",
    "recreate": "by a new container",
}
_CAUSES = {
    "spec": "the declaration changed",
    "drift": "changed outside Ergon",
    "image": "the image changed",
    "dependency": "something it depends on changed",
    "missing": "does not exist or run yet",
}
_VERBS = {
    "create": "create",
    "update": "update",
    "replace": "replace",
    "start": "start",
    "stop": "stop",
    "restart": "restart",
    "unpause": "unpause",
    "delete": "delete",
    "adopt": "adopt",
    "none": "leave as it is",
}
# Effects that say no more than the verb does.
_IMPLIED = {("start", "restart"), ("restart", "restart"), ("create", "recreate"), ("delete", "recreate")}
# What is said of a field that is not simply put right.
_BECOMES = {
    "alert": "left as it is (policy alert)",
    "ignore": "looked away from (policy ignore)",
    "ask": "waits for approval",
    "repair": "approved",
    "accept": "accepted as found",
    "reject": "left as it is (repair rejected)",
}
_SIZES = {"mem_limit", "memswap_limit", "mem_reservation", "shm_size", "memory"}
_INDENT = "    "


def print_changes(changes: Iterable[Json], now: datetime, width: int | None) -> None:
    """Print the changes of a `diff` answer. `width` None means no terminal: lines are not broken."""
    for number, ((heading, fields), instances) in enumerate(_alike(changes).items()):
        if number:
            click.echo()
        marker, colour = _MARKERS.get(heading[0], _CHANGED)
        click.echo(click.style(f"{marker} {_title(heading, instances)}", fg=colour))
        if heading[0] == "adopt":
            _print_found(json.loads(fields))
            continue
        for field in _with_own_effects(json.loads(fields)):
            _print_field(field, now, width)


def summary(changes: Iterable[Json]) -> str:
    """Return one sentence: how many objects differ, and what becomes of them."""
    found = list(changes)
    unshown = sum(_is_unshown(change) for change in found)
    verbs = Counter(_VERBS.get(change["action"], change["action"]) for change in found if not _is_unshown(change))
    total = sum(verbs.values())
    apart = f" ({unshown} not shown without --all)" if unshown else ""
    if not total:
        return f"In sync: everything runs as declared{apart}."
    parts = ", ".join(f"{count} to {verb}" for verb, count in verbs.items())
    return f"{total} {'difference' if total == 1 else 'differences'}: {parts}{apart}."


def print_questions(changes: Iterable[Json]) -> None:
    """Print how to answer what waits for a person's word, one command for each change."""
    for change in changes:
        if any(_policy(field) == "ask" for field in change["fields"]):
            target = f"{change['name']} -n {change['namespace']}"
            click.echo(visible(f"To put right what waits: ergon approve {target} --plan {change['plan']}"))


def _is_unshown(change: Json) -> bool:
    return bool(change["fields"]) and all(_policy(field) in ("ignore", "accept") for field in change["fields"])


def _policy(field: Json) -> str:
    """Return what becomes of a field: a person's word, or else its policy."""
    return str(field["verdict"] or field["policy"])


def _alike(changes: Iterable[Json]) -> dict[tuple[tuple[str, ...], str], list[str]]:
    """Return the instances of each change: replicas that differ in the same way are told once."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for change in changes:
        heading = tuple(str(change[part]) for part in ("action", "effect", "kind", "namespace", "name"))
        key = (heading, json.dumps(change["fields"]))
        groups.setdefault(key, []).append(change.get("instance", ""))
    return groups


def _title(heading: tuple[str, ...], instances: list[str]) -> str:
    action, effect, kind, namespace, name = heading
    which = ", ".join(instance for instance in instances if instance)
    how = "" if (action, effect) in _IMPLIED else _EFFECTS.get(effect, "")
    title = f"{Target(namespace, kind, name)}{f' ({which})' if which else ''}: {_VERBS.get(action, action)}"
    return visible(f"{title} {how}".rstrip())


def _with_own_effects(fields: list[Json]) -> list[Json]:
    """Keep the effect of each field only where they differ: else the title says it for all."""
    mixed = len({field["effect"] for field in fields}) > 1
    return [field if mixed else {**field, "effect": ""} for field in fields]


def _print_found(fields: list[Json]) -> None:
    """Print what is special about a container that is taken over; nothing of it needs a deed."""
    for field in fields:
        path, declared = visible(field["path"]), field["declared"]
        observed = visible(_value(field["path"], field["observed"]))
        click.echo(
            f"{_INDENT}{click.style(path, bold=True)}: {observed}" + (f" -> {visible(declared)}" * bool(declared))
        )
        if declared is None:
            click.echo(click.style(f"{_INDENT}  not declared: a new container would not have it", dim=True))


def _print_field(field: Json, now: datetime, width: int | None) -> None:
    path = visible(field["path"])
    old, new = (visible(_value(field["path"], field[side])) for side in ("observed", "declared"))
    line = f"{_INDENT}{path}: {old} -> {new}"
    if width is None or len(line) <= width:
        click.echo(f"{_INDENT}{click.style(path, bold=True)}: {old} -> {new}")
    else:
        click.echo(f"{_INDENT}{click.style(path, bold=True)}:")
        click.echo(click.style(f"{_INDENT}  - {old}", fg="red"))
        click.echo(click.style(f"{_INDENT}  + {new}", fg="green"))
    click.echo(click.style(f"{_INDENT}  {_because(field, now)}", dim=True))


def _because(field: Json, now: datetime) -> str:
    effect = f"[{field['effect']}] " if field["effect"] else ""
    cause = _CAUSES.get(field["cause"], str(field["cause"])) + (", undeclared" if field["unmanaged"] else "")
    since = f", {age(field['since'], now)} ago" if field["since"] else ""
    evidence = f": {field['evidence']}" if field["evidence"] else ""
    becomes = f"; {_BECOMES[_policy(field)]}" if _policy(field) in _BECOMES else ""
    return visible(f"{effect}{cause}{since}{evidence}{becomes}")


def _value(path: str, value: Any) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and path.rpartition(".")[2] in _SIZES:
        return size(value)
    return value or '""' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
