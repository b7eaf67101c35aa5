"""`ergon ci`: ask the companion of a container how it does, what runs inside, why it fails, and what it needs."""

from datetime import datetime, timedelta

import click

from console.cli.completing import RESOURCE
from console.cli.humane import Since, moment
from console.cli.options import json_option, namespace_option, print_json
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, pass_session
from console.cli.tables import Cell, print_table
from console.cli.text import visible
from controller.client import Json

_COLOURS = {"healthy": "green", "starting": "yellow", "unhealthy": "red"}

TOPICS = {
    "services": "Say what runs inside, and on which ports.",
    "health": "Say what its health check and its probes have found.",
    "debug": "Say why it fails, with what shows it.",
    "scale": "Say how many replicas there are, and why.",
}


@click.group()
def ci() -> None:
    """Ask a container's companion.

    NAME is a declared container (all its replicas answer), or the name or id of any container of this host,
    managed or not, running or not. Asking changes nothing.
    """


@ci.command()
@click.argument("name", required=False, type=RESOURCE)
@namespace_option
@json_option
@pass_session
def status(session: Session, *, name: str | None, namespace: str | None, as_json: bool) -> None:
    """Say how a container stands; without NAME list all companions and what they can do."""
    if name is not None:
        _ask(session, name, namespace, "status", as_json=as_json)
        return
    companions = session.backend.ci_list(namespace=namespace)
    if as_json:
        print_json({"companions": companions})
    elif companions:
        heading = ["COMPANION", "STATE", "HEALTH", "SERVICES", "CAN DO", "FINDING"]
        print_table(heading, [_row(one) for one in companions], session.width)
    else:
        click.echo("There is no container to look after.")


@ci.command()
@click.argument("name", type=RESOURCE)
@click.argument("question", nargs=-1)
@namespace_option
@click.option("--ai", is_flag=True, help="Have the configured language model explain it, within the evidence.")
@click.option("--dry-run", is_flag=True, help="With --ai: print the very request that would be sent, and send nothing.")
@json_option
@pass_session
def ask(
    session: Session,
    *,
    name: str,
    question: tuple[str, ...],
    namespace: str | None,
    ai: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Ask in your own words; `help` lists what it knows about.

    For example: ergon ci ask web why did it crash
    """
    if dry_run and not ai:
        raise click.UsageError("--dry-run goes with --ai: nothing else is sent anywhere")
    if ai:
        from console.cli.asking_model import explain  # noqa: PLC0415 - only when a model is asked

        words = " ".join(question) or "What is wrong with this container, and why?"
        explain(session.backend, name, namespace, words, as_json=as_json, dry_run=dry_run)
        return
    _ask(session, name, namespace, " ".join(question) or "status", as_json=as_json)


@ci.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@click.option("--since", type=Since(), help="Only what was said since then: 10m, 2h, or a time.")
@json_option
@pass_session
def logs(
    session: Session, *, name: str, namespace: str | None, since: timedelta | datetime | None, as_json: bool
) -> None:
    """Show the lines of its log that matter, and what was read to find them.

    Repetitions are one line with their count; errors that were never said before and bursts are findings.
    """
    asked = moment(since, session.now())
    _ask(session, name, namespace, f"logs since {asked}" if asked else "logs", as_json=as_json)


def _about(topic: str, help_: str) -> click.Command:
    """Return the command that asks about one topic."""

    @click.command(topic, help=help_)
    @click.argument("name", type=RESOURCE)
    @namespace_option
    @json_option
    @pass_session
    def command(session: Session, *, name: str, namespace: str | None, as_json: bool) -> None:
        _ask(session, name, namespace, topic, as_json=as_json)

    return command


for _topic, _help in TOPICS.items():
    ci.add_command(_about(_topic, _help))


@ci.command()
@click.argument("name", type=RESOURCE)
@click.option("--apply", "declare", is_flag=True, help="Declare the limits that are recommended, in one revision.")
@namespace_option
@json_option
@pass_session
def optimize(session: Session, *, name: str, declare: bool, namespace: str | None, as_json: bool) -> None:
    """Say what it uses, and what it should be given.

    Limits, settings inside the program, and its image; with the change to the state file as a patch.
    """
    if not declare:
        _ask(session, name, namespace, "optimize", as_json=as_json)
        return
    done = session.backend.optimize(name=name, namespace=namespace)
    if as_json:
        print_json(done)
        return
    if not done["limits"]:
        click.echo(f"nothing to declare: {done['message']}")
        return
    print_results(done["results"])
    note_if_nobody_acts(session)


def _ask(session: Session, name: str, namespace: str | None, query: str, *, as_json: bool) -> None:
    answers = session.backend.ci_query(name=name, namespace=namespace, query=query)
    if as_json:
        said = [answer["data"] for answer in answers]
        print_json(said[0] if len(said) == 1 else said)
        return
    for number, answer in enumerate(answers):
        if number:
            click.echo()
        for line in answer["text"].splitlines():
            click.echo(visible(line))


def _row(companion: Json) -> list[Cell | str]:
    services = ", ".join(_service(one) for one in companion["services"])
    finding = companion["finding"]
    return [
        companion["name"],
        companion["state"],
        Cell(companion["health"], _COLOURS.get(companion["health"], "dim")),
        services or "-",
        ",".join(companion["capabilities"]),
        Cell(finding["rule"], "red") if finding else "",
    ]


def _service(service: Json) -> str:
    return str(service["type"]) + (f":{service['port']}" if service["port"] is not None else "")
