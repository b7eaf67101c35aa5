"""`ergon gc`: what Ergon holds back from giving up, and a person's word that it may."""

import click

from console.cli.humane import Duration, megabytes
from console.cli.options import json_option, namespace_option, print_json
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, note, pass_session
from console.cli.tables import print_table
from console.cli.targets import Target
from controller.client import Json

_ALL = "(all)"


@click.group(invoke_without_command=True)
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    is_flag=False,
    flag_value=_ALL,
    metavar="[NAME]",
    help="Let happen what is held back: about NAME (repeatable), or all of it.",
)
@namespace_option
@pass_session
@click.pass_context
def gc(ctx: click.Context, session: Session, confirmed: tuple[str, ...], namespace: str | None) -> None:
    """Show what Ergon holds back from giving up, and let it happen.

    Above three containers and 30 % of all, Ergon gives nothing up in one sweep that nobody declared
    so: a moved tag, a wrong store or another daemon must not cost a host. What is held back runs on.
    """
    if confirmed:
        names = [name for name in confirmed if name != _ALL]
        if ctx.invoked_subcommand:
            raise click.UsageError("a confirmation takes no command after it")
        _report(session, session.backend.confirm(names=names, namespace=namespace))
    elif ctx.invoked_subcommand is None:
        ctx.invoke(status)


@gc.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Show what is held back, and why."""
    answer = session.backend.held_back()
    if as_json:
        print_json(answer)
    elif answer["stopped"]:
        rows = [[str(Target.of(one)), one["message"]] for one in answer["stopped"]]
        print_table(("HELD BACK", "WHY"), rows, session.width)
    else:
        click.echo(
            f"Nothing is held back: of {answer['managed']} containers, "
            f"up to {answer['limit']} may be given up unasked in one sweep."
        )


@gc.command()
@click.option("--confirm", is_flag=True, help="Remove them; without it they are only shown.")
@click.option("--dry-run", is_flag=True, help="Only show what can go. That is what happens without --confirm, too.")
@click.option("--older-than", type=Duration(), default=0.0, help="Only what Ergon brought here so long ago (7d).")
@json_option
@pass_session
def images(session: Session, *, confirm: bool, dry_run: bool, older_than: float, as_json: bool) -> None:
    """Show which images nothing needs any more, and remove them.

    Only what Ergon itself pulled or built goes, and only if no container, no declaration and no revision
    that is kept for a rollback needs it, and nobody else has given it a name.
    """
    answer = session.backend.collect_images(confirm=confirm and not dry_run, older_than_s=older_than)
    if as_json:
        print_json(answer)
        return
    if answer["images"]:
        rows = [
            [", ".join(one["references"]), megabytes(one["size"]), one["outcome"], one["reason"]]
            for one in answer["images"]
        ]
        print_table(("IMAGE", "SIZE", "OUTCOME", "WHY"), rows, session.width)
    _sum_up(answer, removed=confirm and not dry_run)


def _sum_up(answer: Json, *, removed: bool) -> None:
    going = sum(one["outcome"] in ("removed", "removable") for one in answer["images"])
    images = "1 image" if going == 1 else f"{going} images"
    if removed:
        click.echo(f"Removed {images}, {megabytes(answer['bytes'])}.")
    elif going:
        note(f"{images} can go, {megabytes(answer['bytes'])}; `ergon gc images --confirm` removes them")
    else:
        click.echo("Nothing can go.")


def _report(session: Session, answer: Json) -> None:
    if answer["results"]:
        print_results(answer["results"])
        note_if_nobody_acts(session)
    else:
        click.echo("Nothing is held back.")
