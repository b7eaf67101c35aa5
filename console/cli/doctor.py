"""`ergon doctor` and `ergon version`: is everything in order here, and what is this."""

import sys

import click

from console.cli.failures import FAILED
from console.cli.options import json_option, print_json
from console.cli.session import Session, pass_session
from console.cli.text import visible
from controller.client import Json


@click.command()
@json_option
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Check that Ergon can work here, and say how to mend it.

    Looks at Docker, the state folder, the controller and this installation. Exits 1 when something is wrong.
    """
    answer = session.backend.doctor()
    if as_json:
        print_json(answer)
    else:
        for check in answer["checks"]:
            _print_check(check)
    if not all(check["ok"] for check in answer["checks"]):
        ctx.exit(FAILED)


@click.command()
@json_option
@pass_session
def version(session: Session, as_json: bool) -> None:
    """Show the versions of what runs.

    This command and, when a controller runs, that and Docker.
    """
    versions = {"ergon": _installed(), "python": ".".join(map(str, sys.version_info[:3])), **_running(session)}
    if as_json:
        print_json(versions)
    else:
        for part, number in versions.items():
            click.echo(f"{part + ':':12}{visible(number or '-')}")


def _installed() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return version("ergon-controller")
    except PackageNotFoundError:
        return "from a checkout"


def _running(session: Session) -> dict[str, str | None]:
    if not session.backend.controller_is_ready():
        return {"controller": None, "docker": None}
    status = session.backend.status()
    return {"controller": status["controller"]["version"], "docker": status["engine"]["version"]}


def _print_check(check: Json) -> None:
    mark = click.style("ok  ", fg="green") if check["ok"] else click.style("FAIL", fg="red")
    click.echo(f"{mark}  {visible(check['name'])}: {visible(check['message'])}")
    if check["fix"] and not check["ok"]:
        click.echo(f"      fix: {visible(check['fix'])}")
