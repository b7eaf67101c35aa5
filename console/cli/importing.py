"""`ergon import`: write the state file of what runs."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click

from console.cli.failures import fail
from console.cli.options import json_option, print_json
from console.cli.session import Session, note, pass_session
from controller.client import Json

_Owner = tuple[str, str, str]


@click.command("import")
@click.argument("containers", nargs=-1, metavar="[CONTAINER]...")
@click.option("--compose-project", default="", metavar="NAME", help="All containers of a Compose project.")
@click.option("--all", "everything", is_flag=True, help="All containers that Ergon does not manage.")
@click.option("--as", "name", metavar="NAME", help="What to call it, when it is one container.")
@click.option("-n", "--namespace", metavar="NS", help="The namespace to declare it in.")
@click.option("--show-secrets", is_flag=True, help="Print values that look secret, too.")
@click.option("--secrets", "folder", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Write values that look secret to env files in this folder, which only you can read.")  # fmt: skip
@json_option
@pass_session
def import_(
    session: Session,
    *,
    containers: tuple[str, ...],
    compose_project: str,
    everything: bool,
    name: str | None,
    namespace: str | None,
    show_secrets: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Print the state file of what runs: the least that would make the same containers.

    What images and the daemon bring by themselves is left out. Networks and volumes that came with a
    Compose project are declared with it; others are named as `external`. Then `ergon adopt -f FILE`
    takes all of it over without a restart.
    """
    if sum(map(bool, (containers, compose_project, everything))) != 1:
        raise click.UsageError("name containers, a Compose project, or --all, one of the three")
    answer = session.backend.import_containers(
        containers=containers,
        compose_project=compose_project,
        everything=everything,
        name=name,
        namespace=namespace,
        secrets=show_secrets or folder is not None,
    )
    if folder is not None:
        _move_secrets(answer, folder.absolute())
    if as_json:
        print_json(answer)
    else:
        click.echo(_text(answer), nl=False)
    if answer["hidden"] and not show_secrets and folder is None:
        note(_left_out(answer["hidden"]))


def _text(answer: Json) -> str:
    from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

    remarks: defaultdict[_Owner, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in answer["remarks"]:
        remarks[_owner(one)][one["field"]].append(one["text"])
    for one in answer["hidden"]:
        if _environment(answer, one).get(one["variable"], "") is None:
            text = f"{one['variable']} looks secret and is not shown: it is taken from where this file is applied"
            remarks[_owner(one)]["environment"].append(text)
    documents = [(document, remarks[_owner_of(document)]) for document in answer["documents"]]
    return state_text(documents)


def _owner(one: Json) -> _Owner:
    return one["kind"], one["namespace"], one["name"]


def _owner_of(document: Json) -> _Owner:
    return document["kind"], document["metadata"]["namespace"], document["metadata"]["name"]


def _environment(answer: Json, hidden: Json) -> Json:
    document = next(one for one in answer["documents"] if _owner_of(one) == _owner(hidden))
    environment: Json = document["spec"].get("environment") or {}
    return environment


def _move_secrets(answer: Json, folder: Path) -> None:
    """Write the secret variables of each container to a file, and name that file instead."""
    from desired_state.env_files import written  # noqa: PLC0415

    variables: defaultdict[_Owner, list[str]] = defaultdict(list)
    for one in answer["hidden"]:
        variables[_owner(one)].append(one["variable"])
    for document in answer["documents"]:
        names = variables.get(_owner_of(document), [])
        if not names:
            continue
        spec = document["spec"]
        path = folder / f"{document['metadata']['namespace']}-{document['metadata']['name']}.env"
        _write_privately(path, "".join(written(name, spec["environment"][name]) for name in names))
        kept = {name: value for name, value in spec["environment"].items() if name not in names}
        document["spec"] = {
            part: value for part, value in (spec | {"environment": kept}).items() if part != "environment" or kept
        } | {"env_file": [{"path": str(path)}]}
        note(f"{path}: {', '.join(names)}")


def _write_privately(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise fail(f"{path} is there already", "name another folder; nothing is overwritten") from error
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)


def _left_out(hidden: Sequence[Json]) -> str:
    names = ", ".join(dict.fromkeys(f"{one['name']}: {one['variable']}" for one in hidden))
    how = "--secrets FOLDER keeps them in files, --show-secrets prints them"
    return f"note: not shown because they look secret: {names} ({how})"
