"""`ergon rollback`: go back to what was declared before."""

import click

from console.cli.completing import RESOURCE
from console.cli.diff import show_difference
from console.cli.options import json_option, namespace_option, print_json
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, note, pass_session
from console.cli.text import visible


@click.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@click.option(
    "--to", type=click.IntRange(min=1), metavar="GENERATION", help="Which one; `ergon history NAME` lists them."
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@json_option
@pass_session
@click.pass_context
def rollback(
    ctx: click.Context,
    session: Session,
    *,
    name: str,
    namespace: str | None,
    to: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Go back to what was declared before.

    A kept revision is declared anew, as a new generation, with the very image that it ran with. Without
    --to it is the one that a running or failed update began from, else the last good one before.

    With --dry-run: exits 2 when something would change.
    """
    answer = session.backend.rollback(name=name, namespace=namespace, to=to, dry_run=dry_run)
    for text in answer["notes"]:
        note(f"note: {visible(text)}")
    if dry_run:
        show_difference(ctx, session, answer["plan"], as_json)
    elif as_json:
        print_json(answer)
    else:
        print_results([{**one, "outcome": f"rolled back to generation {answer['to']}"} for one in answer["results"]])
        note_if_nobody_acts(session)
