"""`ergon events`: what happened, and with `--follow` what happens."""

import json
from datetime import datetime, timedelta

import click

from console.cli.completing import RESOURCE
from console.cli.humane import Since, age, moment, parse_time
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, pass_session
from console.cli.tables import Cell, Row, print_table
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json


@click.command()
@click.argument("name", required=False, type=RESOURCE)
@namespace_option
@click.option("--since", type=Since(), help="Only what happened since then: 10m, 2h, or a time.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new events until Ctrl-C.")
@json_option
@pass_session
def events(
    session: Session,
    *,
    name: str | None,
    namespace: str | None,
    since: timedelta | datetime | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Show what happened, to one resource or to all. Oldest first."""
    start = moment(since, session.now())
    if follow:
        for event in session.backend.follow_events(namespace=namespace, name=name, since=start):
            click.echo(json.dumps(event) if as_json else event_line(event))
        return
    found = session.backend.events(namespace=namespace, name=name, since=start)
    if as_json:
        print_json({"events": found})
    elif found:
        print_events(session, found)
    else:
        click.echo("No events.")


def print_events(session: Session, found: list[Json]) -> None:
    """Print recorded events as a table."""
    rows: list[Row] = [
        [
            age(event["time"], session.now()),
            _type(event),
            event["reason"],
            str(Target.of(event)),
            _message(event),
        ]
        for event in found
    ]
    print_table(("AGO", "TYPE", "REASON", "ABOUT", "MESSAGE"), rows, session.width)


def event_line(event: Json) -> str:
    """Return one event as a line for a person who watches: local time, what it is about, what happened."""
    about = event["instance"] or Target.of(event)
    at = parse_time(event["time"])
    clock = at.astimezone().strftime("%H:%M:%S") if at else "--:--:--"
    style = _type(event).style
    reason = click.style(visible(event["reason"]), fg=style) if style else visible(event["reason"])
    return f"{clock}  {visible(about)}  {reason}  {visible(_message(event))}"


def _type(event: Json) -> Cell:
    return Cell(event["type"], "yellow" if event["type"] == "Warning" else "")


def _message(event: Json) -> str:
    times = f" (x{event['count']})" if event["count"] > 1 else ""
    return f"{event['message']}{times}"
