"""`ergon diff`: how what runs differs from what is declared, field by field."""

from pathlib import Path

import click

from console.cli.changes import print_changes
from console.cli.completing import RESOURCE_OR_FILE
from console.cli.failures import DIFFERENT
from console.cli.options import json_option, namespace_option, print_json, profile_option
from console.cli.session import Session, note, pass_session
from console.cli.text import visible
from console.cli.verdicts import print_questions
from console.cli.what_is_done import summary
from console.cli.when import Moment, When
from controller.client import Json

_SUFFIXES = {".yaml", ".yml", ".json", ".toml"}


@click.command()
@click.argument("what", nargs=-1, type=RESOURCE_OR_FILE, metavar="[FILE|NAME]...")
@namespace_option
@profile_option
@click.option("--live", is_flag=True, help="Inspect every object in Docker anew instead of trusting the cache.")
@click.option("--prune", is_flag=True, help="With files: count what they no longer declare as to be deleted.")
@click.option("--all", "everything", is_flag=True, help="List what policies and approvals look away from, too.")
@click.option("--at", type=When(), help="What differed then: 10m ago, yesterday 03:10, or a time.")
@json_option
@pass_session
@click.pass_context
def diff(
    ctx: click.Context,
    session: Session,
    *,
    what: tuple[str, ...],
    namespace: str | None,
    live: bool,
    prune: bool,
    everything: bool,
    at: Moment | None,
    as_json: bool,
) -> None:
    """Show how what runs differs from what is declared, and why. Changes nothing.

    With FILEs (or folders, or - for standard input): how it differs from what they declare, and the
    id with which `ergon apply FILE... --plan ID` carries out exactly that. With NAMEs: only these
    resources.

    Exits 0 when nothing differs, 2 when something does, 1 on errors.
    """
    if at is not None:
        difference = _back_then(session, what, namespace, at.before(session.now()))
    elif what and all(_is_file(one) for one in what):
        difference = _with_files(session, what, namespace, live, prune)
    elif prune:
        raise click.UsageError("--prune needs files to compare with")
    else:
        difference = session.backend.diff(namespace=namespace, names=what, live=live, everything=everything)
    show_difference(ctx, session, difference, as_json)


def show_difference(ctx: click.Context, session: Session, difference: Json, as_json: bool) -> None:
    """Print a difference, and exit 2 when there is one."""
    if as_json:
        print_json(difference)
    else:
        print_changes(difference["changes"], session.now(), session.width)
        click.echo(("\n" if difference["changes"] else "") + summary(difference))
        print_questions(difference["changes"])
    if not difference["in_sync"]:
        ctx.exit(DIFFERENT)


def _back_then(session: Session, names: tuple[str, ...], namespace: str | None, at: str) -> Json:
    if any(_is_file(one) for one in names):
        raise click.UsageError("--at looks at the record; what a file would have done then says `ergon simulate --at`")
    difference = session.backend.diff_at(at=at, namespace=namespace, names=names)
    for text in difference["notes"]:
        note(f"note: {visible(text)}")
    return difference


def _is_file(text: str) -> bool:
    # A name is never written with a leading dot or a suffix of ours, so a mistyped path is told
    # as a missing file, not as an unknown resource.
    return text == "-" or text.startswith((".", "/", "~")) or Path(text).exists() or Path(text).suffix in _SUFFIXES


def _with_files(session: Session, paths: tuple[str, ...], namespace: str | None, live: bool, prune: bool) -> Json:
    from console.cli.loading import load_files  # noqa: PLC0415 - imports pydantic

    loaded = load_files(paths, namespace)
    with loaded.placed():
        return session.backend.plan(
            documents=loaded.documents, sources=loaded.sources, live=live, prune=prune, prune_namespace=namespace
        )
