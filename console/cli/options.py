"""Options and arguments that several commands share, so that they read and mean the same everywhere."""

import json
import os
from collections.abc import Callable
from typing import Any

import click

from console.cli.humane import Duration

_PROFILES = "ergon.profiles"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
namespace_option: Decorator = click.option("-n", "--namespace", metavar="NS", help="Only this namespace.")
timeout_option: Decorator = click.option(
    "--timeout",
    type=Duration(),
    default=300.0,
    help="How long to wait (90s, 10m) before giving up with exit code 3; 5m unless given.",
)


def files_namespace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of commands that read files: the namespace, and the profiles of Compose files."""
    about = "The namespace of resources that name none, and of Compose files; with --prune, all that is pruned."
    return click.option("-n", "--namespace", metavar="NS", help=about)(profile_option(command))


def profile_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--profile`, which `profiles` gives to whatever loads the files."""
    return click.option(
        "--profile",
        multiple=True,
        metavar="NAME",
        expose_value=False,
        callback=lambda ctx, _, value: ctx.meta.__setitem__(_PROFILES, value),
        help="A profile of Compose files that is on; may be given several times.",
    )(command)


def profiles() -> tuple[str, ...]:
    """Return the profiles that the running command was given."""
    ctx = click.get_current_context(silent=True)
    given: tuple[str, ...] = ctx.meta.get(_PROFILES, ()) if ctx else ()
    return given


def print_json(value: object) -> None:
    """Print one JSON document on standard output, indented."""
    click.echo(json.dumps(value, indent=2))


def prune_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--prune`, and `--yes` for a prune that deletes much of what runs."""
    sure = click.option("-y", "--yes", is_flag=True, help="Prune even if that deletes much of what runs.")
    prune = click.option("--prune", is_flag=True, help="Delete what these files declared earlier and no longer do.")
    return prune(sure(command))


def _choose_policy(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value is not None:
        # The controller reads it, in this process or in one that this starts.
        os.environ["ERGON_POLICY"] = value


policy_option: Decorator = click.option(
    "--policy",
    type=click.Choice(["privileged", "baseline", "restricted"]),
    callback=_choose_policy,
    expose_value=False,
    help="Deny what asks more of the host than this profile allows; for the controller that this starts.",
)
