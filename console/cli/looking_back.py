"""How the commands begin that tell of a resource's past."""

import click

from console.cli.options import print_json
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json


def is_told(answer: Json, rows: str, *, nothing: str, as_json: bool) -> bool:
    """Print an answer as JSON, or its beginning: whose past it is, and that it is empty if `rows` are.

    Returns:
        Whether all is printed; else the rows are still to be told.
    """
    if as_json:
        print_json(answer)
        return True
    click.secho(visible(Target.of(answer)), bold=True)
    if not answer[rows]:
        click.echo(f"  {nothing}")
    return not answer[rows]
