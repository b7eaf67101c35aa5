"""`ergon logs`: what containers print, several at once, each in its own colour."""

import json
from datetime import datetime, timedelta
from itertools import cycle

import click

from console.cli.completing import RESOURCE
from console.cli.humane import Since, moment
from console.cli.options import json_option, namespace_option
from console.cli.session import Session, pass_session, wants_colour
from console.cli.targets import statuses
from console.cli.text import visible
from controller.client import Json

_COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow", "bright_green")


@click.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@click.option("--since", type=Since(), help="Only lines since then: 10m, 2h, or a time.")
@click.option("--tail", type=click.IntRange(min=0), metavar="N", help="Only the last N lines of each container.")
@click.option(
    "-p",
    "--previous",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=1,
    metavar="[N]",
    help="What was kept of the last run that ended, or the N-th last; also of containers that are replaced.",
)
@click.option("-t", "--timestamps", is_flag=True, help="Begin each line with its time (UTC).")
@click.option("--raw", is_flag=True, help="Pass control characters through: only for output you trust.")
@json_option
@pass_session
def logs(
    session: Session,
    *,
    names: tuple[str, ...],
    namespace: str | None,
    follow: bool,
    since: timedelta | datetime | None,
    tail: int | None,
    previous: int | None,
    timestamps: bool,
    raw: bool,
    as_json: bool,
) -> None:
    """Show what containers print. Control characters are shown as escapes.

    Lines begin with the container's name when there are several.
    """
    if previous is not None and (follow or since is not None):
        raise click.UsageError("--previous shows a run that has ended: it goes with neither --follow nor --since")
    # A run that has ended may be of a container that is no longer declared: always say which.
    several = previous is not None or sum(one["desired"] for one in statuses(session.backend, names, namespace)) > 1
    coloured = session.width is not None and wants_colour() is not False
    printer = LinePrinter(prefixed=several, coloured=coloured, timestamps=timestamps, raw=raw)
    lines = session.backend.logs(
        namespace=namespace,
        names=names,
        follow=follow,
        since=moment(since, session.now()),
        tail=tail,
        previous=previous,
    )
    for line in lines:
        # Raw means raw: click would take colours out of what does not go to a terminal.
        click.echo(json.dumps(line) if as_json else printer.format(line), color=True if raw else None)


class LinePrinter:
    """Formats log lines, and remembers which colour each container has and how wide their names are."""

    def __init__(self, *, prefixed: bool, coloured: bool, timestamps: bool, raw: bool) -> None:
        self._prefixed = prefixed
        self._coloured = coloured
        self._timestamps = timestamps
        self._raw = raw
        self._colours = cycle(_COLOURS)
        self._colour_of: dict[str, str] = {}

    def format(self, line: Json) -> str:
        """Return one line for people."""
        text = line["text"] if self._raw else visible(line["text"])
        time = f"{visible(line['time'])}  " if self._timestamps else ""
        return f"{self._prefix(line['instance'])}{time}{text}"

    def _prefix(self, instance: str) -> str:
        if not self._prefixed:
            return ""
        if instance not in self._colour_of:
            self._colour_of[instance] = next(self._colours)
        width = max(map(len, self._colour_of))
        prefix = f"{visible(instance):{width}} | "
        return click.style(prefix, fg=self._colour_of[instance]) if self._coloured else prefix
