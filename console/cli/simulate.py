"""`ergon simulate`: what applying files would do to a state that is recorded. Needs no Docker."""

import json
import os
from pathlib import Path
from typing import Any

import click

from console.cli.completing import FILE
from console.cli.diff import show_difference
from console.cli.options import json_option, namespace_option
from console.cli.session import Session, note, pass_session
from console.cli.text import visible
from console.cli.when import Moment, When
from controller.client import Json


@click.command()
@click.argument("files", nargs=-1, type=FILE, metavar="[FILE]...")
@namespace_option
@click.option("--at", type=When(), help="Plan against how things stood then: 10m ago, yesterday 03:10, or a time.")
@click.option("--snapshot", type=click.Path(path_type=Path), help="Plan against a state that was saved.")
@click.option("--save-snapshot", "save", type=click.Path(path_type=Path), help="Save the state instead of planning.")
@click.option("--prune", is_flag=True, help="Count what the files no longer declare as to be deleted.")
@json_option
@pass_session
@click.pass_context
def simulate(
    ctx: click.Context,
    session: Session,
    *,
    files: tuple[str, ...],
    namespace: str | None,
    at: Moment | None,
    snapshot: Path | None,
    save: Path | None,
    prune: bool,
    as_json: bool,
) -> None:
    """Show what applying FILEs would do to the state now, then, or of a snapshot. Changes nothing.

    Plans against what is recorded, so it works without Docker and for states of other hosts. Without
    FILEs: what was due in that state anyway.

    Exits 0 when nothing would be done, 2 when something would, 1 on errors.
    """
    when = at.before(session.now()) if at else None
    if save is not None:
        if files or snapshot:
            raise click.UsageError("--save-snapshot takes no files and no other snapshot")
        _save(save, session.backend.snapshot(at=when))
        return
    documents, sources = _loaded(files, namespace)
    found = session.backend.simulate(
        documents=documents,
        sources=sources if prune else [],
        prune_namespace=namespace,
        at=when,
        snapshot=_read(snapshot) if snapshot else None,
    )
    for text in found["notes"]:
        note(f"note: {visible(text)}")
    show_difference(ctx, session, found, as_json)


def _loaded(files: tuple[str, ...], namespace: str | None) -> tuple[list[Json], list[str]]:
    if not files:
        return [], []
    from console.cli.loading import load_files  # noqa: PLC0415 - imports pydantic

    loaded = load_files(files, namespace)
    return loaded.documents, loaded.sources


def _read(path: Path) -> Json:
    try:
        content: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise click.ClickException(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{path} holds no snapshot; make one with `ergon simulate --save-snapshot FILE`")
    return content


def _save(path: Path, snapshot: Json) -> None:
    """Write a snapshot for its owner alone: it tells much about a host, though no secrets. All of it, or nothing."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(snapshot, file, indent=1)
            file.write("\n")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise click.ClickException(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
    note(f"saved {len(snapshot['resources'])} resources as they stood at {snapshot['taken_at']} to {path}")
