"""`ergon start`, `stop`, `restart`, `trigger`, `scale`, `pause`, `resume`: change how declared containers run."""

from collections.abc import Callable
from typing import Any

import click

from console.cli.completing import RESOURCE
from console.cli.humane import Duration
from console.cli.options import namespace_option
from console.cli.outcomes import note_if_nobody_acts, print_results
from console.cli.session import Session, pass_session
from controller.client import Json

_names = click.argument("names", nargs=-1, required=True, type=RESOURCE, metavar="NAME...")


def _names_or_all(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be about named resources, a whole namespace, or everything."""
    all_option = click.option("--all", "everything", is_flag=True, help="All that is declared, in all namespaces.")
    return click.argument("names", nargs=-1, type=RESOURCE, metavar="[NAME]...")(namespace_option(all_option(command)))


@click.command()
@_names
@namespace_option
@pass_session
def start(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Have stopped containers run again."""
    _report(session, session.backend.act("start", names=names, namespace=namespace))


@click.command()
@_names
@namespace_option
@pass_session
def stop(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Stop containers until `ergon start`.

    They stay declared, and Ergon keeps them stopped.
    """
    _report(session, session.backend.act("stop", names=names, namespace=namespace))


@click.command()
@_names
@namespace_option
@pass_session
def restart(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Restart containers, as gently as their update rules say."""
    _report(session, session.backend.act("restart", names=names, namespace=namespace))


@click.command()
@_names
@namespace_option
@pass_session
def trigger(session: Session, names: tuple[str, ...], namespace: str | None) -> None:
    """Run scheduled containers now, too.

    Their schedules go on as declared. `ergon describe NAME` shows the run.
    """
    _report(session, session.backend.act("trigger", names=names, namespace=namespace))


@click.command()
@_names_or_all
@pass_session
def resume(session: Session, names: tuple[str, ...], namespace: str | None, everything: bool) -> None:
    """End a pause: Ergon looks after them again.

    Of the resources named, of a whole namespace (-n), or of everything (--all).
    """
    _check(names, namespace, everything)
    _report(session, session.backend.resume(names=names, namespace=namespace, everything=everything))


@click.command()
@_names_or_all
@click.option("--for", "for_s", type=Duration(), metavar="DURATION", help="For how long (2h); else until resumed.")
@click.option("--reason", required=True, help="Why: whoever looks at the status will read it.")
@pass_session
def pause(
    session: Session,
    *,
    names: tuple[str, ...],
    namespace: str | None,
    everything: bool,
    for_s: float | None,
    reason: str,
) -> None:
    """Keep Ergon's hands off resources for a while.

    Those named, a whole namespace (-n), or everything (--all). Drift and crashes are still seen and
    told; nothing is done about them. What is deleted meanwhile is removed all the same.
    """
    _check(names, namespace, everything)
    paused = session.backend.pause(names=names, namespace=namespace, everything=everything, for_s=for_s, reason=reason)
    _report(session, paused)


def _check(names: tuple[str, ...], namespace: str | None, everything: bool) -> None:
    if not names and namespace is None and not everything:
        raise click.UsageError("say what: names, -n NAMESPACE, or --all")
    if everything and (names or namespace is not None):
        raise click.UsageError("--all goes with neither names nor -n")


@click.command()
@click.argument("scales", nargs=-1, required=True, type=RESOURCE, metavar="NAME=N...")
@namespace_option
@pass_session
def scale(session: Session, scales: tuple[str, ...], namespace: str | None) -> None:
    """Set how many instances run, as in `ergon scale web=3`.

    Where `autoscale` is declared, a number holds until `ergon scale web=auto`.
    """
    wanted = [_parsed(text) for text in scales]
    for name, replicas in wanted:
        _report(session, session.backend.scale(name=name, namespace=namespace, replicas=replicas))


def _report(session: Session, answer: Json) -> None:
    print_results(answer["results"])
    note_if_nobody_acts(session)


def _parsed(text: str) -> tuple[str, int | None]:
    name, _, count = text.partition("=")
    if name and count == "auto":
        return name, None
    if not name or not count.isdecimal():
        raise click.UsageError(f'"{text}" is not a scale; write it like web=3 or web=auto')
    return name, int(count)
