"""`ergon status`: what is declared, and how each of it does."""

import textwrap

import click

from console.cli import resources
from console.cli.completing import RESOURCE
from console.cli.humane import parse_time
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, note, pass_session
from console.cli.tables import print_section, print_table
from console.cli.text import visible
from console.cli.when import Moment, When
from controller.client import Json

_LISTED = 20


@click.command()
@click.argument("name", required=False, type=RESOURCE)
@namespace_option
@click.option("--at", type=When(), help="How it stood then: 10m ago, yesterday 03:10, or a time.")
@json_option
@pass_session
def status(session: Session, *, name: str | None, namespace: str | None, at: Moment | None, as_json: bool) -> None:
    """Show what is declared, and how each of it does.

    Lists the containers of this host that Ergon does not manage, too. All namespaces unless -n
    says otherwise. NAME may be web, container/web or container/shop/web.
    """
    now = session.now()
    if at is not None:
        answer = session.backend.status_at(at=at.before(now), namespace=namespace, name=name)
        now = parse_time(answer["at"]) or now
    else:
        answer = session.backend.status(namespace=namespace, name=name)
    if as_json:
        print_json(answer)
        return
    if at is None:
        _print_troubles(answer)
    elif answer["engine"]["message"]:
        note(f"note: {visible(answer['engine']['message'])}")
    if answer["resources"]:
        print_table(*resources.table(answer["resources"], now), session.width)
    else:
        click.echo("Nothing is declared." if namespace is None else f'Nothing is declared in "{visible(namespace)}".')
    if name is not None and at is None:
        for resource in answer["resources"]:
            print_section(session.width, "Containers", *resources.containers(resource))
    if name is None:
        _print_unmanaged(answer["unmanaged"], session.width)


def _print_troubles(answer: Json) -> None:
    if not answer["controller"]["running"]:
        note("warning: no controller runs, so nothing is kept as declared; start one with `ergon up` or `ergon run`")
    if not answer["engine"]["reachable"]:
        note(f"warning: Docker cannot be reached: {visible(answer['engine']['message'])}")


def _print_unmanaged(unmanaged: list[Json], width: int | None) -> None:
    if unmanaged:
        listed = ", ".join(f"{visible(one['name'])} ({visible(one['state'])})" for one in unmanaged[:_LISTED])
        more = f" and {len(unmanaged) - _LISTED} more (--json lists all)" if len(unmanaged) > _LISTED else ""
        text = f"Not managed by Ergon ({len(unmanaged)}): {listed}{more}"
        click.echo("\n" + (textwrap.fill(text, width, subsequent_indent="    ") if width else text))
