"""`ergon validate`, `config` and `schema`: state files, without a controller and without Docker."""

import json
from typing import Any

import click

from console.cli.completing import FILE
from console.cli.failures import FAILED, Problems, explain
from console.cli.loading import load_files
from console.cli.options import files_namespace_option, json_option, print_json
from console.cli.text import visible
from controller.client import Json

_VALUE_COLUMNS = 60

_files = click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")


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
            print_json({"valid": False, "resources": 0, "problems": error.lines})
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
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the documents as YAML, to be applied again.")
def config(files: tuple[str, ...], namespace: str | None, as_json: bool, as_yaml: bool) -> None:
    """Show what state files amount to, and where each value comes from.

    Variables are filled in, short forms written out and defaults shown; each value names its place
    in a file, or says that it is a default or implied by the rest.
    """
    loaded = load_files(files, namespace)
    if as_json:
        print_json([_explained(*pair) for pair in zip(loaded.documents, loaded.values(), strict=True)])
    elif as_yaml:
        _print_yaml(loaded.documents)
    else:
        for target, values in zip(loaded.targets, loaded.values(), strict=True):
            _print_values(str(target), values)


def _print_yaml(documents: list[Json]) -> None:
    from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

    # YAML written by a library has its control characters escaped already.
    click.echo(state_text((document, {}) for document in documents), nl=False)


def _print_values(title: str, values: list[tuple[str, Any, str]]) -> None:
    click.echo(visible(title))
    texts = [f"  {path}: {json.dumps(value)}" for path, value, _ in values]
    width = min(max(map(len, texts), default=0), _VALUE_COLUMNS)
    for text, (_, _, origin) in zip(texts, values, strict=True):
        click.echo(f"{visible(text):<{width}}  # {visible(origin)}")


def _explained(document: Json, values: list[tuple[str, Any, str]]) -> Json:
    rows = [{"path": path, "value": value, "origin": origin} for path, value, origin in values]
    return {**document, "values": rows}


@click.command()
def schema() -> None:
    """Print the JSON schema of state files, for editors."""
    from desired_state.schema import json_schema  # noqa: PLC0415 - imports pydantic

    print_json(json_schema())
