"""`ergon why`: what was done to each container, why, and what shows it. From the record alone."""

import click

from console.cli.completing import RESOURCE
from console.cli.humane import age, parse_time
from console.cli.looking_back import is_told
from console.cli.options import json_option, namespace_option
from console.cli.session import Session, note, pass_session
from console.cli.text import visible
from controller.client import Json

_STYLES = {"created": "green", "replaced": "yellow", "created again": "yellow", "restarted": "yellow", "removed": "red"}
# Steps of a larger deed, which is told: the name that a successor takes, the record that moves on.
_STEPS = ("renamed", "accepted")


@click.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@click.option("-l", "--last", type=click.IntRange(1), default=5, help="How many deeds per container; 5 unless given.")
@click.option("--steps", is_flag=True, help="Show the small steps of a replacement, too.")
@json_option
@pass_session
def why(session: Session, *, name: str, namespace: str | None, last: int, steps: bool, as_json: bool) -> None:
    """Say why each container was created, restarted, replaced or stopped.

    From what was recorded when it happened; nothing is guessed. The newest comes first.
    """
    answer = session.backend.why(namespace=namespace, name=name)
    if is_told(answer, "containers", nothing="nothing is recorded", as_json=as_json):
        return
    for container in answer["containers"]:
        deeds = [deed for deed in container["deeds"] if steps or deed["what"] not in _STEPS or deed["error"]]
        _print_container(session, container, deeds[:last], answer["recorded_since"])
        if len(deeds) > last:
            note(f"{len(deeds) - last} older deeds; show more with --last {len(deeds)}")


def _print_container(session: Session, container: Json, deeds: list[Json], since: str | None) -> None:
    about = [container["state"], container["container_id"][:12]] if container["name"] else []
    click.echo()
    click.echo("  ".join(visible(word) for word in (container["name"] or "the resource itself", *about) if word))
    for deed in deeds:
        _print_deed(session, deed)
    if not deeds:
        reach = f"; the record of this resource goes back {age(since, session.now())}" if since else ""
        click.echo(f"  not recorded{reach}")


def _print_deed(session: Session, deed: Json) -> None:
    what = click.style(visible(f"{deed['what']:13}"), fg=_STYLES.get(deed["what"]))
    failed = "" if deed["outcome"] == "done" else click.style(f" [{visible(deed['outcome'])}]", fg="red")
    click.echo(f"  {what} {_when(session, deed['at'])}  {visible(deed['reason'])}{failed}")
    if deed["error"]:
        click.echo(f"      {visible(deed['error'])}")
    for evidence in deed["evidence"]:
        at = f", {_when(session, evidence['at'])}" if evidence["at"] else ""
        click.secho(f"      {visible(evidence['text'])}{at}", dim=True)


def _when(session: Session, at: str | None) -> str:
    moment = parse_time(at)
    if moment is None:
        return "at an unknown time"
    return f"{age(at, session.now())} ago ({moment:%Y-%m-%d %H:%M:%S}Z)"
