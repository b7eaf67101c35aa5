"""`ergon drift`: what differed of a resource over time, and how it ended."""

import json
from datetime import datetime, timedelta
from typing import Any

import click

from console.cli.completing import RESOURCE
from console.cli.humane import Since, age, duration, moment, parse_time, size
from console.cli.looking_back import is_told
from console.cli.options import json_option, namespace_option
from console.cli.session import Session, pass_session
from console.cli.text import visible
from controller.client import Json

_CAUSES = {
    "drift": "changed outside Ergon",
    "image": "its image changed",
    "dependency": "what it depends on changed",
}
_SIZES = {"mem_limit", "memswap_limit", "mem_reservation", "shm_size", "memory"}


@click.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@click.option("--since", type=Since(), help="Only what differed at any time since then: 10m, 2h, or a time.")
@json_option
@pass_session
def drift(
    session: Session, *, name: str, namespace: str | None, since: timedelta | datetime | None, as_json: bool
) -> None:
    """List how a resource drifted from its declaration over time.

    What differed, what caused it, what shows that, and how it ended. The newest comes last.
    """
    answer = session.backend.drift(namespace=namespace, name=name, since=moment(since, session.now()))
    if is_told(answer, "drift", nothing="no drift is recorded", as_json=as_json):
        return
    for row in answer["drift"]:
        _print_row(session, row)


def _print_row(session: Session, row: Json) -> None:
    on = f" of {row['container']}" if row["container"] else ""
    values = f"{_value(row['path'], row['declared'])} -> {_value(row['path'], row['observed'])}"
    click.echo(f"  {click.style(visible(row['path']), bold=True)}{visible(on)}: {visible(values)}")
    evidence = f": {row['evidence']}" if row["evidence"] else "; who did it is not recorded"
    began = f"{age(row['first_seen'], session.now())} ago ({row['first_seen'][:19]}Z)"
    click.secho(f"      {visible(_CAUSES.get(row['cause'], row['cause']))} {began}{visible(evidence)}", dim=True)
    click.secho(f"      {visible(_ending(row))}", dim=True)


def _ending(row: Json) -> str:
    first, last = parse_time(row["first_seen"]), parse_time(row["resolved_at"])
    if first is None or last is None:
        return "still differs"
    lasted = (last - first).total_seconds()
    after = f" after {duration(lasted)}" if lasted >= 1 else " at once"
    return f"{row['resolution'] or 'ended; how is not recorded,'}{after}"


def _value(path: str, value: Any) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, int) and not isinstance(value, bool) and path.rpartition(".")[2] in _SIZES:
        return size(value)
    return value or '""' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
