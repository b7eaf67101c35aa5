"""`ergon dockerfile`: from a project's folder to what an expert would write; without a controller, without Docker."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.failures import DIFFERENT, FAILED, Problems, fail
from console.cli.options import json_option, print_json
from console.cli.session import Session, note, pass_session

if TYPE_CHECKING:
    from dockerfiles.detection import Application
    from dockerfiles.generating import Generated
    from dockerfiles.keeping import Change
    from dockerfiles.language import Wishes
    from dockerfiles.tree import Tree

STATE_FILE = "ergon.yaml"


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--analyse", "view", flag_value="analyse", help="Show what the project is, and the evidence.")
@click.option("--explain", "view", flag_value="explain", help="Show why each line of the Dockerfile is there.")
@click.option("--state", "view", flag_value="state", help="Print a state file that builds and runs it.")
@click.option("--check", "view", flag_value="check", help="Exit 2 when the Dockerfile no longer fits the project.")
@click.option("--write", "-w", is_flag=True, help="Write Dockerfile and .dockerignore, with --state ergon.yaml too.")
@click.option("--force", is_flag=True, help="Replace a Dockerfile that was written by hand.")
@click.option("--buildkit", is_flag=True, help="Use cache and secret mounts, which the classic builder refuses.")
@click.option("--app", metavar="PATH", default="", help="The application in this folder of DIR.")
@click.option("--language", metavar="NAME", default="", help="Take it for a project of this language.")
@click.option("--version", metavar="VERSION", default="", help="The version of the language.")
@click.option("--command", metavar="LINE", default="", help="What is run.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port it listens on.")
@click.option("--choose", metavar="FIELD=VALUE", multiple=True, help="One of the choices that are listed; repeatable.")
@click.option("--base", metavar="IMAGE", default="", help="One Debian image for everything, for where no registry is.")
@click.option("--mirror", metavar="PREFIX", default="", help="A registry that has the base images.")
@json_option
@pass_session
def dockerfile(
    session: Session,
    /,
    *,
    folder: Path,
    view: str | None,
    write: bool,
    force: bool,
    buildkit: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Make a Dockerfile for the project in DIR; print it, or --write it.

    Files are read, nothing of the project is run. Where it holds several applications they are
    listed; --app picks one, and --write, --state and --check without it mean them all.

    Exits 1 when it is not clear what the project is, 2 when --check finds that a Dockerfile no longer fits.
    """
    if write and view not in (None, "state"):
        raise click.UsageError(f"--{view} only looks; leave --write out")
    tree, wishes = _scanned(folder, force=force), _wishes(**said)
    try:
        applications, made = _made(tree, wishes, buildkit=buildkit)
    except ValueError as problem:
        raise _refused(problem, as_json=as_json) from problem
    if view == "check":
        _check(applications, made, as_json=as_json)
    elif write:
        _write(folder, tree, made, force=force, as_json=as_json, with_state=view == "state")
    else:
        _show(session, tree, made, view, as_json=as_json)


def _scanned(folder: Path, *, force: bool) -> "Tree":
    from dockerfiles.tree import scan  # noqa: PLC0415 - for this command only, as all of dockerfiles

    where = folder.resolve()
    if not force and where in (Path(where.anchor), Path.home()):
        raise fail(f"{where} is no project", "name the project's own folder; --force looks at this one all the same")
    return scan(where)


def _wishes(*, base: str, mirror: str, choose: Sequence[str], **plain: Any) -> "Wishes":
    from dockerfiles.language import Wishes  # noqa: PLC0415

    chosen = {field: value for field, _, value in (pair.partition("=") for pair in choose)}
    if bad := [pair for pair in choose if "=" not in pair]:
        raise click.UsageError(f"a choice is written FIELD=VALUE, unlike {bad[0]!r}")
    if base and mirror:
        raise click.UsageError("--base replaces all images, so there is nothing left for --mirror")
    bases = {**({"": base} if base else {}), **({"*": mirror} if mirror else {})}
    return Wishes(**plain, chosen=chosen, bases=bases)


def _made(tree: "Tree", wishes: "Wishes", *, buildkit: bool) -> "tuple[Sequence[Application], Sequence[Generated]]":
    from dockerfiles.detection import analyses  # noqa: PLC0415
    from dockerfiles.generating import of_application  # noqa: PLC0415

    found = analyses(tree, wishes).applications
    return found, [of_application(one, wishes, "buildkit" if buildkit else "classic") for one in found]


def _refused(problem: ValueError, *, as_json: bool) -> Exception:
    """Return how the command ends when nothing can be made; for programs the reason is printed first."""
    from dockerfiles.failures import Undecided  # noqa: PLC0415

    if not isinstance(problem, Undecided):
        return fail(str(problem))
    if as_json:
        print_json(problem.as_json())
        return click.exceptions.Exit(FAILED)
    return fail(str(problem), "--language, --app and --command say what the files do not")


def _show(session: Session, tree: "Tree", made: "Sequence[Generated]", view: str | None, *, as_json: bool) -> None:
    from console.cli import dockerfile_views as views  # noqa: PLC0415 - loads the analysis

    if view == "state":
        _print_state(tree, made, as_json=as_json)
    elif as_json:
        print_json(views.as_json(made, facts_only=view == "analyse"))
    elif len(made) > 1:
        views.print_applications(made, session.width)
        note(f"hint: `ergon dockerfile {tree.name} --app {made[0].analysis.root}` makes the Dockerfile of one of them")
    elif view == "analyse":
        views.print_facts(made[0].analysis, session.width)
    elif view == "explain":
        views.print_explanation(made[0])
    else:
        click.echo(made[0].dockerfile, nl=False)
        views.note_what_matters(made[0].analysis)


def _print_state(tree: "Tree", made: "Sequence[Generated]", *, as_json: bool) -> None:
    from dockerfiles import state  # noqa: PLC0415

    declared = state.state(made, tree.name)
    if as_json:
        print_json({"documents": [document for document, _ in declared.documents]})
    else:
        click.echo(state.text(declared), nl=False)
    if declared.secrets:
        note(f"note: {state.SECRETS_FILE} has to hold {', '.join(declared.secrets)}; --write makes it")


def _write(
    folder: Path,
    tree: "Tree",
    made: "Sequence[Generated]",
    *,
    force: bool,
    as_json: bool,
    with_state: bool,
) -> None:
    from console.cli import dockerfile_views as views  # noqa: PLC0415
    from dockerfiles.keeping import changes  # noqa: PLC0415

    planned = [*changes(made, tree), *(_state_changes(tree, made) if with_state else [])]
    if not force and (kept := [change for change in planned if change.by_hand and change.differs]):
        lines = [f"{change.path} was written or changed by hand; nothing has been changed" for change in kept]
        note("\n".join(change.diff for change in kept).rstrip("\n"))
        note("hint: --force replaces it; --analyse says what could be better in it")
        raise Problems(lines)
    for change in planned:
        _put(folder, change, quiet=as_json)
    views.report_written(planned, as_json=as_json)
    for one in made:
        views.note_what_matters(one.analysis)


def _state_changes(tree: "Tree", made: "Sequence[Generated]") -> "list[Change]":
    import secrets  # noqa: PLC0415

    from dockerfiles import state  # noqa: PLC0415
    from dockerfiles.keeping import Change  # noqa: PLC0415

    declared = state.state(made, tree.name)
    known = found.content if (found := tree.text(STATE_FILE)) else None
    text = state.text(declared)
    changes = [Change(STATE_FILE, known, text, by_hand=known is not None)]
    if declared.secrets:
        present = found.content if (found := tree.text(state.SECRETS_FILE)) else None
        filled = state.secrets_text(declared, present or "", lambda: secrets.token_urlsafe(24))
        changes.append(Change(state.SECRETS_FILE, present, filled, private=True))
    return changes


def _put(folder: Path, change: "Change", *, quiet: bool) -> None:
    from controller.project_files import write  # noqa: PLC0415

    if change.differs:
        if change.before is not None and not quiet and not change.private:
            note(change.diff.rstrip("\n"))
        write(folder, change.path, change.after, private=change.private)


def _check(applications: "Sequence[Application]", made: "Sequence[Generated]", *, as_json: bool) -> None:
    from console.cli import dockerfile_views as views  # noqa: PLC0415
    from dockerfiles.keeping import reasons  # noqa: PLC0415

    found = [(one, reasons(one, application.tree)) for one, application in zip(made, applications, strict=True)]
    views.print_check(found, as_json=as_json)
    if any(why for _, why in found):
        raise click.exceptions.Exit(DIFFERENT)
