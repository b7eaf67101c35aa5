"""`ergon history`: the revisions of a resource."""

import json
from typing import Any

import click

from console.cli.completing import RESOURCE
from console.cli.humane import age, duration
from console.cli.looking_back import is_told
from console.cli.options import json_option, namespace_option
from console.cli.session import Session, pass_session
from console.cli.text import visible
from controller.client import Json

_STYLES = {"ready": "green", "failed": "red"}


@click.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@json_option
@pass_session
def history(session: Session, name: str, namespace: str | None, as_json: bool) -> None:
    """List the revisions of a resource.

    Who declared what and when, what changed, which image it ran with, and how its rollout ended.
    The newest comes first; `*` marks what is declared now.
    """
    answer = session.backend.history(namespace=namespace, name=name)
    if is_told(answer, "revisions", nothing="nothing is recorded", as_json=as_json):
        return
    for revision in answer["revisions"]:
        _print_revision(session, revision)


def _print_revision(session: Session, revision: Json) -> None:
    marker = "*" if revision["current"] else " "
    outcome = revision["outcome"]
    running = f", {revision['running']} running" if revision["running"] else ""
    title = (
        f"{marker} {revision['generation']}  {age(revision['created_at'], session.now())} ago by {revision['actor']}"
    )
    click.echo(f"{visible(title)}  {_outcome(outcome)}{running}")
    if outcome["message"]:
        _detail(outcome["message"])
    if revision["source"]:
        _detail(f"declared in {revision['source']}")
    for change in revision["changes"]:
        _detail(f"{change['path']}: {_value(change['old'])} -> {_value(change['new'])}")
    for image in revision["images"]:
        digest = f", {image['digest']}" if image["digest"] else ""
        _detail(f"ran with {image['reference']} ({image['image_id'].removeprefix('sha256:')[:12]}{digest})")
    if (crashes := revision["crashes"])["count"]:
        times = "once" if crashes["count"] == 1 else f"{crashes['count']} times, the last time"
        _detail(f"crashed {times} {age(crashes['last_at'], session.now())} ago: {crashes['last_cause']}")
    if revision["deleted_at"]:
        _detail(f"deleted {age(revision['deleted_at'], session.now())} ago")


def _outcome(outcome: Json) -> str:
    took = f" after {duration(outcome['took_s'])}" if outcome["took_s"] is not None else ""
    return click.style(visible(f"{outcome['state']}{took}"), fg=_STYLES.get(outcome["state"], "yellow"))


def _detail(text: str) -> None:
    click.secho(f"     {visible(text)}", dim=True)


def _value(value: Any) -> str:
    if value is None:
        return "(unset)"
    return value or '""' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
