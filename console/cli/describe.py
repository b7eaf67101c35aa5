"""`ergon describe`: everything that is known about one resource, on one page."""

import json
from collections.abc import Iterable

import click

from console.cli import resources, runs
from console.cli.changes import print_changes
from console.cli.completing import RESOURCE
from console.cli.events import print_events
from console.cli.humane import age
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, pass_session
from console.cli.tables import print_section
from console.cli.targets import Target
from console.cli.text import visible
from controller.client import Json


@click.command()
@click.argument("name", type=RESOURCE)
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
    _print_facts(answer["status"], _update(session, answer["update"]))
    _print_conditions(session, answer["status"]["conditions"])
    _print_instances(session, answer["instances"])
    runs.print_runs(session, answer["runs"])
    _print_declaration(answer["resource"])
    _print_exits(session, answer["exits"])
    _print_actions(session, answer["actions"])
    _print_differences(session, answer["changes"])
    _print_happenings(session, answer["events"])


def _update(session: Session, update: Json | None) -> dict[str, str]:
    """Return how the newest update stands, in a line; nothing where there never was one."""
    if update is None:
        return {}
    counts = ", ".join(f"{count} on generation {generation}" for generation, count in update["running"].items())
    since = age(update["since"], session.now())
    return {"Update": f"generation {update['generation']} {update['state']} since {since}; running: {counts or 'none'}"}


def _print_facts(status: Json, update: dict[str, str]) -> None:
    facts = {
        "Status": status["phase"],
        "Message": resources.message(status) or "-",
        "Ready": resources.readiness(status),
        "Generation": f"{status['generation']} (acted on: {status['observed_generation']})",
        "Restarts": status["restarts"],
    }
    for title, fact in {**facts, **update, **runs.facts(status["schedule"])}.items():
        click.echo(f"  {title + ':':12}{visible(fact)}")


def _print_conditions(session: Session, conditions: list[Json]) -> None:
    rows = [
        [one["type"], one["status"], one["reason"], age(one["last_transition"], session.now()), one["message"]]
        for one in conditions
    ]
    print_section(session.width, "Conditions", ("TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"), rows)


def _print_instances(session: Session, instances: list[Json]) -> None:
    rows = [
        [
            one["name"],
            one["container_id"][:12] or "-",
            one["state"],
            one["health"],
            str(one["restarts"]),
            age(one["started_at"], session.now()),
            ", ".join(one["ports"]) or "-",
            one["finding"],
        ]
        for one in instances
    ]
    heading = ("NAME", "CONTAINER", "STATE", "HEALTH", "RESTARTS", "UP", "PORTS", "FINDING")
    print_section(session.width, "Instances", heading, rows)


def _print_exits(session: Session, exits: list[Json]) -> None:
    rows = [
        [
            age(one["finished_at"], session.now()),
            one["container_id"][:12],
            str(one["exit_code"]),
            "yes" if one["oom_killed"] else "no",
            "yes" if one["counted"] else "no",
            one["reason"],
            f"{one['finding']['rule']}: {one['finding']['cause']}" if one["finding"] else "",
        ]
        for one in exits
    ]
    heading = ("AGO", "CONTAINER", "CODE", "OOM", "COUNTED", "REASON", "CAUSE")
    print_section(session.width, "Exits", heading, rows)


def _print_actions(session: Session, actions: list[Json]) -> None:
    rows = [
        [
            age(one["started_at"], session.now()),
            one["action"],
            one["outcome"],
            f"{one['reason']}: {one['error']}" if one["error"] else one["reason"],
        ]
        for one in actions
    ]
    print_section(session.width, "Actions", ("AGO", "ACTION", "OUTCOME", "REASON"), rows)


def _print_differences(session: Session, changes: list[Json]) -> None:
    if changes:
        click.echo()
        click.secho("Differences", bold=True)
        print_changes(changes, session.now(), session.width, namespaces=False)


def _print_happenings(session: Session, events: list[Json]) -> None:
    if events:
        click.echo()
        click.secho("Events", bold=True)
        print_events(session, events)


def _print_declaration(document: Json) -> None:
    click.echo()
    click.secho("Declared", bold=True)
    for line in _outline(document["spec"], "  "):
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
