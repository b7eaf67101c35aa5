"""`ergon wait`: return when resources are ready, deleted or completed."""

from typing import cast

import click

from console.cli.names import Target, find, parse_name
from console.cli.options import namespace_option, timeout_option
from console.cli.session import Session, pass_session
from console.cli.waiting import Goal, wait_until
from controller.client import Json


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@namespace_option
@click.option("--for", "goal", type=click.Choice(["ready", "deleted", "completed"]), default="ready", show_default=True)
@timeout_option
@pass_session
def wait(session: Session, *, names: tuple[str, ...], namespace: str | None, goal: str, timeout: float) -> None:
    """Return when resources are ready, deleted or completed.

    All that are declared, or the named ones. Exits 3 when they are not in time, and says what is missing.
    """
    declared = session.backend.status(namespace=namespace)["resources"]
    if goal == "deleted":
        names = tuple(name for name in names if _is_declared(name, namespace, declared))
        targets = find(declared, names, namespace)
    else:
        targets = find(declared, names, namespace) if names else [Target.of(one) for one in declared]
    wait_until(session, cast("Goal", goal), targets, timeout)


def _is_declared(text: str, namespace: str | None, declared: list[Json]) -> bool:
    wanted = parse_name(text, namespace)
    return any(wanted.means(one["kind"], one["namespace"], one["name"]) for one in declared)
