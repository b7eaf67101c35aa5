"""`ergon export`: what is declared, as a state file or as a Compose file."""

from collections.abc import Sequence

import click

from console.cli.completing import RESOURCE
from console.cli.failures import fail
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, note, pass_session
from controller.client import Json


@click.command()
@click.argument("names", nargs=-1, type=RESOURCE, metavar="[NAME]...")
@namespace_option
@click.option("--format", "form", type=click.Choice(["state", "compose"]), default="state", help="state unless given.")
@click.option("--show-secrets", is_flag=True, help="Print variables that look secret, too.")
@json_option
@pass_session
def export(
    session: Session, *, names: tuple[str, ...], namespace: str | None, form: str, show_secrets: bool, as_json: bool
) -> None:
    """Print what is declared, to be applied again: all of it, a namespace, or only NAMEs.

    As a Compose file (--format compose) for one namespace; what Compose has no word for is said at its
    top. Secrets are named, never shown; variables that look secret are declared without their value,
    which is then taken from where the file is applied, unless --show-secrets prints it.
    """
    documents = session.backend.export(names=names, namespace=namespace, needs=form == "compose")["documents"]
    if not documents:
        raise fail("nothing is declared" + (f' in "{namespace}"' if namespace else ""), "`ergon status` shows what is")
    if not show_secrets:
        _hide(documents)
    if as_json:
        print_json({"documents": documents})
    elif form == "compose":
        _print_compose(documents)
    else:
        from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

        click.echo(state_text((document, {}) for document in documents), nl=False)


def _hide(documents: Sequence[Json]) -> None:
    """Take the values away that look secret, and say whose they were."""
    from desired_state.secrecy import looks_secret  # noqa: PLC0415 - for this command only

    hidden = []
    for document in documents:
        environment = document["spec"].get("environment") or {}
        for name in sorted(name for name, value in environment.items() if looks_secret(name, value)):
            environment[name] = None
            hidden.append(f"{document['metadata']['name']}: {name}")
    if hidden:
        note(f"note: not shown because they look secret: {', '.join(hidden)} (--show-secrets prints them)")


def _print_compose(documents: Sequence[Json]) -> None:
    from desired_state.compose.writing import compose_file  # noqa: PLC0415 - imports yaml

    namespaces = sorted({document["metadata"]["namespace"] for document in documents})
    if len(namespaces) > 1:
        raise fail(f"a Compose file holds one project, and these are {', '.join(namespaces)}", "choose one with -n")
    file = compose_file(namespaces[0], documents)
    click.echo(file.text(), nl=False)
    if file.unsaid:
        note(f"note: {len(file.unsaid)} things can't be said in a Compose file; they stand at its top")
