"""`ergon compose`: what becomes of Compose files."""

import click

from console.cli.loading import load_files
from console.cli.options import files_namespace_option


@click.group()
def compose() -> None:
    """Show what becomes of Compose files.

    Every command that takes state files takes Compose files as well.
    """


@compose.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@files_namespace_option
def config(files: tuple[str, ...], namespace: str | None) -> None:
    """Print the state file that Compose FILEs amount to.

    Several files of one folder are merged as Compose merges them; variables, `.env`, extends and
    include are worked in. What means nothing here is told on standard error.
    """
    loaded = load_files(files, namespace)
    from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

    click.echo(state_text((document, {}) for document in loaded.documents), nl=False)
