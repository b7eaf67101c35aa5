"""`ergon volume`: what needs a person's word, because it costs data."""

import sys

import click

from console.cli.completing import RESOURCE
from console.cli.options import json_option, namespace_option, print_json
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, pass_session


@click.group()
def volume() -> None:
    """Make volumes anew."""


@volume.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_session
def recreate(session: Session, names: tuple[str, ...], namespace: str | None, yes: bool, as_json: bool) -> None:
    """Remove volumes WITH THEIR DATA and make them anew, as declared now.

    Their containers are removed first and made again afterwards.
    """
    if not yes:
        _ask(names)
    results = session.backend.recreate_volume(names=names, namespace=namespace)["results"]
    if as_json:
        print_json({"results": results})
    else:
        print_results(results)
    note_if_nobody_acts(session)


def _ask(names: tuple[str, ...]) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("this needs --yes when nobody can be asked")
    click.confirm(f"Remove all data in {', '.join(names)}?", abort=True, err=True)
