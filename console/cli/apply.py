"""`ergon apply`: record what state files declare."""

import getpass
from dataclasses import dataclass

import click

from console.cli.background import temporarily
from console.cli.completing import FILE
from console.cli.diff import show_difference
from console.cli.hopeless import STUCK_S
from console.cli.loading import Documents, load_files
from console.cli.options import files_namespace_option, json_option, print_json, prune_options, timeout_option
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.progress import progress
from console.cli.session import Session, note, pass_session
from console.cli.text import visible
from console.cli.waiting import wait_until
from controller.client import Json

_WARNINGS = 3


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@files_namespace_option
@prune_options
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing. Exits 2 if anything would.")
@click.option("--plan", metavar="ID", help="Apply only if that does exactly what the plan of this id showed.")
@click.option("--wait", is_flag=True, help="Return when all is ready.")
@timeout_option
@json_option
@pass_session
@click.pass_context
def apply(
    ctx: click.Context,
    session: Session,
    *,
    files: tuple[str, ...],
    namespace: str | None,
    prune: bool,
    yes: bool,
    dry_run: bool,
    plan: str | None,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Record what FILEs declare; the controller makes it so.

    FILE may be a state file, a folder of them, or - for standard input. All is
    recorded, or nothing. With --wait and no controller running, one runs for as long as it takes.
    With --plan, nothing is recorded unless exactly what that plan showed would be done now.
    """
    if dry_run and plan:
        raise click.UsageError("--dry-run shows a plan and --plan carries one out: choose one of them")
    loaded = load_files(files, namespace)
    if dry_run:
        with loaded.placed():
            difference = session.backend.plan(
                documents=loaded.documents,
                sources=loaded.sources,
                live=False,
                prune=prune,
                prune_namespace=namespace,
            )
        show_difference(ctx, session, difference, as_json)
        return
    # Before a controller is started for it: what that repairs by itself would make another plan.
    _report(apply_documents(session, loaded, Pruning(prune, yes, namespace), plan), as_json)
    if wait:
        with temporarily(session), progress(session) as show:
            wait_until(session, "ready", loaded.targets, timeout, show, stuck_s=STUCK_S)
    else:
        note_if_nobody_acts(session)


@dataclass(frozen=True)
class Pruning:
    """Whether to delete what files no longer declare, whether even much of what runs, and in which namespace alone."""

    asked: bool
    sure: bool
    namespace: str | None = None


def apply_documents(session: Session, loaded: Documents, pruning: Pruning, plan: str | None = None) -> Json:
    """Record what files declare, in the name of the user who runs this; with `plan` only if it is what that showed."""
    with loaded.placed():
        answer = session.backend.apply(
            documents=loaded.documents,
            sources=loaded.sources,
            prune=pruning.asked,
            prune_namespace=pruning.namespace,
            confirm=pruning.sure,
            plan=plan,
            actor=getpass.getuser(),
        )
    _warn(loaded, answer.get("warnings", []))
    return answer


def _warn(loaded: Documents, warnings: list[Json]) -> None:
    """Tell in a few lines what a stricter policy would not allow."""
    for warning in warnings[:_WARNINGS]:
        note(f"warning: {visible(loaded.told(warning))}")
    if len(warnings) > _WARNINGS:
        note(f"warning: and {len(warnings) - _WARNINGS} more; `ergon policy explain FILE...` lists all")


def _report(answer: Json, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        print_results(answer["results"])
