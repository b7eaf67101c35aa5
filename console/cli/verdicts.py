"""Say what policies and people have decided about single differences, and how to decide what waits."""

from collections.abc import Iterable

import click

from console.cli.text import visible
from controller.client import Json

# What is said of a field that is not simply put right.
_BECOMES = {
    "alert": "left as it is (policy alert)",
    "ignore": "looked away from (policy ignore)",
    "ask": "waits for approval",
    "repair": "approved",
    "accept": "accepted as found",
    "reject": "left as it is (repair rejected)",
}


def becomes(field: Json) -> str:
    """Return what becomes of a field, "" when it is simply put right."""
    return _BECOMES.get(_policy(field), "")


def is_unshown(change: Json) -> bool:
    """Return whether a change is listed only because everything was asked for."""
    return bool(change["fields"]) and all(_policy(field) in ("ignore", "accept") for field in change["fields"])


def print_questions(changes: Iterable[Json]) -> None:
    """Print how to answer what waits for a person's word, one command for each change."""
    for change in changes:
        if any(_policy(field) == "ask" for field in change["fields"]):
            target = f"{change['name']} -n {change['namespace']}"
            click.echo(visible(f"To put right what waits: ergon approve {target} --plan {change['plan']}"))


def _policy(field: Json) -> str:
    """Return what becomes of a field: a person's word, or else its policy."""
    return str(field["verdict"] or field["policy"])
