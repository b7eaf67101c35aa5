"""`ergon wait`: return when resources are ready, deleted or completed."""

from typing import cast

import click

from console.cli.completing import RESOURCE
from console.cli.options import namespace_option, timeout_option
from console.cli.session import Session, pass_session
from console.cli.targets import Target, statuses
from console.cli.waiting import Goal, wait_until
from controller.errors import ServiceError

NOT_THERE = 404


@click.command()
@click.argument("names", nargs=-1, type=RESOURCE, metavar="[NAME]...")
@namespace_option
@click.option(
    "--for",
    "goal",
    type=click.Choice(["ready", "deleted", "completed", "complete"]),
    default="ready",
    show_default=True,
)
@timeout_option
@pass_session
def wait(session: Session, *, names: tuple[str, ...], namespace: str | None, goal: str, timeout: float) -> None:
    """Return when resources are ready, deleted or completed.

    All that are declared, or the named ones. Exits 3 when they are not in time, and says what is missing.
    """
    if goal == "deleted":
        targets = {target for name in names for target in _still_there(session, name, namespace)}
    elif names:
        targets = {Target.of(one) for one in statuses(session.backend, names, namespace)}
    else:
        targets = {Target.of(one) for one in session.backend.status(namespace=namespace)["resources"]}
    wait_until(session, cast("Goal", "completed" if goal == "complete" else goal), targets, timeout)


def _still_there(session: Session, name: str, namespace: str | None) -> list[Target]:
    try:
        return [Target.of(one) for one in statuses(session.backend, [name], namespace)]
    except ServiceError as error:
        if error.status == NOT_THERE:
            return []
        raise
