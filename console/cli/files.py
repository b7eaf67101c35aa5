"""`ergon validate`, `config` and `schema`: state files, without a controller and without Docker."""

import click

from console.cli.failures import FAILED, Problems, explain
from console.cli.loading import load_files
from console.cli.options import files_namespace_option, json_option, print_json

_files = click.argument("files", nargs=-1, required=True, metavar="FILE...")


@click.command()
@_files
@files_namespace_option
@json_option
@click.pass_context
def validate(ctx: click.Context, files: tuple[str, ...], namespace: str | None, as_json: bool) -> None:
    """Check state files, and say all that is wrong with them."""
    try:
        count = len(load_files(files, namespace).documents)
    except Problems as error:
        if as_json:
            print_json({"valid": False, "resources": 0, "problems": error.problems})
        else:
            explain(error)
        ctx.exit(FAILED)
    if as_json:
        print_json({"valid": True, "resources": count, "problems": []})
    else:
        click.echo(f"Valid: {count} {'resource' if count == 1 else 'resources'}.")


@click.command()
@_files
@files_namespace_option
@json_option
def config(files: tuple[str, ...], namespace: str | None, as_json: bool) -> None:
    """Show what state files declare, in full.

    Variables are filled in and short forms written out.
    """
    # Where a document came from is for the controller; in a state file it would be an unknown field.
    documents = [
        {key: value for key, value in document.items() if key != "source"}
        for document in load_files(files, namespace).documents
    ]
    if as_json:
        print_json(documents)
        return
    import yaml  # noqa: PLC0415 - not needed for JSON

    # YAML written by a library has its control characters escaped already.
    click.echo(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=False), nl=False)


@click.command()
def schema() -> None:
    """Print the JSON schema of state files, for editors."""
    from desired_state.schema import json_schema  # noqa: PLC0415 - imports pydantic

    print_json(json_schema())
