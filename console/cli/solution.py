"""`ergon solution`: what was made ready to be built and launched."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from console.cli.completing import RESOURCE
from console.cli.declaring import declare, one_of, remove_all
from console.cli.failures import fail
from console.cli.image import say_built
from console.cli.image_progress import follow
from console.cli.options import json_option, namespace_option, print_json
from console.cli.outcomes import note_if_nobody_acts
from console.cli.session import Session, note, pass_session
from console.cli.tables import print_section, print_table
from console.cli.text import visible
from controller.client import Json


@click.group()
def solution() -> None:
    """Build and launch what projects were made into."""


@solution.command("list")
@namespace_option
@json_option
@pass_session
def list_(session: Session, *, namespace: str | None, as_json: bool) -> None:
    """Show the solutions, and the images that were built of them and are here."""
    found = session.backend.solutions(namespace=namespace)
    if as_json:
        print_json({"solutions": found})
        return
    if not found:
        note("no solutions: `ergon project generate` makes one of a project, `ergon solution register` takes a file's")
    rows = [
        [
            one["namespace"],
            one["name"],
            (one["spec"].get("provenance") or {}).get("project") or "-",
            ", ".join(one["spec"].get("exposed_ports", [])) or "-",
            _newest(one),
        ]
        for one in found
    ]
    print_table(("NAMESPACE", "NAME", "PROJECT", "PORTS", "NEWEST IMAGE"), rows, session.width)


@solution.command()
@click.argument("name", type=RESOURCE)
@namespace_option
@json_option
@pass_session
def show(session: Session, *, name: str, namespace: str | None, as_json: bool) -> None:
    """Show how a solution is built, what it needs, and what was built of it."""
    found = one_of(session.backend.solutions(namespace=namespace), name.removeprefix("solution/"), "solution")
    if as_json:
        print_json(found)
        return
    rows = [[field.replace("_", " "), _text(value)] for field, value in found["spec"].items()]
    print_table(("SOLUTION", f"{found['namespace']}/{found['name']}"), rows, session.width)
    images = [[", ".join(one["references"]), one["created"] or "-", one["id"]] for one in found["images"] or ()]
    print_section(session.width, "IMAGES", ("NAMES", "BUILT", "ID"), images)


@solution.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@namespace_option
@json_option
@pass_session
def register(session: Session, *, files: tuple[Path, ...], namespace: str | None, as_json: bool) -> None:
    """Declare solutions that were written by hand, in state files; `ergon project generate` registers its own."""
    from desired_state.loader import load  # noqa: PLC0415 - for this command only
    from desired_state.problems import StateFileError  # noqa: PLC0415
    from desired_state.resource import to_document  # noqa: PLC0415

    try:
        loaded = load(list(files), environment=os.environ, namespace=namespace)
    except StateFileError as error:
        raise fail("\n".join(str(problem) for problem in error.problems)) from error
    documents = [to_document(resource) for resource in loaded.resources if resource.key.kind == "Solution"]
    if not documents:
        raise fail("these files declare no solution", "write kind: Solution; `ergon apply` takes everything else")
    declare(session, documents, as_json=as_json)


@solution.command()
@click.argument("name", type=RESOURCE)
@click.option("-t", "--tag", "names", multiple=True, metavar="NAME[:TAG]", help="What the image is called.")
@click.option("--tags", "rules", default="", metavar="RULES", help="As for `ergon image build`.")
@click.option("--version", default="", help="The version; that of the solution unless you say.")
@click.option("--push", is_flag=True, help="Give it to its registry, too.")
@click.option("-q", "--quiet", is_flag=True, help="Show the steps, not what they say.")
@namespace_option
@json_option
@pass_session
def build(
    session: Session,
    *,
    name: str,
    names: tuple[str, ...],
    rules: str,
    version: str,
    push: bool,
    quiet: bool,
    namespace: str | None,
    as_json: bool,
) -> None:
    """Build the image of a solution, and remember of what it was built."""
    answers = session.backend.image_build(
        build={},
        names=names,
        rules=[rule for rule in rules.split(",") if rule],
        version=version,
        push=push,
        solution=name,
        namespace=namespace,
    )
    say_built(follow(session, answers, as_json=as_json, quiet=quiet))


@solution.command()
@click.argument("name", type=RESOURCE)
@click.option("--name", "called", default="", help="What the container is called; as the solution unless you say.")
@click.option("--image", default="", help="Run this image; the newest built of it unless you say, else it is built.")
@click.option("-e", "--env", "variables", multiple=True, metavar="NAME=VALUE", help="A variable.")
@click.option("--secret", "secrets", multiple=True, metavar="NAME=SECRET[:KEY]", help="A variable out of a Secret.")
@click.option("-p", "--port", "ports", multiple=True, metavar="HOST:CONTAINER", help="A free one unless you say.")
@click.option("--replicas", type=click.IntRange(1, 1000), default=1, help="How many.")
@click.option("--dry-run", is_flag=True, help="Only show what would be declared.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@namespace_option
@json_option
@pass_session
def launch(
    session: Session,
    /,
    *,
    name: str,
    called: str,
    image: str,
    variables: tuple[str, ...],
    secrets: tuple[str, ...],
    ports: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    namespace: str | None,
    as_json: bool,
    **said: Any,
) -> None:
    """Declare a container of a solution, with its companion, after showing what that is."""
    plan = session.backend.launch(
        name=name,
        namespace=namespace,
        called=called,
        image=image,
        environment=dict(_pair(one, "--env") for one in variables),
        secrets=dict(_pair(one, "--secret") for one in secrets),
        ports=dict(map(_port, ports)),
        **said,
    )
    if dry_run and as_json:
        print_json(plan)
        return
    _print_plan(plan, to_stderr=not dry_run)
    if dry_run:
        return
    if not yes:
        _ask()
    declare(session, plan["documents"], as_json=as_json)
    note_if_nobody_acts(session)


@solution.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@json_option
@pass_session
def remove(session: Session, *, names: tuple[str, ...], namespace: str | None, as_json: bool) -> None:
    """Declare solutions no more. Images and containers of them stay."""
    remove_all(session, "solution", names, namespace, as_json=as_json)


def _print_plan(plan: Json, *, to_stderr: bool) -> None:
    from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

    text = state_text([(document, {}) for document in plan["documents"]], short=True)
    click.echo("\n".join(visible(line) for line in text.splitlines()), err=to_stderr)
    for one in plan["notes"]:
        note(f"note: {visible(one)}")


def _ask() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("this needs --yes when nobody can be asked")
    click.confirm("Declare this?", abort=True, err=True)


def _pair(given: str, option: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not name or not equals:
        raise click.UsageError(f"{option} {given}: write {option} NAME=...")
    return name, value


def _port(given: str) -> tuple[str, int]:
    host, colon, inside = given.partition(":")
    if not colon or not host.isdecimal():
        raise click.UsageError(f"--port {given}: write HOST:CONTAINER, such as 8080:8000")
    return inside, int(host)


def _newest(one: Json) -> str:
    if one["images"] is None:
        return "not known: Docker does not answer"
    return ", ".join(one["images"][0]["references"]) if one["images"] else "none; `ergon solution build` makes one"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        told = {name: "(to be given)" if inner is None else inner for name, inner in value.items()}
        return ", ".join(f"{name}={inner}" for name, inner in told.items()) or "-"
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)
