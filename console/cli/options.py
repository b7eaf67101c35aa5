"""Options and arguments that several commands share, so that they read and mean the same everywhere."""

import json
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
namespace_option: Decorator = click.option("-n", "--namespace", metavar="NS", help="Only this namespace.")
files_namespace_option: Decorator = click.option(
    "-n", "--namespace", metavar="NS", help="The namespace of resources that name none."
)
timeout_help = "Give up after this long (90s, 10m) and exit 3."


def print_json(value: object) -> None:
    """Print one JSON document on standard output, indented."""
    click.echo(json.dumps(value, indent=2))


def print_json_line(value: object) -> None:
    """Print one line of JSON: an item of a stream."""
    click.echo(json.dumps(value))
