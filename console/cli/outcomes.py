"""Say what became of resources that a command changed."""

from collections.abc import Iterable

import click

from console.cli.session import Session, note
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json

_STYLES = {"created": "green", "configured": "yellow", "pruned": "red", "deleted": "red", "dropped": "red"}


def print_results(results: Iterable[Json]) -> None:
    """Print one line per resource: its name and what was done."""
    for one in results:
        outcome = str(one["outcome"])
        dim = outcome == "unchanged"
        click.echo(f"{visible(Target.of(one))} {click.style(visible(outcome), fg=_STYLES.get(outcome), dim=dim)}")


def note_if_nobody_acts(session: Session) -> None:
    """Say so when a change was only recorded, because no controller runs."""
    if session.backend.hosted:
        note("note: no controller runs; this is recorded and is done when one does (`ergon up` or `ergon run`)")
