"""`ergon delete` and `ergon down`: stop declaring resources, and have what was made for them removed."""

import sys
from contextlib import nullcontext

import click

from console.cli.background import temporarily
from console.cli.completing import FILE, RESOURCE
from console.cli.options import json_option, namespace_option, print_json, timeout_option
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, note, pass_session
from console.cli.targets import Target
from console.cli.text import visible
from console.cli.waiting import wait_until
from controller.client import Json

_SURE = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
_WAIT = click.option("--wait", is_flag=True, help="Return when they are gone.")


@click.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@click.option(
    "--cascade",
    type=click.Choice(["background", "foreground", "orphan"]),
    default="background",
    help="What becomes of what was made: removed in the background, removed before this returns, or left alone.",
)
@click.option("--force", is_flag=True, help="Forget them now, whatever Docker still has of them.")
@_WAIT
@timeout_option
@json_option
@pass_session
def delete(
    session: Session,
    *,
    names: tuple[str, ...],
    namespace: str | None,
    cascade: str,
    force: bool,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Remove resources, and what was made for them in Docker.

    Volumes and their data stay, unless declared with `reclaim: delete`.
    """
    wait = wait or cascade == "foreground"
    with temporarily(session) if wait else nullcontext():
        results = session.backend.delete(names=names, namespace=namespace, cascade=cascade, force=force)["results"]
        _report(session, results, as_json)
        if wait:
            wait_until(session, "deleted", {Target.of(one) for one in results}, timeout)


@click.command()
@click.argument("files", nargs=-1, type=FILE, metavar="[FILE]...")
@namespace_option
@click.option("--all", "everything", is_flag=True, help="All that is declared, in all namespaces.")
@click.option("--volumes", is_flag=True, help="Volumes and their data, too.")
@_SURE
@_WAIT
@timeout_option
@json_option
@pass_session
def down(
    session: Session,
    *,
    files: tuple[str, ...],
    namespace: str | None,
    everything: bool,
    volumes: bool,
    yes: bool,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Remove what whole files or namespaces declare; keep volumes.

    All that FILEs declare, all of a namespace (-n), or everything (--all).
    """
    if not files and namespace is None and not everything:
        raise click.UsageError("say what: files, -n NAMESPACE, or --all")
    if everything and (files or namespace is not None):
        raise click.UsageError("--all goes with neither files nor -n")
    if (everything or volumes) and not yes:
        _ask(everything, volumes)
    documents = _documents(files, namespace) if files else None
    space = None if files else namespace
    with temporarily(session) if wait else nullcontext():
        answer = session.backend.down(namespace=space, documents=documents, everything=everything, volumes=volumes)
        _report(session, answer["results"], as_json)
        if wait:
            wait_until(session, "deleted", {Target.of(one) for one in answer["results"]}, timeout)


def _documents(files: tuple[str, ...], namespace: str | None) -> list[Json]:
    from console.cli.loading import load_files  # noqa: PLC0415 - imports pydantic

    return load_files(files, namespace).documents


def _ask(everything: bool, volumes: bool) -> None:
    what = "everything that is declared" if everything else "this"
    if not sys.stdin.isatty():
        raise click.UsageError("this needs --yes when nobody can be asked")
    click.confirm(f"Remove {what}{', with the data in its volumes' if volumes else ''}?", abort=True, err=True)


def _report(session: Session, results: list[Json], as_json: bool) -> None:
    if as_json:
        print_json({"results": results})
    elif results:
        print_results(results)
    else:
        click.echo("Nothing to remove.")
    for left in (name for one in results for name in one.get("left_behind", ())):
        note(f"note: left in Docker, managed by nobody: {visible(left)}")
    note_if_nobody_acts(session)
