"""`ergon policy`: what declarations may ask of this host, and which of them ask more."""

import click

from console.cli.failures import FAILED
from console.cli.options import files_namespace_option, json_option, print_json
from console.cli.session import Session, pass_session
from console.cli.text import visible
from controller.client import Json


@click.group(invoke_without_command=True)
@click.pass_context
def policy(ctx: click.Context) -> None:
    """Show what declarations may ask of this host, and which of them ask more."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@policy.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Show the policy that holds, and where it is written."""
    answer = session.backend.policy()
    if as_json:
        print_json(answer)
        return
    does = "refuses what exceeds it" if answer["action"] == "deny" else "warns of what exceeds it"
    click.echo(f"{visible(answer['default'])} ({does}), from {visible(answer['source'])}")
    for namespace, profile in sorted(answer["namespaces"].items()):
        click.echo(f"  namespace {visible(namespace)}: {visible(profile)}")
    for line in _allowed(answer["allowed"]):
        click.echo(f"  {visible(line)}")
    if answer["source"] != answer["file"]:
        click.echo(f"An administrator can say otherwise in {visible(answer['file'])}.")


@policy.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@files_namespace_option
@json_option
@pass_session
@click.pass_context
def explain(
    ctx: click.Context, session: Session, *, files: tuple[str, ...], namespace: str | None, as_json: bool
) -> None:
    """List everything that FILEs ask of this host and may not, with what to write instead.

    Exits 1 when there is something, and applying it would be refused.
    """
    from console.cli.loading import load_files  # noqa: PLC0415 - imports pydantic

    loaded = load_files(files, namespace)
    answer = session.backend.explain_policy(documents=loaded.documents)
    if as_json:
        print_json(answer)
    for problem in () if as_json else answer["problems"]:
        click.echo(visible(loaded.told(problem)))
    if not as_json and not answer["problems"]:
        click.echo("Nothing exceeds its policy.")
    if answer["problems"] and answer["denies"]:
        ctx.exit(FAILED)


def _allowed(allowed: Json) -> list[str]:
    first, last = allowed["host_ports"]
    return [
        f"bind mounts under: {', '.join(allowed['bind_roots']) or 'nothing'}",
        f"host ports: {first}-{last}",
        f"volume drivers: {', '.join(allowed['volume_drivers'])}",
        f"network drivers: {', '.join(allowed['network_drivers'])}",
        f"runtimes: {', '.join(allowed['runtimes'])}",
    ]
