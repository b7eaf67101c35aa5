"""`ergon describe`: everything that is known about one resource, on one page."""

import json
from collections.abc import Iterable

import click

from console.cli import resources
from console.cli.changes import print_changes
from console.cli.events import print_events
from console.cli.humane import age
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, pass_session
from console.cli.tables import Row, print_table
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json


@click.command()
@click.argument("name")
@namespace_option
@json_option
@pass_session
def describe(session: Session, name: str, namespace: str | None, as_json: bool) -> None:
    """Show all that is known about one resource.

    What is declared, how it does, what happened to it, and what is to be done.
    """
    answer = session.backend.describe(namespace=namespace, name=name)
    if as_json:
        print_json(answer)
        return
    click.secho(visible(Target.of(answer["status"])), bold=True)
    _print_facts(answer["status"])
    _print_conditions(session, answer["status"]["conditions"])
    _print_instances(session, answer["instances"])
    _print_declaration(answer["resource"])
    _print_rest(session, answer)


def _print_facts(status: Json) -> None:
    facts = {
        "Status": status["phase"],
        "Message": resources.message(status) or "-",
        "Ready": resources.readiness(status),
        "Generation": f"{status['generation']} (acted on: {status['observed_generation']})",
        "Restarts": status["restarts"],
    }
    for title, fact in facts.items():
        click.echo(f"  {title + ':':12}{visible(fact)}")


def _print_conditions(session: Session, conditions: list[Json]) -> None:
    _section("Conditions", conditions)
    if conditions:
        rows = [
            [one["type"], one["status"], one["reason"], age(one.get("last_transition"), session.now()), one["message"]]
            for one in conditions
        ]
        print_table(("TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"), rows, session.width)


def _print_instances(session: Session, instances: list[Json]) -> None:
    _section("Instances", instances)
    if instances:
        rows: list[Row] = [
            [
                one["name"],
                (one["container_id"] or "-")[:12],
                one["state"],
                one["health"],
                str(one["restarts"]),
                age(one["started_at"], session.now()),
                one["finding"] or "-",
            ]
            for one in instances
        ]
        heading = ("NAME", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "UP", "FINDING")
        print_table(heading, rows, session.width)


def _print_declaration(document: Json) -> None:
    _section("Declared", document)
    for line in _outline(document.get("spec", {}), "  "):
        click.echo(line)


def _outline(value: Json, indent: str) -> Iterable[str]:
    """Yield a mapping in the manner of YAML, lists as JSON."""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield f"{indent}{visible(key)}:"
            yield from _outline(item, indent + "  ")
        else:
            shown = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
            yield f"{indent}{visible(key)}: {visible(shown)}"


def _print_rest(session: Session, answer: Json) -> None:
    if answer["exits"]:
        _section("Exits", answer["exits"])
        for one in answer["exits"]:
            click.echo(f"  {_told(one)}")
    if answer["actions"]:
        _section("Actions", answer["actions"])
        for one in answer["actions"]:
            click.echo(f"  {_told(one)}")
    if answer["changes"]:
        _section("Differences", answer["changes"])
        print_changes({"changes": answer["changes"]}, session.now(), session.width)
    _section("Events", answer["events"])
    if answer["events"]:
        print_events(session, answer["events"])


def _told(record: Json) -> str:
    """Return a record as `key value, key value`: what is empty is left out."""
    return visible(", ".join(f"{key} {value}" for key, value in record.items() if value not in (None, "", [], {})))


def _section(title: str, content: object) -> None:
    click.echo()
    click.secho(title if content else f"{title}: none", bold=True)
