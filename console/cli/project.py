"""`ergon project`: which projects images are made of, and the way from one to its Dockerfile and its solution."""

import os
import re
from pathlib import Path
from typing import Any

import click

from console.cli.completing import RESOURCE
from console.cli.declaring import declare, one_of, remove_all
from console.cli.failures import fail
from console.cli.options import json_option, namespace_option, print_json
from console.cli.session import Session, note, pass_session
from console.cli.tables import print_section, print_table
from console.cli.text import visible
from controller.client import Json


@click.group()
def project() -> None:
    """Say where projects are, and make Dockerfiles and solutions of them."""


@project.command()
@click.argument("source", metavar="DIR|ADDRESS")
@click.option("--name", help="What it is called; the folder's or the repository's name unless you say.")
@click.option("--id", "identity", help="What the API calls it; its name unless you say.")
@click.option("--title", help="What people call it.")
@click.option("--description", help="What it is for.")
@click.option("--branch", help="Of a repository; its main one unless you say.")
@click.option("--app", help="The folder of one of its applications.")
@click.option("--language", help="Take it for a project of this language.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port it listens on.")
@click.option("--command", help="What is run.")
@click.option("--base", help="One Debian image for everything, for where no registry is.")
@click.option("--mirror", help="A registry that has the base images.")
@namespace_option
@json_option
@pass_session
def add(
    session: Session,
    /,
    *,
    source: str,
    name: str | None,
    identity: str | None,
    title: str | None,
    description: str | None,
    branch: str | None,
    namespace: str | None,
    as_json: bool,
    **docker: Any,
) -> None:
    """Declare a project: a folder, or the address of a git repository."""
    is_address = "://" in source or (":" in source and not Path(source).exists())
    if not is_address and not Path(source).is_dir():
        raise fail(f"there is no folder {source}", "name a folder, or the address of a git repository (https://...)")
    place = {"git": source} if is_address else {"path": os.path.realpath(source)}
    said = {name: value for name, value in docker.items() if value is not None}
    spec = {"id": identity, "title": title, "description": description, "branch": branch, "docker": said or None}
    spec = {**{key: value for key, value in spec.items() if value is not None}, **place}
    named = name or _slug((source if is_address else os.path.realpath(source)).rstrip("/"))
    declare(session, [_document("Project", named, namespace, spec)], as_json=as_json)


@project.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="projects.json")
@namespace_option
@json_option
@pass_session
def import_(session: Session, *, file: Path, namespace: str | None, as_json: bool) -> None:
    """Declare the projects that Tekton keeps (TEKTON_ROOT/.tekton/projects/projects.json)."""
    from desired_state.resource import to_document  # noqa: PLC0415 - for this command only
    from desired_state.tekton import projects  # noqa: PLC0415

    try:
        found = projects(file.read_text(errors="replace"), namespace or "default")
    except ValueError as error:
        raise fail(f"{file}: {error}") from error
    for left_out in found.left_out:
        note(f"left out: {visible(left_out)}")
    if not found.resources:
        raise fail(f"{file}: there is no project in it that can be used")
    declare(session, [to_document(resource) for resource in found.resources], as_json=as_json)


@project.command("list")
@namespace_option
@json_option
@pass_session
def list_(session: Session, *, namespace: str | None, as_json: bool) -> None:
    """Show the projects that are declared."""
    found = session.backend.projects(namespace=namespace)
    if as_json:
        print_json({"projects": found})
        return
    if not found:
        note("no projects: `ergon project add FOLDER` declares one")
    rows = [
        [one["namespace"], one["name"], one["id"], ", ".join(one["solutions"]) or "-", _place(one)] for one in found
    ]
    print_table(("NAMESPACE", "NAME", "ID", "SOLUTIONS", "WHERE"), rows, session.width)


@project.command()
@click.argument("name", metavar="NAME|ID")
@namespace_option
@json_option
@pass_session
def show(session: Session, *, name: str, namespace: str | None, as_json: bool) -> None:
    """Show all that is said about a project."""
    found = one_of(session.backend.projects(namespace=namespace), name, "project")
    if as_json:
        print_json(found)
        return
    spec = found["spec"]
    docker = spec.get("docker") or {}
    rows = [
        ["where", _place(found)],
        *([field, str(spec[field])] for field in ("title", "description", "branch") if spec.get(field)),
        *([f"docker {field}", str(value)] for field, value in docker.items()),
        ["solutions", ", ".join(found["solutions"]) or "none; `ergon project generate` makes one"],
    ]
    print_table(("PROJECT", f"{found['namespace']}/{found['name']}"), rows, session.width)


@project.command()
@click.argument("name", metavar="NAME|ID")
@click.option("--force", is_flag=True, help="Replace a Dockerfile that was written by hand.")
@click.option("--no-save", is_flag=True, help="Print the Dockerfile, and save nothing in the project.")
@namespace_option
@json_option
@pass_session
def generate(session: Session, *, name: str, force: bool, no_save: bool, namespace: str | None, as_json: bool) -> None:
    """Make the project's Dockerfile, save it there, and register the solution."""
    made = session.backend.generate(name=name, namespace=namespace, force=force, save=not no_save)
    if as_json:
        print_json(made)
        return
    if no_save:
        click.echo(made["dockerfile"], nl=False)
    for path in made["written"]:
        click.echo(f"Wrote {visible(path)}.")
    for one in made["kept"]:
        note("\n".join(visible(line) for line in one["diff"].splitlines()))
        note(f"kept {visible(one['path'])}, which was written by hand; --force replaces it")
    key = made["solution"]
    print_section(session.width, "MADE OF IT", ("FACT", "VALUE"), _facts(made["analysis"]))
    note(f"solution/{key['namespace']}/{key['name']} {made['outcome']}; `ergon solution launch {key['name']}` runs it")


@project.command()
@click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")
@namespace_option
@json_option
@pass_session
def remove(session: Session, *, names: tuple[str, ...], namespace: str | None, as_json: bool) -> None:
    """Declare projects no more. Their files, and solutions made of them, stay."""
    remove_all(session, "project", names, namespace, as_json=as_json)


def _document(kind: str, name: str, namespace: str | None, spec: Json) -> Json:
    metadata = {"name": name, "namespace": namespace or "default"}
    return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _place(one: Json) -> str:
    spec = one["spec"]
    return " of ".join(str(spec[field]) for field in ("path", "git") if spec.get(field))


def _facts(analysis: Json) -> list[list[str]]:
    version = (analysis.get("language_version") or {}).get("value") or ""
    ports = ", ".join(str(one["port"]) for one in analysis["ports"])
    needed = ", ".join(one["name"] for one in analysis["env"] if one["required"])
    services = ", ".join(one["type"] for one in analysis["services"])
    facts = [
        ("language", f"{analysis['language']} {version}".strip()),
        ("framework", analysis["framework"]),
        ("ports", ports),
        ("needs variables", needed),
        ("needs services", services),
        ("base image", analysis["base_images"]["run"]),
    ]
    return [[name, visible(text)] for name, text in facts if text]


def _slug(place: str) -> str:
    last = re.split(r"[/:]", place)[-1].removesuffix(".git").lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-")[:63] or "project"
