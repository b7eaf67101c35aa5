"""`ergon adopt` and `ergon release`: take over what runs, and give it back."""

import getpass
import sys
from typing import Any

import click

from console.cli.changes import print_changes
from console.cli.completing import RESOURCE
from console.cli.failures import DIFFERENT, fail
from console.cli.options import json_option, namespace_option, print_json, profile_option
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, note, pass_session
from controller.client import Json


@click.command()
@click.argument("containers", nargs=-1, metavar="[CONTAINER]...")
@click.option("-f", "--file", "files", multiple=True, metavar="FILE", help="Take over what these files declare.")
@click.option("--compose-project", default="", metavar="NAME", help="All containers of a Compose project.")
@click.option("--labelled", is_flag=True, help="What a lost store of Ergon's made: all that bears its labels.")
@click.option("--as", "name", metavar="NAME", help="What to call it, when it is one container.")
@click.option("-n", "--namespace", metavar="NS", help="The namespace it is declared in.")
@profile_option
@click.option("--replace", is_flag=True, help="Let what differs too much be replaced by new containers afterwards.")
@click.option(
    "--dry-run", is_flag=True, help="Show what it would mean and write nothing. Exits 2 if something differs."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_session
@click.pass_context
def adopt(
    ctx: click.Context,
    session: Session,
    *,
    containers: tuple[str, ...],
    files: tuple[str, ...],
    compose_project: str,
    labelled: bool,
    name: str | None,
    namespace: str | None,
    replace: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take over containers that Ergon did not make, as they are: nothing is restarted.

    Named CONTAINERs, all of a Compose project, or those behind what files (-f) declare. First shows
    what differs from what is declared; what would take a new container is refused unless --replace
    asks for that. From then on Ergon keeps them as declared, and restarts them instead of Docker.
    """
    _check_what(containers, files, compose_project, labelled)
    asked: dict[str, Any] = {
        "containers": containers,
        "compose_project": compose_project,
        "labelled": labelled,
        "documents": _documents(files, namespace),
        "name": name,
        "namespace": namespace,
        "replace": replace,
        "actor": getpass.getuser(),
    }
    plan = session.backend.adopt(**asked, dry_run=True)
    if dry_run:
        _show_plan(session, plan, as_json)
        ctx.exit(DIFFERENT if plan["obstacles"] or _differs(plan) else 0)
    if not yes and plan["adopted"] and not plan["obstacles"]:
        _show_plan(session, plan, as_json=False)
        _ask(len(plan["adopted"]))
    answer = session.backend.adopt(**asked, dry_run=False)
    if as_json:
        print_json(answer)
        return
    print_results({**one, "outcome": "adopted"} for one in answer["adopted"])
    note_if_nobody_acts(session)


@click.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@json_option
@pass_session
def release(session: Session, *, names: tuple[str, ...], namespace: str | None, as_json: bool) -> None:
    """Stop managing resources, and leave what they are in Docker untouched.

    Containers go on running, under the restart policy they had before they were adopted.
    """
    answer = session.backend.release(names=names, namespace=namespace)
    if as_json:
        print_json(answer)
    else:
        print_results(answer["results"])


def _check_what(containers: tuple[str, ...], files: tuple[str, ...], project: str, labelled: bool) -> None:
    ways = [bool(containers), bool(files), bool(project)]
    if sum(ways) > 1:
        raise click.UsageError("name containers, a Compose project or files, one of the three")
    if not any(ways) and not labelled:
        raise click.UsageError("say what to adopt: containers, --compose-project NAME, -f FILE, or --labelled")


def _documents(files: tuple[str, ...], namespace: str | None) -> list[Json]:
    if not files:
        return []
    from console.cli.loading import load_files  # noqa: PLC0415 - imports pydantic

    return load_files(files, namespace).documents


def _differs(plan: Json) -> bool:
    return any(change["action"] != "adopt" for change in plan["changes"])


def _show_plan(session: Session, plan: Json, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    print_changes(plan["changes"], session.now(), session.width)
    for obstacle in plan["obstacles"]:
        note(f"warning: {obstacle}")
    if not plan["changes"] and not plan["obstacles"]:
        click.echo("Nothing to adopt.")


def _ask(count: int) -> None:
    what = f"Take {'these' if count > 1 else 'this'} over?"
    if not sys.stdin.isatty():
        raise fail("nobody can be asked whether this is meant", "add --yes")
    click.confirm(what, abort=True, err=True)
